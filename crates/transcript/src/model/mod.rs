//! What a transcript is, once it has been read.

mod block;
mod cast;
mod document;
mod edition;
mod id;
mod time;
mod warning;
mod wire;

pub use block::{
    Block, Clip, Content, Cue, CueKind, Gap, Paragraph, Query, Timestamp, Transcript, Turn, Word,
};
pub use cast::{Evidence, Member, MemberId, Role};
pub use document::{Article, Document, Format, Part, Redirect, SCHEMA};
pub use edition::{
    Bio, Byline, Furniture, FurnitureKind, ImageCredit, Note, NoteKind, Printed, Published, Rights,
    Touches,
};
pub use id::Id;
pub use time::{Millis, TimeBase, TimeSpan};
pub use warning::{Code, Warning};

/// Where something stands in the source: a half-open range of bytes of the file as it was given,
/// before any decoding.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct Place {
    /// The first byte.
    pub start: usize,
    /// One past the last byte; never before `start`.
    pub end: usize,
}

impl Place {
    /// The smallest place that holds both.
    pub fn and(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}
