//! All hour files of a tape, in order.

use std::sync::Arc;

use airtime::{ProgrammeTime, Span};
use parking_lot::RwLock;

use crate::hour::HourFile;

/// How many of the newest hour files keep their index in memory.
const KEEP_INDEXED: usize = 8;

#[derive(Debug, Default)]
pub(crate) struct Archive {
    hours: RwLock<Vec<Arc<HourFile>>>,
}

impl Archive {
    pub(crate) fn new(hours: Vec<Arc<HourFile>>) -> Self {
        Self { hours: RwLock::new(hours) }
    }

    pub(crate) fn hours(&self) -> Vec<Arc<HourFile>> {
        self.hours.read().clone()
    }

    pub(crate) fn newest(&self) -> Option<Arc<HourFile>> {
        self.hours.read().last().cloned()
    }

    pub(crate) fn push(&self, hour: Arc<HourFile>) {
        self.hours.write().push(hour);
    }

    pub(crate) fn forget(&self, hour: &Arc<HourFile>) {
        self.hours.write().retain(|kept| !Arc::ptr_eq(kept, hour));
    }

    /// The first file that has audio at or after `sample`.
    pub(crate) fn at_sample(&self, sample: u64) -> Option<Arc<HourFile>> {
        let hours = self.hours.read();
        let index = hours.partition_point(|hour| hour.extent().end_sample <= sample);
        hours.get(index).cloned()
    }

    /// The files that have audio at or after `at`, the earliest first.
    pub(crate) fn since(&self, at: ProgrammeTime) -> Vec<Arc<HourFile>> {
        let hours = self.hours.read();
        let index = hours.partition_point(|hour| hour.extent().end <= at);
        hours[index..].to_vec()
    }

    /// From the first audio to the end of the last.
    pub(crate) fn span(&self) -> Option<Span> {
        let hours = self.hours.read();
        Span::new(hours.first()?.extent().first, hours.last()?.extent().end).ok()
    }

    /// The sample after the last one that is on disk.
    pub(crate) fn end_sample(&self) -> u64 {
        self.hours.read().last().map_or(0, |hour| hour.extent().end_sample)
    }

    /// Lets go of the indexes of older hours.
    pub(crate) fn let_go(&self) {
        let hours = self.hours.read();
        for hour in hours.iter().rev().skip(KEEP_INDEXED) {
            hour.let_go();
        }
    }
}
