//! The newest stretch of the tape, in memory.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use airtime::ProgrammeTime;
use codec::Codec;

use crate::appender::Discontinuity;
use crate::cursor::Place;
use crate::policy::{Closed, Listening};
use crate::{Block, Cursor, Epoch, Read};

/// Whatever the rate of the stream, the ring holds no more than this.
const MAX_BYTES: usize = 96 << 20;

/// A block, and what only the recorder needs to know of it.
#[derive(Clone, Debug)]
pub(crate) struct Taped {
    pub(crate) block: Arc<Block>,
    /// Index it: another second begins, or what follows can't be counted on from the last mark.
    pub(crate) mark: bool,
    /// It can't be taken apart into frames by who reads it back.
    pub(crate) whole: bool,
    /// Ogg: what to add to a page's granule position to get the tape's sample after it.
    pub(crate) anchor: i64,
    /// Why its run begins, if it is the first of one.
    pub(crate) why: Option<Discontinuity>,
}

#[derive(Debug)]
pub(crate) struct Ring {
    slots: VecDeque<Taped>,
    keep: Duration,
    bytes: usize,
    /// The sequence number of the next block; begins at 1.
    pub(crate) next_sequence: u64,
    /// The tape's sample after the last block.
    pub(crate) next_sample: u64,
    /// When the last block ends, also when it was recorded by an earlier process.
    pub(crate) head: Option<ProgrammeTime>,
    /// The format at the head.
    pub(crate) epoch: Option<Arc<Epoch>>,
    /// What is not for everybody.
    pub(crate) closed: Arc<Closed>,
}

impl Ring {
    pub(crate) fn new(keep: Duration, next_sample: u64, head: Option<ProgrammeTime>) -> Self {
        Self {
            slots: VecDeque::new(),
            keep,
            bytes: 0,
            next_sequence: 1,
            next_sample,
            head,
            epoch: None,
            closed: Arc::new(Closed::default()),
        }
    }

    /// Adds a block at the head and lets go of what is older than the ring keeps.
    pub(crate) fn push(&mut self, taped: Taped) {
        let block = &taped.block;
        self.next_sequence = block.sequence + 1;
        self.next_sample = block.sample + block.samples;
        let head = self.head.map_or(block.end(), |head| head.max(block.end()));
        self.head = Some(head);
        if self.epoch.as_ref().is_none_or(|epoch| !Arc::ptr_eq(epoch, &block.epoch)) {
            self.epoch = Some(block.epoch.clone());
        }
        self.bytes += block.bytes.len();
        self.slots.push_back(taped);
        while let Some(oldest) = self.slots.front() {
            let old = head.since(oldest.block.end()) > self.keep || self.bytes > MAX_BYTES;
            if !old || self.slots.len() == 1 {
                break;
            }
            self.bytes -= oldest.block.bytes.len();
            self.slots.pop_front();
        }
    }

    pub(crate) fn slots(&self) -> impl DoubleEndedIterator<Item = &Taped> {
        self.slots.iter()
    }

    pub(crate) fn oldest(&self) -> Option<&Arc<Block>> {
        self.slots.front().map(|taped| &taped.block)
    }

    /// The place where the next block will be.
    pub(crate) fn end(&self) -> Cursor {
        let place = Place::Sample(self.next_sample);
        Cursor { sequence: self.next_sequence, place, listening: Listening::Live }
    }

    /// Whether nothing was recorded at or behind `place` so far.
    pub(crate) fn is_to_come(&self, place: Place) -> bool {
        match place {
            Place::Sample(sample) => sample >= self.next_sample,
            Place::Time(at) => self.head.is_none_or(|head| head <= at),
        }
    }

    /// The block with this sequence number, if it is still here.
    pub(crate) fn by_sequence(&self, sequence: u64) -> Option<usize> {
        let first = self.slots.front()?.block.sequence;
        let index = usize::try_from(sequence.checked_sub(first)?).ok()?;
        (index < self.slots.len()).then_some(index)
    }

    /// The first block that ends after `sample` has been played.
    pub(crate) fn by_sample(&self, sample: u64) -> Option<(usize, &Arc<Block>)> {
        let index = self
            .slots
            .partition_point(|taped| taped.block.sample + taped.block.samples.max(1) <= sample);
        self.slots.get(index).map(|taped| (index, &taped.block))
    }

    /// What a listener is given of the block at `index`: nothing of a block of which any part may
    /// not be heard.
    pub(crate) fn serve(&self, index: usize, listening: Listening) -> Read {
        let Some(taped) = self.slots.get(index) else { return Read::AtHead };
        let block = &taped.block;
        let shut = |block: &Block| self.closed.shuts(block.first, block.end(), listening);
        let Some(span) = shut(block) else {
            return Read::Block(block.clone());
        };
        let open = self
            .slots
            .iter()
            .skip(index + 1)
            .find(|later| starts_here(&later.block) && shut(&later.block).is_none());
        let resume = open.map_or_else(|| self.end(), |later| Cursor::at(&later.block));
        Read::Gone { resume, lost: Some(span) }
    }

    /// See [`crate::Tape::behind_head`].
    pub(crate) fn behind_head(&self, back: Duration) -> Cursor {
        let (Some(newest), Some(head)) = (self.slots.back(), self.head) else { return self.end() };
        let wanted = head.saturating_sub(back);
        let epoch = &newest.block.epoch;
        let mut found = None;
        for taped in self.slots.iter().rev() {
            let block = &taped.block;
            if !Arc::ptr_eq(&block.epoch, epoch) && block.epoch != *epoch {
                break;
            }
            if starts_here(block) {
                found = Some(block);
                if block.first <= wanted {
                    break;
                }
            }
        }
        found.map_or_else(|| self.end(), |block| Cursor::at(block))
    }

    /// The first block at or after `at` that a decoder can start with.
    pub(crate) fn entry_from(&self, at: ProgrammeTime) -> Option<&Arc<Block>> {
        let index = self.slots.partition_point(|taped| taped.block.first < at);
        self.slots.range(index..).map(|taped| &taped.block).find(|block| starts_here(block))
    }

    /// The oldest block that a decoder can start with, or the end.
    pub(crate) fn oldest_entry(&self) -> Cursor {
        self.entry_behind(Place::Sample(0))
    }

    /// The first block at or after a place that a decoder can start with, or the end.
    pub(crate) fn entry_behind(&self, place: Place) -> Cursor {
        let entry = self.slots.iter().map(|taped| &taped.block).find(|block| {
            starts_here(block)
                && match place {
                    Place::Sample(sample) => block.sample >= sample,
                    Place::Time(at) => block.first >= at,
                }
        });
        entry.map_or_else(|| self.end(), |block| Cursor::at(block))
    }
}

/// Nothing is known of the frames of an opaque stream: every place is as good as another.
fn starts_here(block: &Block) -> bool {
    block.entry || block.epoch.format.codec == Codec::Opaque
}
