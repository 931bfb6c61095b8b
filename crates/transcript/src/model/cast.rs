use std::fmt;

use serde::{Deserialize, Serialize};

use super::Place;

/// The key of a member within one transcript's cast, such as `gross` or `unidentified-1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MemberId(pub String);

impl fmt::Display for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One person, group or machine that is heard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// The key that turns refer to.
    pub id: MemberId,
    /// The name in natural case (`Terry Gross`). `None` for who isn't named: nothing is invented.
    pub name: Option<String>,
    /// A courtesy title, rank or office in front of the name (`Senator`, `Mr.`).
    pub title: Option<String>,
    /// What the member does in this broadcast. `None` where the text doesn't tell.
    pub role: Option<Role>,
    /// The organisation that is named with the member.
    pub affiliation: Option<String>,
    /// Whatever else the label or the text says of who this is, as printed.
    pub description: Option<String>,
    /// Every label that was used for the member, as printed, in order of first use.
    pub labels: Vec<String>,
    /// Whether the name or the assignment of turns was inferred rather than printed.
    pub inferred: bool,
    /// What the inference rests on.
    pub evidence: Vec<Evidence>,
}

/// What a member does in the broadcast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Leads the programme.
    Host,
    /// Reports for it.
    Reporter,
    /// Takes part in the conversation.
    Guest,
    /// Is heard in a recording.
    Actuality,
    /// Reads what others wrote.
    Narrator,
    /// Isn't named.
    Unidentified,
    /// Several at once: singers, a crowd.
    Group,
    /// A synthetic voice.
    Machine,
}

impl Role {
    /// The word for it, as JSON has it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Reporter => "reporter",
            Self::Guest => "guest",
            Self::Actuality => "actuality",
            Self::Narrator => "narrator",
            Self::Unidentified => "unidentified",
            Self::Group => "group",
            Self::Machine => "machine",
        }
    }
}

/// What an inference rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Why this text tells it, in a sentence for an editor.
    pub why: String,
    /// The words themselves, as printed; empty where the evidence is an absence.
    pub text: String,
    /// Where they stand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}
