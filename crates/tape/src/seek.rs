//! Finding where somebody who asked for a time begins.

use airtime::{ProgrammeTime, Span};

use crate::policy::Listening;
use crate::{Cursor, Seek, SeekError, Tape, cold};

impl Tape {
    /// A cursor at the first entry point at or after `at` that is for everybody: exact to the
    /// frame on disk, and to the block in the ring. From the last block on, up to now, it is the
    /// head. It may read the disk: not for a pump.
    ///
    /// # Errors
    /// [`SeekError`].
    pub fn seek(&self, at: ProgrammeTime) -> Result<Seek, SeekError> {
        let window = self.window();
        if self.epoch().is_some_and(|epoch| !epoch.is_counted()) {
            return Err(SeekError::NotRewindable);
        }
        let now = self.shared.clock.now();
        let Some(heard) = window.filter(|window| window.from() <= at && at <= now.max(window.to()))
        else {
            return Err(SeekError::OutsideWindow { window });
        };
        let resident = self.shared.ring.read().oldest().map(|block| block.first);
        let found = if at >= heard.to() || resident.is_some_and(|oldest| oldest <= at) {
            self.seek_resident(at)
        } else {
            cold::seek(&self.shared, at).or_else(|| self.seek_resident(at))
        };
        let (cursor, starts) = match found {
            Some(found) => found,
            None => self.seek_head()?,
        };
        let hole = self.hole_at(at, starts);
        Ok(Seek { cursor: cursor.heard(Listening::Again), starts, hole })
    }

    fn seek_resident(&self, at: ProgrammeTime) -> Option<(Cursor, ProgrammeTime)> {
        let ring = self.shared.ring.read();
        let mut from = at;
        loop {
            let block = ring.entry_from(from)?;
            match ring.closed.shuts(block.first, block.end(), Listening::Again) {
                Some(span) => from = span.to(),
                None => return Some((Cursor::at(block), block.first)),
            }
        }
    }

    /// Where the next block will be, if it will be for everybody.
    fn seek_head(&self) -> Result<(Cursor, ProgrammeTime), SeekError> {
        let ring = self.shared.ring.read();
        let Some(head) = ring.head else { return Err(SeekError::OutsideWindow { window: None }) };
        match ring.closed.shuts(head, head, Listening::Again) {
            Some(_) => Err(SeekError::Closed),
            None => Ok((ring.end(), head)),
        }
    }

    /// What lies between the time asked for and the time found, if that is more than the rest of
    /// the block or page that the time asked for lies in.
    fn hole_at(&self, at: ProgrammeTime, starts: ProgrammeTime) -> Option<Span> {
        let span = Span::new(at, starts).ok()?;
        self.holes(span, Some(Listening::Again)).into_iter().find(|hole| hole.contains(at))
    }
}
