use serde::{Deserialize, Serialize};

/// Something that an editor should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// What it is; stable, for scripts.
    pub code: Code,
    /// What it is, in a sentence for a person.
    pub message: String,
    /// The line of the source, counted from 1.
    pub line: Option<u32>,
}

/// What a [`Warning`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// A line of the source was lost.
    MissingLine,
    /// The speaker of a turn was inferred.
    InferredSpeaker,
    /// Who speaks can't be told for sure.
    DoubtfulSpeaker,
    /// A label could be one of several people.
    AmbiguousLabel,
    /// The transcriber wasn't sure of something.
    OpenQuery,
    /// Two captions are shown at once.
    TimeOverlap,
    /// Times run backwards.
    TimeBackward,
    /// A caption has no number.
    MissingCueNumber,
    /// The text's encoding was guessed or is damaged.
    Encoding,
    /// The file isn't what its name says.
    WrongExtension,
    /// A caption couldn't be read as one.
    MalformedCue,
    /// A bracket isn't closed.
    UnbalancedBrackets,
    /// A clip ends that never began, or the other way round.
    UnmatchedClip,
    /// A label has no words.
    StrandedLabel,
    /// The text breaks off.
    Truncated,
    /// A part of the source isn't well-formed and was passed over.
    Malformed,
    /// One voice was given several names by the source.
    SplitVoice,
    /// The form that was written can't hold something.
    NotCarried,
}

impl Code {
    /// The code as JSON has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::MissingLine => "missing-line",
            Self::InferredSpeaker => "inferred-speaker",
            Self::DoubtfulSpeaker => "doubtful-speaker",
            Self::AmbiguousLabel => "ambiguous-label",
            Self::OpenQuery => "open-query",
            Self::TimeOverlap => "time-overlap",
            Self::TimeBackward => "time-backward",
            Self::MissingCueNumber => "missing-cue-number",
            Self::Encoding => "encoding",
            Self::WrongExtension => "wrong-extension",
            Self::MalformedCue => "malformed-cue",
            Self::UnbalancedBrackets => "unbalanced-brackets",
            Self::UnmatchedClip => "unmatched-clip",
            Self::StrandedLabel => "stranded-label",
            Self::Truncated => "truncated",
            Self::Malformed => "malformed",
            Self::SplitVoice => "split-voice",
            Self::NotCarried => "not-carried",
        }
    }
}
