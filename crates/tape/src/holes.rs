//! Where there is no audio.

use std::time::Duration;

use airtime::{ProgrammeTime, Span};
use codec::Format;

use crate::Tape;
use crate::appender::plays;
use crate::block::counts;
use crate::mark::Mark;
use crate::policy::Listening;

/// Marks are up to this far off the end of what is before them without there being a hole,
/// microseconds: a source's clock may run a little fast or slow.
const JOINT: i64 = 110_000;

/// As long may pass between two pieces of a stream whose samples can't be counted: how long each
/// plays isn't known.
const UNCOUNTED_JOINT: i64 = 10_000_000;

impl Tape {
    /// The stretches of `span` of which nothing may be heard: not recorded, or not open.
    pub(crate) fn holes(&self, span: Span, listening: Option<Listening>) -> Vec<Span> {
        let mut audible = self.recorded(span);
        let closed = self.shared.ring.read().closed.clone();
        let shut = listening.map_or_else(Vec::new, |listening| closed.within(span, listening));
        for part in shut {
            audible = audible.into_iter().flat_map(|run| without(run, part)).collect();
        }
        let mut holes = Vec::new();
        let mut at = span.from();
        for run in audible {
            holes.extend(Span::new(at, run.from()).ok());
            at = at.max(run.to());
        }
        holes.extend(Span::new(at, span.to()).ok());
        holes
    }

    /// The stretches of `span` of which there is audio, on disk or in the ring, in order, none
    /// touching another.
    pub(crate) fn recorded(&self, span: Span) -> Vec<Span> {
        let mut runs: Vec<Span> = Vec::new();
        let mut add = |from: ProgrammeTime, to: ProgrammeTime, format: Format| {
            let (to, joint) = match counts(format) {
                true => (to, JOINT),
                false => (from.saturating_add(Duration::from_micros(1)), UNCOUNTED_JOINT),
            };
            let Ok(part) = Span::new(from, to) else { return };
            match runs.last_mut() {
                Some(last) if part.from().micros_since(last.to()) <= joint => {
                    if let Ok(joined) = Span::new(last.from(), last.to().max(part.to())) {
                        *last = joined;
                    }
                }
                _ => runs.push(part),
            }
        };
        let mut reached = None;
        if let Some(disk) = &self.shared.disk {
            for hour in disk.archive.since(span.from()) {
                if hour.extent().first >= span.to() {
                    break;
                }
                let Ok((extent, marks)) = disk.archive.indexed(&hour) else { continue };
                let rate = hour.format.sample_rate;
                for (index, mark) in marks.iter().enumerate() {
                    let sample = marks.get(index + 1).map_or(extent.end_sample, Mark::before);
                    let end =
                        mark.time.saturating_add(plays(sample.saturating_sub(mark.sample), rate));
                    add(mark.time, end, hour.format);
                    reached = reached.max(Some(end));
                }
            }
        }
        let ring = self.shared.ring.read();
        for block in ring.slots().map(|taped| &taped.block) {
            if reached.is_none_or(|reached| reached < block.end()) {
                add(block.first, block.end(), block.epoch.format);
            }
        }
        runs.into_iter().filter_map(|run| run.intersect(span)).collect()
    }
}

/// `run` without `part`.
fn without(run: Span, part: Span) -> impl Iterator<Item = Span> {
    let before = Span::new(run.from(), run.to().min(part.from()));
    let after = Span::new(run.from().max(part.to()), run.to());
    [before, after].into_iter().flatten()
}
