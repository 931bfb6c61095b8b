//! Places on the tape, and what is found there.

use std::sync::Arc;

use airtime::{ProgrammeTime, Span};

use crate::Block;
use crate::policy::Listening;

/// A place to read on from.
///
/// It stays good after its block has left the ring: reading then goes on from disk, or answers
/// [`Read::Gone`] where nothing was recorded. It means nothing on another tape or to another
/// process; what lasts is a [`crate::SpanAddress`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Which block of this process's; 0 where only the place is known.
    pub(crate) sequence: u64,
    pub(crate) place: Place,
    /// How whoever reads on from here listens.
    pub(crate) listening: Listening,
}

/// How a cursor finds its place when its block isn't in the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    /// The packet that begins with this sample of the tape.
    Sample(u64),
    /// The first entry point at or after this moment.
    Time(ProgrammeTime),
}

impl Cursor {
    /// The place right after `block`, which was read here or behind here: for the same listener,
    /// who stays one who asked for a time or one who joined at the head.
    pub fn after(self, block: &Block) -> Self {
        let sequence = if block.sequence == 0 { 0 } else { block.sequence + 1 };
        Self { sequence, place: Place::Sample(block.sample + block.samples), ..self }
    }

    /// The place where `block` begins, for a live listener.
    pub(crate) fn at(block: &Block) -> Self {
        let place = Place::Sample(block.sample);
        Self { sequence: block.sequence, place, listening: Listening::Live }
    }

    /// The same place for whoever listens so.
    pub(crate) const fn heard(self, listening: Listening) -> Self {
        Self { listening, ..self }
    }

    pub(crate) const fn sample(sample: u64) -> Self {
        Self { sequence: 0, place: Place::Sample(sample), listening: Listening::Again }
    }

    pub(crate) const fn time(at: ProgrammeTime) -> Self {
        Self { sequence: 0, place: Place::Time(at), listening: Listening::Again }
    }
}

/// What is at a cursor.
#[derive(Clone, Debug)]
pub enum Read {
    /// A block.
    Block(Arc<Block>),
    /// Nothing yet: ask again later.
    AtHead,
    /// It is on disk and is being fetched: ask again soon.
    Fetching,
    /// What was here is not to be had (dropped, withheld, damaged, a hole): read on from `resume`.
    Gone {
        /// Where audio goes on.
        resume: Cursor,
        /// What is left out, if it had a length.
        lost: Option<Span>,
    },
}

/// Where a listener who asked for a time begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seek {
    /// Read on from here.
    pub cursor: Cursor,
    /// The first sample's time.
    pub starts: ProgrammeTime,
    /// The time asked for lies in a hole: nothing was recorded, or nothing is public, here.
    pub hole: Option<Span>,
}
