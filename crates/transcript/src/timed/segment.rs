//! What every timed form comes down to, before turns are made of it.

use std::ops::Range;

use crate::model::{TimeSpan, Word};

/// A caption, a recogniser's segment, or any other piece of words with a time.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Segment {
    /// Who speaks, as the form itself says it (a voice span, a field), not from the words.
    pub(crate) who: Who,
    /// The words, entities decoded and tags gone; lines stay apart as `\n`.
    pub(crate) text: String,
    /// When they are heard, if the form says so.
    pub(crate) time: Option<TimeSpan>,
    /// The words in time, where the form has them.
    pub(crate) words: Vec<Word>,
    /// The language where it is marked, as a BCP 47 tag.
    pub(crate) language: Option<String>,
    /// How sure the source is, 0 to 1.
    pub(crate) confidence: Option<f64>,
    /// Whether the form itself says that this is a sound and no speech.
    pub(crate) is_sound: bool,
    /// Where the whole of it stands in the source's text, times and tags included.
    pub(crate) at: Range<usize>,
}

/// Whom a form names for a segment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Who {
    /// It can't name anybody; the words may.
    #[default]
    InWords,
    /// Whoever spoke before: the form names speakers only where they change.
    Same,
    /// Nobody, though it could.
    Nobody,
    /// A name or an id.
    Named(String),
}

impl Who {
    /// From a field that may be empty.
    pub(crate) fn named(name: Option<&str>, otherwise: Self) -> Self {
        match name.map(str::trim).filter(|name| !name.is_empty()) {
            Some(name) => Self::Named(name.trim_end_matches(':').trim_end().to_owned()),
            None => otherwise,
        }
    }
}
