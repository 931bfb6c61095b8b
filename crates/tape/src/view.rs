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
        match self.look(cursor) {
            Read::Gone { resume, lost } => {
                Read::Gone { resume: resume.heard(cursor.listening), lost }
            }
            read => read,
        }
    }

    fn look(&self, cursor: Cursor) -> Read {
        let ring = &*self.ring;
        if cursor.sequence >= ring.next_sequence {
            return Read::AtHead;
        }
        if let Some(index) = ring.by_sequence(cursor.sequence) {
            return ring.serve(index, cursor.listening);
        }
        match cursor.place {
            Place::Sample(sample) => self.by_sample(cursor, sample),
            Place::Time(at) => match ring.oldest() {
                Some(oldest) if oldest.first <= at => match ring.entry_from(at) {
                    Some(block) => Read::Gone { resume: Cursor::at(block), lost: None },
                    None => Read::AtHead,
                },
                None if ring.is_to_come(cursor.place) => Read::AtHead,
                _ => self.cold(cursor),
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
            Some((index, block)) if block.sample == sample => ring.serve(index, cursor.listening),
            _ => self.cold(cursor),
        }
    }

    /// Who reads from the disk listens again, however they came there.
    fn cold(&self, cursor: Cursor) -> Read {
        let place = cursor.place;
        if self.shared.disk.is_none() {
            return Read::Gone { resume: self.ring.entry_behind(place), lost: None };
        }
        match self.shared.cold(place) {
            None => Read::Fetching,
            Some(Found::Gone { resume, lost }) => Read::Gone { resume, lost },
            Some(Found::Block { block, .. }) => {
                let shut = self.ring.closed.shuts(block.first, block.end(), Listening::Again);
                let Some(span) = shut else { return Read::Block(block) };
                let oldest = self.ring.oldest().map(|block| block.first);
                let live = cursor.listening == Listening::Live;
                let resume = if live && oldest.is_some_and(|oldest| oldest < span.to()) {
                    self.ring.oldest_entry()
                } else {
                    Cursor::time(span.to())
                };
                Read::Gone { resume, lost: Some(span) }
            }
        }
    }
}
