//! What every timed form comes down to, before turns are made of it.

use std::ops::Range;

use crate::model::{TimeSpan, Word};

/// A caption, a recogniser's segment, or any other piece of words with a time.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Segment {
    /// The speaker as the form itself names it (a voice span, a field), not from the words.
    pub(crate) label: Option<String>,
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
    /// Where the whole of it stands in the source's text, times and tags included.
    pub(crate) at: Range<usize>,
}
