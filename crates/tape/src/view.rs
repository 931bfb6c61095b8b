//! The ring, locked for reading.

use parking_lot::RwLockReadGuard;

use crate::cache::Found;
use crate::cursor::Place;
use crate::policy::Listening;
use crate::ring::Ring;
use crate::tape::Shared;
use crate::{Cursor, Read, Tape};

/// The ring, locked for reading. Hold it no longer than it takes to look: the appender waits.
#[derive(Debug)]
pub struct View<'a> {
    ring: RwLockReadGuard<'a, Ring>,
    shared: &'a Shared,
}

impl<'a> View<'a> {
    pub(crate) fn new(tape: &'a Tape) -> Self {
        Self { ring: tape.shared.ring.read(), shared: &tape.shared }
    }

    /// What is at `cursor`. Takes the same short time wherever it is, and never waits for the
    /// disk.
    pub fn read(&self, cursor: Cursor) -> Read {
        let ring = &*self.ring;
        if cursor.sequence >= ring.next_sequence {
            return Read::AtHead;
        }
        if let Some(index) = ring.by_sequence(cursor.sequence) {
            return ring.serve(index, Listening::Live);
        }
        match cursor.place {
            Place::Sample(sample) => self.by_sample(cursor, sample),
            Place::Time(at) => match ring.oldest() {
                Some(oldest) if oldest.first <= at => match ring.entry_from(at) {
                    Some(block) => Read::Gone { resume: Cursor::at(block), lost: None },
                    None => Read::AtHead,
                },
                None if ring.is_to_come(cursor.place) => Read::AtHead,
                _ => self.cold(cursor.place),
            },
        }
    }

    fn by_sample(&self, cursor: Cursor, sample: u64) -> Read {
        let ring = &*self.ring;
        let left_the_ring = cursor.sequence != 0;
        if left_the_ring && ring.oldest().is_some_and(|oldest| oldest.sample <= sample) {
            // A stream whose samples can't be counted: its blocks are known by number only.
            return Read::Gone { resume: ring.oldest_entry(), lost: None };
        }
        if ring.is_to_come(cursor.place) {
            return Read::AtHead;
        }
        match ring.by_sample(sample) {
            Some((index, block)) if block.sample == sample => ring.serve(index, Listening::Live),
            _ => self.cold(cursor.place),
        }
    }

    fn cold(&self, place: Place) -> Read {
        if self.shared.disk.is_none() {
            return Read::Gone { resume: self.ring.entry_behind(place), lost: None };
        }
        match self.shared.cold(place) {
            None => Read::Fetching,
            Some(Found::Gone { resume, lost }) => Read::Gone { resume, lost },
            Some(Found::Block { block, .. }) => {
                match self.ring.closed.shuts(block.first, Listening::Again) {
                    None => Read::Block(block),
                    Some(span) => Read::Gone { resume: Cursor::time(span.to()), lost: Some(span) },
                }
            }
        }
    }
}
