//! The tape of one rendition. (To be split by its owner: appender, ring, disk, reader, cut,
//! retention, policy.)

use std::io::Write;
use std::marker::PhantomData;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use airtime::{Clock, ProgrammeTime, Span};
use codec::Packet;
use thiserror::Error;

use crate::{Block, Epoch};

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

/// What the *rewind* class keeps. Pinned and held spans are kept beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Hours older than this are dropped (default 6 h; whole hour files).
    pub max_age: Duration,
    /// The oldest hours are dropped while there is more than this (default 20 GiB).
    pub max_bytes: u64,
}

/// A tape. A clone is the same tape.
#[derive(Clone, Debug)]
pub struct Tape {
    clock: Arc<dyn Clock>,
}

impl Tape {
    /// Opens, mends or starts the tape in its folder, and its one appender. Recovery reads the
    /// tail only.
    ///
    /// # Errors
    /// [`TapeError::Io`] with the path if the folder can't be used; [`TapeError::InUse`] if
    /// another process records there.
    pub fn open(
        options: TapeOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<(Self, Appender), TapeError> {
        let _ = options;
        let tape = Self { clock };
        Ok((tape.clone(), Appender { tape }))
    }

    /// The newest time on the tape; `None` while nothing was ever recorded.
    pub fn head(&self) -> Option<ProgrammeTime> {
        let _ = &self.clock;
        None
    }

    /// What can be listened to again now: from the oldest kept to the head.
    pub fn window(&self) -> Option<Span> {
        None
    }

    /// The format at the head.
    pub fn epoch(&self) -> Option<Arc<Epoch>> {
        None
    }

    /// A cursor at the last entry point that is at least `back` behind the head (or the oldest in
    /// the ring, or in the same epoch as the head, whichever is nearest the head).
    pub fn behind_head(&self, back: Duration) -> Cursor {
        let _ = back;
        Cursor { _private: 0 }
    }

    /// A cursor at the first entry point at or after `at`.
    ///
    /// # Errors
    /// [`SeekError`].
    pub fn seek(&self, at: ProgrammeTime) -> Result<Seek, SeekError> {
        let _ = at;
        Err(SeekError::NotRewindable)
    }

    /// The ring, locked for reading: a pump takes it once and serves many seats from it. Never
    /// waits for the disk.
    pub fn view(&self) -> View<'_> {
        View { _tape: PhantomData }
    }

    /// Fetches what `cursor` points at from disk into the shared cache, on the calling thread,
    /// which may block: what the tape's reader thread does for [`Read::Fetching`].
    pub fn fetch(&self, cursor: Cursor) {
        let _ = cursor;
    }

    /// Writes the span's frames to `out`, exact to the frame, without encoding, as a file that any
    /// player plays.
    ///
    /// # Errors
    /// [`SeekError`] inside [`TapeError::Seek`] if there is nothing there; [`TapeError::Io`].
    pub fn cut(&self, span: Span, out: &mut dyn Write) -> Result<CutReport, TapeError> {
        let _ = (span, out);
        Err(TapeError::Seek(SeekError::NotRewindable))
    }

    /// Withholds a span from listeners, or lifts what is withheld. The recording stays; the log
    /// says who and why.
    ///
    /// # Errors
    /// [`TapeError::Io`] if it can't be written down.
    pub fn withhold(&self, withholding: Withholding) -> Result<(), TapeError> {
        let _ = withholding;
        Ok(())
    }
}

/// The one who records.
#[derive(Debug)]
pub struct Appender {
    tape: Tape,
}

impl Appender {
    /// Begins an unbroken run: of another format, after a splice, or after a hole.
    pub fn begin(&mut self, epoch: Epoch, why: Discontinuity) {
        let _ = (epoch, why, &self.tape);
    }

    /// Appends one packet whose first sample is on the air at `at`. A packet that begins over
    /// 100 ms off the end of the last is a discontinuity by itself; one that would lie before the
    /// head is refused and `false` returned.
    pub fn append(&mut self, packet: &Packet, at: ProgrammeTime) -> bool {
        let _ = (packet, at);
        true
    }

    /// Closes the open block, so that readers see it now. (It closes by itself at 250 ms.)
    pub fn flush(&mut self) {}
}

/// Why a run begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discontinuity {
    /// The first audio since this process started.
    Start,
    /// Another input went on the air.
    Splice,
    /// The source's format changed.
    Format,
    /// Nothing was on the air for a while, or the clock stepped.
    Hole,
}

/// A place to read on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    _private: u64,
}

impl Cursor {
    /// The place right after `block`.
    pub fn after(block: &Block) -> Self {
        Self { _private: block.sequence + 1 }
    }
}

/// The ring, locked for reading.
#[derive(Debug)]
pub struct View<'a> {
    _tape: PhantomData<&'a Tape>,
}

impl View<'_> {
    /// What is at `cursor`.
    pub fn read(&self, cursor: Cursor) -> Read {
        let _ = cursor;
        Read::AtHead
    }
}

/// What is at a cursor.
#[derive(Clone, Debug)]
pub enum Read {
    /// A block.
    Block(Arc<Block>),
    /// Nothing yet: ask again later.
    AtHead,
    /// It is on disk and is being fetched: ask again soon.
    Fetching,
    /// What was here is not to be had (dropped, withheld, damaged, a hole): read on from `resume`.
    Gone {
        /// Where audio goes on.
        resume: Cursor,
        /// What is left out, if it had a length.
        lost: Option<Span>,
    },
}

/// Where a listener who asked for a time begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seek {
    /// Read on from here.
    pub cursor: Cursor,
    /// The first sample's time.
    pub starts: ProgrammeTime,
    /// The time asked for lies in a hole: nothing was recorded, or nothing is public, here.
    pub hole: Option<Span>,
}

/// A time can't be listened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SeekError {
    /// It is older than what is kept, or later than the head.
    #[error("outside of what can be listened to again")]
    OutsideWindow {
        /// What can be.
        window: Option<Span>,
    },
    /// This stream's format can't be rewound.
    #[error("this stream can't be rewound")]
    NotRewindable,
}

/// Who may hear a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Everybody, again and again.
    Public,
    /// Those who listened live only.
    LiveOnly,
    /// Nobody (rights, privacy, take-down); the legal copy stays.
    Withheld,
    /// Nobody, and only the station's administrators may know.
    Sealed,
}

/// A decision about a span.
#[derive(Clone, Debug)]
pub struct Withholding {
    /// Which span.
    pub span: Span,
    /// Who may hear it from now on.
    pub policy: Policy,
    /// Who decided.
    pub who: String,
    /// Why.
    pub why: String,
}

/// What a cut holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutReport {
    /// From the first frame's first sample to the last one's end.
    pub span: Span,
    /// How many frames (or pages).
    pub frames: u64,
    /// How many bytes were written.
    pub bytes: u64,
    /// Stretches of the span of which there is no audio.
    pub holes: Vec<Span>,
}

/// What can go wrong with a tape.
#[derive(Debug, Error)]
pub enum TapeError {
    /// The disk refused.
    #[error("{what} {path}: {source}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another process records there.
    #[error("{path} is being recorded to by another process")]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// The time can't be listened to.
    #[error(transparent)]
    Seek(#[from] SeekError),
}
