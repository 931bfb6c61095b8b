//! Addresses of spans that last, and what the tape knows of its samples.

use std::ops::Range;
use std::time::Duration;

use airtime::{ProgrammeTime, Span};
use serde::{Deserialize, Serialize};

use crate::appender::plays;
use crate::cold::index_of;
use crate::cursor::Place;
use crate::{ContinuityId, Tape};

/// Where a stretch of an unbroken run lies, by samples: good for as long as the tape is kept,
/// whatever clocks said. (Programme time is a look-up that a stepped clock may make double.)
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SpanAddress {
    /// The unbroken run.
    pub continuity: ContinuityId,
    /// The tape's samples, half-open.
    pub samples: Range<u64>,
}

/// How long an address waits for what is not written yet.
const PATIENCE: Duration = Duration::from_secs(5);

/// A stretch of the tape that is all in one run and one file or the ring.
struct Stretch {
    continuity: ContinuityId,
    first: ProgrammeTime,
    sample: u64,
    end_sample: u64,
    rate: u32,
}

impl Tape {
    /// The lasting addresses of what is recorded of `span`, in order; one for each unbroken run.
    pub fn address(&self, span: Span) -> Vec<SpanAddress> {
        self.settle(PATIENCE);
        let mut found: Vec<SpanAddress> = Vec::new();
        for stretch in self.stretches(span) {
            let sample_at = |at: ProgrammeTime| {
                let micros = u128::from(at.micros_since(stretch.first).max(0).unsigned_abs());
                let past = (micros * u128::from(stretch.rate)).div_ceil(1_000_000);
                let past = u64::try_from(past).unwrap_or(u64::MAX);
                stretch.sample.saturating_add(past).min(stretch.end_sample)
            };
            let samples = sample_at(span.from())..sample_at(span.to());
            if samples.is_empty() {
                continue;
            }
            match found.last_mut() {
                Some(last)
                    if last.continuity == stretch.continuity
                        && last.samples.end == samples.start =>
                {
                    last.samples.end = samples.end;
                }
                _ => found.push(SpanAddress { continuity: stretch.continuity, samples }),
            }
        }
        found
    }

    /// When an address was on the air; `None` if no part of it is kept.
    pub fn resolve(&self, address: &SpanAddress) -> Option<Span> {
        let last = address.samples.end.checked_sub(1)?;
        let (mut from, mut to) = (None, None);
        for sample in [address.samples.start, last] {
            let (continuity, at) = self.time_in_run(sample)?;
            if continuity != address.continuity {
                return None;
            }
            from.get_or_insert(at);
            to = Some(at);
        }
        // The end is right after the last sample, which is one sample long.
        Span::new(from?, to?.saturating_add(Duration::from_micros(1))).ok()
    }

    /// When the tape's sample was on the air; `None` if it isn't kept.
    pub fn time_of(&self, sample: u64) -> Option<ProgrammeTime> {
        self.time_in_run(sample).map(|(_, at)| at)
    }

    fn time_in_run(&self, sample: u64) -> Option<(ContinuityId, ProgrammeTime)> {
        {
            let ring = self.shared.ring.read();
            if let Some((_, block)) = ring.by_sample(sample)
                && block.sample <= sample
            {
                let past = plays(sample - block.sample, block.epoch.format.sample_rate);
                return Some((block.continuity, block.first.saturating_add(past)));
            }
        }
        let archive = &self.shared.disk.as_ref()?.archive;
        let hour = archive.at_sample(sample)?;
        let (extent, marks) = archive.indexed(&hour).ok()?;
        let index = index_of(&marks, Place::Sample(sample))?;
        let mark = marks.get(index)?;
        let end = marks.get(index + 1).map_or(extent.end_sample, |next| next.before());
        if sample < mark.sample || sample >= end {
            return None;
        }
        let past = plays(sample - mark.sample, hour.format.sample_rate);
        Some((mark.continuity, mark.time.saturating_add(past)))
    }

    /// All that is recorded of `span`, from one mark or block to the next.
    fn stretches(&self, span: Span) -> Vec<Stretch> {
        let mut found = Vec::new();
        let mut reached = 0;
        if let Some(disk) = &self.shared.disk {
            for hour in disk.archive.since(span.from()) {
                let Ok((extent, marks)) = disk.archive.indexed(&hour) else { continue };
                if extent.first >= span.to() {
                    break;
                }
                for (index, mark) in marks.iter().enumerate() {
                    let end = marks.get(index + 1).map_or(extent.end_sample, |next| next.before());
                    found.push(Stretch {
                        continuity: mark.continuity,
                        first: mark.time,
                        sample: mark.sample,
                        end_sample: end,
                        rate: hour.format.sample_rate,
                    });
                }
            }
            reached = disk.archive.end_sample();
        }
        let ring = self.shared.ring.read();
        let resident = ring.slots().map(|taped| &taped.block);
        found.extend(resident.filter(|block| block.sample >= reached).map(|block| Stretch {
            continuity: block.continuity,
            first: block.first,
            sample: block.sample,
            end_sample: block.sample + block.samples,
            rate: block.epoch.format.sample_rate,
        }));
        found.retain(|stretch| {
            let length = plays(stretch.end_sample.saturating_sub(stretch.sample), stretch.rate);
            stretch.first < span.to() && stretch.first.saturating_add(length) > span.from()
        });
        found
    }
}
