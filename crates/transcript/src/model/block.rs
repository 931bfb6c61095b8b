use serde::{Deserialize, Serialize};

use super::{Evidence, Id, MemberId, Place, TimeBase, TimeSpan};

/// The broadcast, as an ordered list of blocks.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Transcript {
    /// What all times here are counted from; `None` where there are no times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_base: Option<TimeBase>,
    /// What was said and heard, in order.
    pub blocks: Vec<Block>,
}

/// One thing that was said, heard, or lost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "super::wire::BlockWire", into = "super::wire::BlockWire")]
pub struct Block {
    /// Its identity, which survives corrections.
    pub id: Id,
    /// Where it stands in the source, label included.
    pub place: Option<Place>,
    /// When it is heard.
    pub time: Option<TimeSpan>,
    /// What it is.
    pub content: Content,
}

/// What a block is.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// One speaker's words.
    Turn(Turn),
    /// Something that is heard and isn't speech of a turn.
    Cue(Cue),
    /// A printed time, on its own.
    Timestamp(Timestamp),
    /// A line is missing here.
    Gap(Gap),
}

impl Block {
    /// A block without identity, place or time yet.
    pub fn new(content: Content) -> Self {
        Self { id: Id::default(), place: None, time: None, content }
    }

    /// The turn, if it is one.
    pub fn turn(&self) -> Option<&Turn> {
        match &self.content {
            Content::Turn(turn) => Some(turn),
            _ => None,
        }
    }
}

/// One speaker's words, until another one speaks or something else is heard.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Turn {
    /// Who speaks; `None` where that isn't known.
    pub speaker: Option<MemberId>,
    /// The label as printed, without its colon; `None` where there was none.
    pub label: Option<String>,
    /// What is said. Empty where only a note or a stranded label is left.
    pub paragraphs: Vec<Paragraph>,
    /// How it is said: `(Through interpreter)`, `(voice-over)`, as printed.
    pub notes: Vec<String>,
    /// The language, as a BCP 47 tag, where the source marks it.
    pub language: Option<String>,
    /// Whether it is heard from a recording, where that can be told.
    pub clip: Option<Clip>,
    /// Whether the speaker was inferred rather than printed.
    pub inferred: bool,
    /// What the inference rests on.
    pub evidence: Vec<Evidence>,
    /// How sure the source is of these words, 0 to 1.
    pub confidence: Option<f64>,
}

/// Whether words are live or from tape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Clip {
    /// Said on the air, outside of any marked clip.
    Live,
    /// Within a marked clip.
    Tape,
}

/// A paragraph of a turn or of a written article.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Paragraph {
    /// Its identity.
    pub id: Id,
    /// Its words, white space folded.
    pub text: String,
    /// Where it stands in the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// When it is heard.
    #[serde(default, skip_serializing_if = "Option::is_none", flatten)]
    pub time: Option<TimeSpan>,
    /// Its language, as a BCP 47 tag, where the source marks it and it differs from the turn's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Its words in time, where the source has them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Word>,
    /// What the transcriber wasn't sure of, and nobody has settled yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queries: Vec<Query>,
}

impl Paragraph {
    /// A paragraph of these words, and nothing else known.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

/// A word in time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// The word with its punctuation.
    pub text: String,
    /// When it is heard.
    #[serde(flatten)]
    pub time: TimeSpan,
    /// How sure the source is of it, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
}

/// An open question to an editor that stands in the text: `(ph)`, `[Kondian?]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// The mark as printed.
    pub mark: String,
    /// The word or words that it doubts; empty where something couldn't be heard at all.
    pub about: String,
    /// Where the mark begins in the paragraph's text, in bytes of UTF-8.
    pub at: usize,
}

/// Something that is heard and isn't speech of a turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cue {
    /// What kind of sound it is.
    pub kind: CueKind,
    /// The cue as printed, with its brackets.
    pub text: String,
    /// Whose music, where it is named.
    pub artists: Vec<String>,
    /// The piece of music, where it is named.
    pub title: Option<String>,
}

/// What kind of sound a cue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CueKind {
    /// A recording of the world: `(SOUNDBITE OF ARCHIVED RECORDING)`.
    Soundbite,
    /// Music, named or not.
    Music,
    /// Laughter.
    Laughter,
    /// Several speak at once.
    Crosstalk,
    /// Applause or cheering.
    Applause,
    /// A break in the programme.
    Break,
    /// A clip begins: `(BEGIN VIDEO CLIP)`.
    ClipBegins,
    /// A clip ends: `(END VIDEO CLIP)`.
    ClipEnds,
    /// Anything else.
    Other,
}

impl CueKind {
    /// The word for it, as JSON has it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Soundbite => "soundbite",
            Self::Music => "music",
            Self::Laughter => "laughter",
            Self::Crosstalk => "crosstalk",
            Self::Applause => "applause",
            Self::Break => "break",
            Self::ClipBegins => "clip-begins",
            Self::ClipEnds => "clip-ends",
            Self::Other => "other",
        }
    }
}

/// A printed time, on its own between turns or in front of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timestamp {
    /// As printed: `[02:00:03]`.
    pub text: String,
}

/// A line is missing here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// What tells so.
    pub evidence: Vec<Evidence>,
}
