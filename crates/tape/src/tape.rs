//! The tape of one rendition.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use airtime::{Clock, ProgrammeTime, Span};
use codec::Codec;
use parking_lot::RwLock;

use crate::policy::Listening;
use crate::ring::{Ring, Taped};
use crate::{
    Appender, Cursor, CutReport, Epoch, Seek, SeekError, TapeError, TapeOptions, View, Withholding,
};

/// A tape. A clone is the same tape.
#[derive(Clone, Debug)]
pub struct Tape {
    pub(crate) shared: Arc<Shared>,
}

/// What all clones of a tape, its appender and its threads have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ring: RwLock<Ring>,
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
        let ring = RwLock::new(Ring::new(options.ring, 0, None));
        let tape = Self { shared: Arc::new(Shared { clock, ring }) };
        let appender = Appender::new(tape.clone());
        Ok((tape, appender))
    }

    /// The newest time on the tape; `None` while nothing was ever recorded.
    pub fn head(&self) -> Option<ProgrammeTime> {
        self.shared.ring.read().head
    }

    /// What can be listened to again now: from the oldest kept to the head.
    pub fn window(&self) -> Option<Span> {
        let ring = self.shared.ring.read();
        Span::new(ring.oldest()?.first, ring.head?).ok()
    }

    /// The format at the head.
    pub fn epoch(&self) -> Option<Arc<Epoch>> {
        self.shared.ring.read().epoch.clone()
    }

    /// A cursor at the last entry point that is at least `back` behind the head (or the oldest in
    /// the ring, or in the same epoch as the head, whichever is nearest the head).
    pub fn behind_head(&self, back: Duration) -> Cursor {
        self.shared.ring.read().behind_head(back)
    }

    /// A cursor at the first entry point at or after `at`.
    ///
    /// # Errors
    /// [`SeekError`].
    pub fn seek(&self, at: ProgrammeTime) -> Result<Seek, SeekError> {
        let window = self.window();
        let ring = self.shared.ring.read();
        if ring.epoch.as_ref().is_some_and(|epoch| epoch.format.codec == Codec::Opaque) {
            return Err(SeekError::NotRewindable);
        }
        if !window.is_some_and(|window| window.contains(at)) {
            return Err(SeekError::OutsideWindow { window });
        }
        let mut from = at;
        loop {
            let Some(block) = ring.entry_from(from) else {
                return Err(SeekError::OutsideWindow { window });
            };
            match ring.closed.shuts(block.first, Listening::Again) {
                Some(span) => from = span.to(),
                None => {
                    let hole = (from != at).then(|| Span::new(at, block.first).ok()).flatten();
                    return Ok(Seek { cursor: Cursor::at(block), starts: block.first, hole });
                }
            }
        }
    }

    /// The ring, locked for reading: a pump takes it once and serves many seats from it. Never
    /// waits for the disk.
    pub fn view(&self) -> View<'_> {
        View::new(self)
    }

    /// Fetches what `cursor` points at from disk into the shared cache, on the calling thread,
    /// which may block: what the tape's reader thread does for [`crate::Read::Fetching`].
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
        let mut ring = self.shared.ring.write();
        Arc::make_mut(&mut ring.closed).decide(withholding.span, withholding.policy);
        Ok(())
    }

    pub(crate) fn push(&self, taped: Taped) {
        self.shared.ring.write().push(taped);
    }
}
