use jiff::civil;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};

use super::{Id, MemberId, Place};

/// Who wrote or reported the story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Byline {
    /// The name.
    pub name: String,
    /// The station or outlet that is printed with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub affiliation: Option<String>,
}

/// When the story was published, as exactly as the source says and no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Published {
    /// A day.
    Day(civil::Date),
    /// A day and a time of day, the zone of which isn't told.
    Local(civil::DateTime),
    /// A moment.
    Moment(civil::DateTime, Offset),
}

/// As ISO 8601 writes it: `2020-06-03`, `2020-06-03T04:03:00`, `2020-06-03T04:03:00-05:00`.
impl From<Published> for String {
    fn from(published: Published) -> Self {
        match published {
            Published::Day(day) => day.to_string(),
            Published::Local(time) => time.to_string(),
            Published::Moment(time, offset) => {
                let seconds = offset.seconds();
                let sign = if seconds < 0 { '-' } else { '+' };
                let minutes = seconds.unsigned_abs() / 60;
                format!("{time}{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }
}

impl TryFrom<String> for Published {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse_iso(&text).ok_or_else(|| format!("{text:?} is no ISO 8601 date or time"))
    }
}

impl Published {
    /// Reads an ISO 8601 date, or date and time with or without an offset.
    pub fn parse_iso(text: &str) -> Option<Self> {
        let text = text.trim();
        let pieces = jiff::fmt::temporal::DateTimeParser::new().parse_pieces(text).ok()?;
        let Some(time) = pieces.time() else { return Some(Self::Day(pieces.date())) };
        let local = pieces.date().to_datetime(time);
        Some(match pieces.to_numeric_offset() {
            Some(offset) => Self::Moment(local, offset),
            None => Self::Local(local),
        })
    }
}

/// A picture's caption and credit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ImageCredit {
    /// What the picture shows.
    pub caption: Option<String>,
    /// Who made or owns it.
    pub credit: Option<String>,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// Who owns the transcript.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rights {
    /// The line as printed.
    pub line: String,
    /// Whose copyright it is.
    pub holder: Option<String>,
    /// Who provided the transcript.
    pub provider: Option<String>,
    /// The year of the copyright.
    pub year: Option<i16>,
    /// What is said of the transcript's accuracy, as printed.
    pub disclaimer: Option<String>,
    /// Where the line stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// What is told of a contributor beneath the story.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Bio {
    /// Its identity.
    pub id: Id,
    /// Whose, where that can be told.
    pub name: Option<String>,
    /// The text as printed.
    pub text: String,
    /// The same person in the cast, if heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberId>,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// A remark of the editors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// What sort of remark.
    pub kind: NoteKind,
    /// What a correction touches.
    pub touches: Touches,
    /// The text as printed.
    pub text: String,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// What sort of remark a [`Note`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoteKind {
    /// The editors explain something.
    EditorsNote,
    /// Something was wrong.
    Correction,
    /// The transcript was made in a hurry.
    Rush,
    /// The story comes from elsewhere.
    Origin,
    /// Anything else.
    Other,
}

/// What a correction touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Touches {
    /// What is heard.
    Audio,
    /// What is written.
    Text,
    /// Both.
    Both,
    /// It isn't told, or nothing is corrected.
    Unknown,
}

/// A piece of the page that is no part of the story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Furniture {
    /// What it is there for.
    pub kind: FurnitureKind,
    /// The text as printed.
    pub text: String,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// What a piece of furniture is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FurnitureKind {
    /// The page's player and what it shows.
    Player,
    /// Menus, links, headings of the page itself.
    Navigation,
    /// Sharing and e-mail links.
    Share,
    /// Pleas for support.
    Donate,
    /// Other stories.
    Related,
    /// What the station says of itself: slogans, frequencies, alerts.
    Station,
    /// Anything else.
    Other,
}

/// A line from which fields of the document were read, kept as it was printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Printed {
    /// The name of the field, as JSON has it.
    pub field: String,
    /// The text as printed.
    pub text: String,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}
