//! Segments of about six seconds: a function of the index alone.

use std::ops::Range;
use std::time::Duration;

use airtime::{ProgrammeTime, Span};

use crate::appender::plays;
use crate::{Cursor, Tape};

/// How long a segment is, at least.
pub(crate) const SEGMENT: Duration = Duration::from_secs(6);

/// A stretch of at least six seconds, or up to a discontinuity, as the index counts them. Its
/// number and its bounds are the same after a restart, and on another machine's copy of the tape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its number, counted over the whole tape; survives retention.
    pub ordinal: u64,
    /// How many discontinuities there were on the tape up to and with its beginning.
    pub discontinuity: u64,
    /// From its first sample to its last one's end.
    pub span: Span,
    /// Its samples on the tape.
    pub samples: Range<u64>,
    /// No more will be added to it.
    pub complete: bool,
    /// Its times were lost and are guesses.
    pub estimated: bool,
}

impl Segment {
    /// The place where it begins.
    pub fn cursor(&self) -> Cursor {
        Cursor::sample(self.samples.start)
    }
}

impl Tape {
    /// The segments on disk that have a part in `span`, in order.
    pub fn segments(&self, span: Span) -> Vec<Segment> {
        let Some(disk) = &self.shared.disk else { return Vec::new() };
        let mut found: Vec<Segment> = Vec::new();
        // One segment may reach over an hour's turn: begin a little earlier.
        for hour in disk.archive.since(span.from().hour()) {
            let Ok((extent, marks)) = disk.archive.indexed(&hour) else { continue };
            if extent.first >= span.to() {
                break;
            }
            for (index, mark) in marks.iter().enumerate() {
                let end = marks.get(index + 1).map_or(extent.end_sample, |next| next.before());
                let length = plays(end.saturating_sub(mark.sample), hour.format.sample_rate);
                let Ok(part) = Span::new(mark.time, mark.time.saturating_add(length)) else {
                    continue;
                };
                match found.last_mut() {
                    Some(last) if last.ordinal == mark.segment => {
                        last.samples.end = end;
                        last.span = joined(last.span, part.to());
                        last.estimated |= mark.flags.estimated;
                    }
                    last => {
                        if let Some(last) = last {
                            last.complete = true;
                        }
                        found.push(Segment {
                            ordinal: mark.segment,
                            discontinuity: mark.discontinuity,
                            span: part,
                            samples: mark.sample..end,
                            complete: false,
                            estimated: mark.flags.estimated,
                        });
                    }
                }
            }
        }
        found.retain(|segment| segment.span.intersect(span).is_some());
        found
    }
}

fn joined(span: Span, to: ProgrammeTime) -> Span {
    Span::new(span.from(), span.to().max(to)).unwrap_or(span)
}
