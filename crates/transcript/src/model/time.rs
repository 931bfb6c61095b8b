use std::fmt;

use serde::{Deserialize, Serialize};

/// A moment, in whole milliseconds from the start of a [`TimeBase`].
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Millis(pub u64);

impl Millis {
    /// From seconds, rounded to the nearest millisecond. `None` for what is negative, not a
    /// number, or beyond a thousand years.
    pub fn from_seconds(seconds: f64) -> Option<Self> {
        (0.0..=3.2e10).contains(&seconds).then(|| Self((seconds * 1000.0).round() as u64))
    }

    /// As seconds, for forms that count in them.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// Hours, minutes, seconds, and milliseconds.
    pub fn parts(self) -> (u64, u64, u64, u64) {
        (self.0 / 3_600_000, self.0 / 60_000 % 60, self.0 / 1000 % 60, self.0 % 1000)
    }
}

/// As WebVTT writes it: `01:02:03.004`.
impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hours, minutes, seconds, millis) = self.parts();
        write!(f, "{hours:02}:{minutes:02}:{seconds:02}.{millis:03}")
    }
}

/// When something is heard. The end is missing where the source gives a beginning only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeSpan {
    /// When it begins.
    pub start: Millis,
    /// When it ends, if that is known. Never before `start`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Millis>,
}

impl TimeSpan {
    /// A span, or a beginning without an end where the end lies before it.
    pub fn new(start: Millis, end: Option<Millis>) -> Self {
        Self { start, end: end.filter(|end| *end >= start) }
    }

    /// The smallest span that holds both.
    pub fn and(self, other: Self) -> Self {
        let end = match (self.end, other.end) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        };
        Self::new(self.start.min(other.start), end)
    }
}

/// What the times of a transcript are counted from. A transcript has one, never two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum TimeBase {
    /// One version of the audio: as broadcast, the podcast's cut, a file.
    Audio {
        /// Which version; `"source"` where the file that was read doesn't say.
        version: String,
    },
    /// A span of a station's tape.
    Tape {
        /// The span's durable address, opaque here.
        span: String,
    },
}

impl TimeBase {
    /// The audio that a timed file belongs to, when nothing more is known of it.
    pub fn unnamed() -> Self {
        Self::Audio { version: "source".to_owned() }
    }
}
