//! All hour files of a tape, in order.

use std::io;
use std::sync::Arc;

use airtime::{ProgrammeTime, Span};
use parking_lot::RwLock;

use crate::hour::{Extent, HourFile};
use crate::mark::Mark;

/// How many hour files keep their index in memory, beside the newest: those that were asked for
/// last. An index of a whole hour is 316 KB.
const KEEP_INDEXED: usize = 24;

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

    /// How far a file reaches and its index, in agreement with each other. Reads the index if it
    /// was let go of, and lets go of others.
    pub(crate) fn indexed(&self, hour: &HourFile) -> io::Result<(Extent, Arc<Vec<Mark>>)> {
        let held = hour.index_used().is_some();
        let found = hour.indexed()?;
        if !held {
            self.let_go();
        }
        Ok(found)
    }

    /// Lets go of the indexes that were not asked for lately. Never of the newest file's, which is
    /// being added to.
    fn let_go(&self) {
        let hours = self.hours.read();
        let Some((_, others)) = hours.split_last() else { return };
        let mut used: Vec<_> =
            others.iter().filter_map(|hour| Some((hour.index_used()?, hour))).collect();
        used.sort_by_key(|(used, _)| std::cmp::Reverse(*used));
        for (_, hour) in used.iter().skip(KEEP_INDEXED) {
            hour.let_go();
        }
    }
}
