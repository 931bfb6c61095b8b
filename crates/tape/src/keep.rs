//! Deciding what is kept of a tape, and who may hear it.

use std::path::Path;
use std::sync::Arc;

use airtime::{ProgrammeTime, Span};

use crate::disk::lock;
use crate::pin::{Keep, Pin, PinId};
use crate::policy::Decided;
use crate::tape::POLICY_FILE;
use crate::{Tape, TapeError, Withholding, ledger};

impl Tape {
    /// Withholds a span from listeners, or lifts what is withheld. The recording stays; the log
    /// says who and why.
    ///
    /// # Errors
    /// [`TapeError::Io`] if it can't be written down; then it doesn't hold either.
    /// [`TapeError::ReadOnly`].
    pub fn withhold(&self, withholding: Withholding) -> Result<(), TapeError> {
        self.may_change()?;
        let decisions = self.shared.decisions.lock();
        let decided = Decided { at: self.shared.clock.now(), withholding };
        if let Some(path) = &*decisions {
            ledger::add(path, &decided)?;
        }
        let Withholding { span, policy, .. } = decided.withholding;
        Arc::make_mut(&mut self.shared.ring.write().closed).decide(span, policy);
        tell(&decided.withholding);
        Ok(())
    }

    /// Writes a decision down beside the tape in `dir` while nobody records there. It touches
    /// nothing else: the tape is neither mended nor does anything of it grow old.
    ///
    /// # Errors
    /// [`TapeError::InUse`] if somebody records there: ask them. [`TapeError::Io`].
    pub fn withhold_in(
        dir: &Path,
        withholding: Withholding,
        now: ProgrammeTime,
    ) -> Result<(), TapeError> {
        let _lock = lock(dir)?;
        let decided = Decided { at: now, withholding };
        ledger::add(&dir.join(POLICY_FILE), &decided)?;
        tell(&decided.withholding);
        Ok(())
    }

    /// Keeps all hours that have a part in `span`, whole, until it is [unpinned](Self::unpin):
    /// something refers to it. `None` if this tape has no folder.
    ///
    /// # Errors
    /// [`TapeError::Io`] if it can't be written down. [`TapeError::ReadOnly`].
    pub fn pin(&self, span: Span, why: &str) -> Result<Option<PinId>, TapeError> {
        self.keep(span, Keep::Pinned, why)
    }

    /// Keeps all hours that have a part in `span`, whole, for the law. `None` if this tape has no
    /// folder.
    ///
    /// # Errors
    /// [`TapeError::Io`] if it can't be written down. [`TapeError::ReadOnly`].
    pub fn hold(&self, span: Span, why: &str) -> Result<Option<PinId>, TapeError> {
        self.keep(span, Keep::Held, why)
    }

    fn keep(&self, span: Span, keep: Keep, why: &str) -> Result<Option<PinId>, TapeError> {
        self.may_change()?;
        let Some(disk) = &self.shared.disk else { return Ok(None) };
        let now = self.shared.clock.now();
        disk.pins.lock().add(span, keep, why, now).map(Some)
    }

    /// Lifts a pin or a hold. `false` if there is none of this name.
    ///
    /// # Errors
    /// [`TapeError::Io`] if it can't be written down. [`TapeError::ReadOnly`].
    pub fn unpin(&self, id: PinId) -> Result<bool, TapeError> {
        self.may_change()?;
        let Some(disk) = &self.shared.disk else { return Ok(false) };
        disk.pins.lock().lift(id)
    }

    /// What is pinned and held.
    pub fn pins(&self) -> Vec<Pin> {
        self.shared.disk.as_ref().map_or_else(Vec::new, |disk| disk.pins.lock().all())
    }

    /// Drops the hours that need not be kept any more. The recorder does it once a minute.
    ///
    /// An hour is as old as what was recorded since, or as long as the tape was open since,
    /// whichever is more. What the clock says counts for nothing: it may be a day off for a
    /// minute, and what is dropped is gone.
    pub fn retain(&self) {
        if let Some(disk) = self.shared.disk.as_ref().filter(|_| self.may_change().is_ok()) {
            disk.retain();
        }
    }

    fn may_change(&self) -> Result<(), TapeError> {
        match &self.shared.disk {
            Some(disk) if self.shared.read_only => {
                Err(TapeError::ReadOnly { path: disk.dir.clone() })
            }
            _ => Ok(()),
        }
    }
}

fn tell(withholding: &Withholding) {
    tracing::info!(
        from = %withholding.span.from(),
        to = %withholding.span.to(),
        policy = ?withholding.policy,
        who = withholding.who,
        why = withholding.why,
        "a decision about who may hear the tape"
    );
}
