//! Moments and spans of programme time.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A moment on the tape: microseconds of UTC since the Unix epoch (POSIX: leap seconds are slewed).
///
/// It serialises as the bare integer. It prints as RFC 3339 in UTC with microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProgrammeTime(i64);

impl ProgrammeTime {
    /// The Unix epoch.
    pub const EPOCH: Self = Self(0);

    /// The moment `micros` microseconds after the Unix epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the Unix epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// This moment moved later by `by`, at most the end of representable time.
    pub fn saturating_add(self, by: Duration) -> Self {
        Self(self.0.saturating_add(micros_of(by)))
    }

    /// This moment moved earlier by `by`, at least the start of representable time.
    pub fn saturating_sub(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(micros_of(by)))
    }

    /// How long after `earlier` this moment is; zero if it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Signed microseconds from `other` to this moment.
    pub const fn micros_since(self, other: Self) -> i64 {
        self.0.saturating_sub(other.0)
    }

    /// The start of the UTC hour that holds this moment: the hour files of the tape are cut there.
    pub const fn hour(self) -> Self {
        const HOUR: i64 = 3_600_000_000;
        Self(self.0.div_euclid(HOUR) * HOUR)
    }

    /// Reads an RFC 3339 date and time with an offset (`2026-11-24T05:30:00-05:00`).
    ///
    /// A space is accepted where a query string's `+` was decoded as one
    /// (`2026-11-24T05:30:00 01:00`).
    ///
    /// # Errors
    /// [`ParseTimeError`] if the text has no offset, is no date, or is outside the years that can
    /// be represented.
    pub fn parse_rfc3339(text: &str) -> Result<Self, ParseTimeError> {
        let mended;
        let text = match text.rsplit_once(' ') {
            Some((date, offset)) if date.contains(['T', 't']) => {
                mended = format!("{date}+{offset}");
                mended.as_str()
            }
            _ => text,
        };
        let stamp: Timestamp =
            text.parse().map_err(|_| ParseTimeError { text: text.chars().take(64).collect() })?;
        Ok(Self(stamp.as_microsecond()))
    }
}

impl fmt::Display for ProgrammeTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_microsecond(self.0) {
            Ok(stamp) => write!(f, "{stamp:.6}"),
            // Outside the years that RFC 3339 can write.
            Err(_) => write!(f, "{}us", self.0),
        }
    }
}

impl FromStr for ProgrammeTime {
    type Err = ParseTimeError;

    fn from_str(text: &str) -> Result<Self, ParseTimeError> {
        Self::parse_rfc3339(text)
    }
}

/// A half-open stretch of programme time: `from` belongs to it, `to` does not. Never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Span {
    from: ProgrammeTime,
    to: ProgrammeTime,
}

impl Span {
    /// The span from `from` up to, and without, `to`.
    ///
    /// # Errors
    /// [`EmptySpan`] unless `from` is before `to`.
    pub fn new(from: ProgrammeTime, to: ProgrammeTime) -> Result<Self, EmptySpan> {
        if from < to { Ok(Self { from, to }) } else { Err(EmptySpan) }
    }

    /// The first moment in the span.
    pub const fn from(self) -> ProgrammeTime {
        self.from
    }

    /// The first moment after the span.
    pub const fn to(self) -> ProgrammeTime {
        self.to
    }

    /// How long the span is.
    pub fn duration(self) -> Duration {
        self.to.since(self.from)
    }

    /// Whether `at` lies in the span.
    pub fn contains(self, at: ProgrammeTime) -> bool {
        self.from <= at && at < self.to
    }

    /// What both spans have in common.
    pub fn intersect(self, other: Self) -> Option<Self> {
        Self::new(self.from.max(other.from), self.to.min(other.to)).ok()
    }
}

/// A place in a piece of media, from its first sample: microseconds of playing time.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct MediaOffset(u64);

impl MediaOffset {
    /// The place `micros` microseconds after the first sample.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Microseconds after the first sample.
    pub const fn as_micros(self) -> u64 {
        self.0
    }
}

/// A span must end after it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a span must end after it starts")]
pub struct EmptySpan;

/// The text is not an RFC 3339 date and time with an offset.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{text}` is not a date and time with an offset, like 2026-11-24T05:30:00-05:00")]
pub struct ParseTimeError {
    text: String,
}

fn micros_of(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
