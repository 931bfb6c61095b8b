//! How a tape is kept.

use std::path::PathBuf;
use std::time::Duration;

/// How a tape is kept.
#[derive(Clone, Debug)]
pub struct TapeOptions {
    /// The folder of this rendition; `None` keeps the ring only (nothing can be rewound).
    pub dir: Option<PathBuf>,
    /// How much stays in memory behind the head (default 90 s).
    pub ring: Duration,
    /// How much may be rewound to.
    pub retention: Retention,
}

impl Default for TapeOptions {
    fn default() -> Self {
        Self { dir: None, ring: Duration::from_secs(90), retention: Retention::default() }
    }
}

/// What the *rewind* class keeps. Pinned and held spans are kept beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Hours older than this are dropped (default 6 h; whole hour files). Age is what was recorded
    /// since, or the time that the tape was open since, whichever is more.
    pub max_age: Duration,
    /// The oldest hours are dropped while there is more than this (default 20 GiB).
    pub max_bytes: u64,
}

impl Default for Retention {
    fn default() -> Self {
        Self { max_age: Duration::from_secs(6 * 3600), max_bytes: 20 << 30 }
    }
}
