//! The ring, locked for reading.

use parking_lot::RwLockReadGuard;

use crate::cursor::Place;
use crate::policy::Listening;
use crate::ring::Ring;
use crate::{Cursor, Read, Tape};

/// The ring, locked for reading. Hold it no longer than it takes to look: the appender waits.
#[derive(Debug)]
pub struct View<'a> {
    ring: RwLockReadGuard<'a, Ring>,
}

impl<'a> View<'a> {
    pub(crate) fn new(tape: &'a Tape) -> Self {
        Self { ring: tape.shared.ring.read() }
    }

    /// What is at `cursor`. Takes the same short time wherever it is.
    pub fn read(&self, cursor: Cursor) -> Read {
        let ring = &*self.ring;
        if cursor.sequence >= ring.next_sequence {
            return Read::AtHead;
        }
        if let Some(index) = ring.by_sequence(cursor.sequence) {
            return ring.serve(index, Listening::Live);
        }
        match cursor.place {
            Place::Sample(sample) => match ring.by_sample(sample) {
                Some((index, block)) if block.sample == sample => {
                    ring.serve(index, Listening::Live)
                }
                _ => Read::Gone { resume: ring.oldest_entry(), lost: None },
            },
            Place::Time(_) => Read::Gone { resume: ring.oldest_entry(), lost: None },
        }
    }
}
