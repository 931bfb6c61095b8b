//! The tape of one rendition.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use airtime::{Clock, ProgrammeTime, Span};
use parking_lot::{Mutex, RwLock};

use crate::archive::Archive;
use crate::cache::CACHE;
use crate::cold::Requests;
use crate::cursor::Place;
use crate::disk::{CLOSE_PATIENCE, Disk, lock};
use crate::pin::{Keep, Pin, PinId, Pins};
use crate::policy::{Closed, Decided, Listening};
use crate::queue::Queue;
use crate::recorder::Recorder;
use crate::recover::recover;
use crate::ring::{Ring, Taped};
use crate::{
    Appender, Cursor, Epoch, MachineDisk, RecordingState, Seek, SeekError, Storage, TapeError,
    TapeOptions, View, Withholding, cold, ledger,
};

/// A tape. A clone is the same tape.
///
/// When the last clone and the appender are gone, what is still to be written is written; a disk
/// that hangs is waited for ten seconds.
#[derive(Clone, Debug)]
pub struct Tape {
    pub(crate) shared: Arc<Shared>,
    _open: Arc<Open>,
}

/// Closes the tape when nobody but its reader thread has it any more.
#[derive(Debug)]
struct Open(Arc<Shared>);

/// What all clones of a tape, its appender and its reader thread have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Tells this tape from others of the process.
    pub(crate) id: u64,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ring: RwLock<Ring>,
    pub(crate) disk: Option<Arc<Disk>>,
    pub(crate) requests: Arc<Requests>,
    /// Decisions about who may hear what; held while one is written down.
    decisions: Mutex<Option<PathBuf>>,
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
        Self::open_on(options, clock, Arc::new(MachineDisk))
    }

    /// As [`open`](Self::open), writing through `storage`: for tests with disks that fail.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_on(
        options: TapeOptions,
        clock: Arc<dyn Clock>,
        storage: Arc<dyn Storage>,
    ) -> Result<(Self, Appender), TapeError> {
        let tape = match &options.dir {
            None => Self::start(Ring::new(options.ring, 0, None), clock, None, None)?,
            Some(dir) => {
                std::fs::create_dir_all(dir).map_err(TapeError::io("make", dir))?;
                let lock = lock(dir)?;
                Self::in_folder(dir, &options, clock, storage, Some(lock))?
            }
        };
        let appender = Appender::new(tape.clone());
        Ok((tape, appender))
    }

    /// Opens the tape in a folder to read, cut and look at it only; nothing is mended or written,
    /// and another process may be recording there (what it records from now on isn't seen).
    ///
    /// # Errors
    /// [`TapeError::Io`] with the path if the folder can't be read.
    pub fn open_read_only(dir: &Path, clock: Arc<dyn Clock>) -> Result<Self, TapeError> {
        Self::in_folder(dir, &TapeOptions::default(), clock, Arc::new(MachineDisk), None)
    }

    fn in_folder(
        dir: &Path,
        options: &TapeOptions,
        clock: Arc<dyn Clock>,
        storage: Arc<dyn Storage>,
        lock: Option<std::fs::File>,
    ) -> Result<Self, TapeError> {
        let recording = lock.is_some();
        let recovered = recover(dir, recording)?;
        for damage in &recovered.damage {
            tracing::warn!(dir = %dir.display(), file = damage.file, "{}", damage.what);
        }
        let newest = recovered.hours.last().cloned();
        let extent = newest.as_ref().map(|hour| hour.extent());
        let mut ring = Ring::new(
            options.ring,
            extent.map_or(0, |extent| extent.end_sample),
            extent.map(|extent| extent.end),
        );
        ring.epoch = newest.and_then(|hour| hour.epoch().ok());
        let mut closed = Closed::default();
        let decisions = dir.join(POLICY_FILE);
        for Decided { withholding, .. } in ledger::read::<Decided>(&decisions)? {
            closed.decide(withholding.span, withholding.policy);
        }
        ring.closed = Arc::new(closed);
        let disk = Disk {
            dir: dir.to_owned(),
            clock: clock.clone(),
            storage,
            retention: options.retention,
            archive: Archive::new(recovered.hours),
            queue: Queue::default(),
            pins: Mutex::new(Pins::open(dir)?),
            lock: Mutex::new(lock),
        };
        let disk = Arc::new(disk);
        if recording {
            let recorder = Recorder::new(disk.clone(), recovered.last);
            spawn("tape-recorder", dir, move || recorder.run())?;
        } else {
            disk.queue.ended();
        }
        Self::start(ring, clock, Some(disk), Some(decisions))
    }

    fn start(
        ring: Ring,
        clock: Arc<dyn Clock>,
        disk: Option<Arc<Disk>>,
        decisions: Option<PathBuf>,
    ) -> Result<Self, TapeError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let requests = Arc::new(Requests::default());
        let dir = disk.as_ref().map(|disk| disk.dir.clone());
        let shared = Arc::new(Shared {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            clock,
            ring: RwLock::new(ring),
            disk,
            requests: requests.clone(),
            decisions: Mutex::new(decisions),
        });
        if let Some(dir) = dir {
            let weak = Arc::downgrade(&shared);
            spawn("tape-reader", &dir, move || cold::serve(&requests, &weak))?;
        }
        let open = Arc::new(Open(shared.clone()));
        Ok(Self { shared, _open: open })
    }

    /// The newest time on the tape; `None` while nothing was ever recorded. After a restart this
    /// may be later than the clock's time: go on from here then.
    pub fn head(&self) -> Option<ProgrammeTime> {
        self.shared.ring.read().head
    }

    /// What can be listened to again now: from the oldest kept to the head.
    pub fn window(&self) -> Option<Span> {
        let disk = self.shared.disk.as_ref().and_then(|disk| disk.archive.span());
        let ring = self.shared.ring.read();
        let resident = ring.oldest().map(|block| block.first);
        let first = disk.map(|span| span.from()).into_iter().chain(resident).min()?;
        Span::new(first, ring.head?).ok()
    }

    /// The format at the head.
    pub fn epoch(&self) -> Option<Arc<Epoch>> {
        self.shared.ring.read().epoch.clone()
    }

    /// How the recording stands: for alarms and health.
    pub fn recording(&self) -> RecordingState {
        self.shared.disk.as_ref().map_or(RecordingState::Ok, |disk| disk.queue.recording())
    }

    /// A cursor at the last entry point that is at least `back` behind the head (or the oldest in
    /// the ring, or in the same epoch as the head, whichever is nearest the head).
    pub fn behind_head(&self, back: Duration) -> Cursor {
        self.shared.ring.read().behind_head(back)
    }

    /// A cursor at the first entry point at or after `at` that is for everybody. It may read the
    /// disk: not for a pump.
    ///
    /// # Errors
    /// [`SeekError`].
    pub fn seek(&self, at: ProgrammeTime) -> Result<Seek, SeekError> {
        let window = self.window();
        if self.epoch().is_some_and(|epoch| !epoch.is_counted()) {
            return Err(SeekError::NotRewindable);
        }
        if !window.is_some_and(|window| window.contains(at)) {
            return Err(SeekError::OutsideWindow { window });
        }
        let resident = self.shared.ring.read().oldest().map(|block| block.first);
        let found = if resident.is_some_and(|oldest| oldest <= at) {
            self.seek_resident(at)
        } else {
            cold::seek(&self.shared, at).or_else(|| self.seek_resident(at))
        };
        let (cursor, starts) = found.ok_or(SeekError::OutsideWindow { window })?;
        let hole = self.hole_at(at, starts);
        Ok(Seek { cursor, starts, hole })
    }

    fn seek_resident(&self, at: ProgrammeTime) -> Option<(Cursor, ProgrammeTime)> {
        let ring = self.shared.ring.read();
        let mut from = at;
        loop {
            let block = ring.entry_from(from)?;
            match ring.closed.shuts(block.first, Listening::Again) {
                Some(span) => from = span.to(),
                None => return Some((Cursor::at(block), block.first)),
            }
        }
    }

    /// What lies between the time asked for and the time found, if that is more than the rest of
    /// the block or page that the time asked for lies in.
    fn hole_at(&self, at: ProgrammeTime, starts: ProgrammeTime) -> Option<Span> {
        let span = Span::new(at, starts).ok()?;
        self.holes(span, Some(Listening::Again)).into_iter().find(|hole| hole.contains(at))
    }

    /// The ring, locked for reading: a pump takes it once and serves many seats from it. Never
    /// waits for the disk.
    pub fn view(&self) -> View<'_> {
        View::new(self)
    }

    /// Fetches what `cursor` points at from disk into the shared cache, on the calling thread,
    /// which may block: what the tape's reader thread does for [`crate::Read::Fetching`].
    pub fn fetch(&self, cursor: Cursor) {
        cold::fetch(&self.shared, cursor.place);
    }

    /// Withholds a span from listeners, or lifts what is withheld. The recording stays; the log
    /// says who and why.
    ///
    /// # Errors
    /// [`TapeError::Io`] if it can't be written down; then it doesn't hold either.
    pub fn withhold(&self, withholding: Withholding) -> Result<(), TapeError> {
        let decisions = self.shared.decisions.lock();
        tracing::info!(
            from = %withholding.span.from(),
            to = %withholding.span.to(),
            policy = ?withholding.policy,
            who = withholding.who,
            why = withholding.why,
            "a decision about who may hear the tape"
        );
        let decided = Decided { at: self.shared.clock.now(), withholding };
        if let Some(path) = &*decisions {
            ledger::add(path, &decided)?;
        }
        let Withholding { span, policy, .. } = decided.withholding;
        Arc::make_mut(&mut self.shared.ring.write().closed).decide(span, policy);
        Ok(())
    }

    /// Keeps all hours that have a part in `span` until it is [unpinned](Self::unpin): something
    /// refers to it. `None` if this tape has no folder.
    ///
    /// # Errors
    /// [`TapeError::Io`] if it can't be written down.
    pub fn pin(&self, span: Span, why: &str) -> Result<Option<PinId>, TapeError> {
        self.keep(span, Keep::Pinned, why)
    }

    /// Keeps all hours that have a part in `span`, for the law. `None` if this tape has no folder.
    ///
    /// # Errors
    /// [`TapeError::Io`] if it can't be written down.
    pub fn hold(&self, span: Span, why: &str) -> Result<Option<PinId>, TapeError> {
        self.keep(span, Keep::Held, why)
    }

    fn keep(&self, span: Span, keep: Keep, why: &str) -> Result<Option<PinId>, TapeError> {
        let Some(disk) = &self.shared.disk else { return Ok(None) };
        disk.pins.lock().add(span, keep, why).map(Some)
    }

    /// Lifts a pin or a hold. `false` if there is none of this name.
    ///
    /// # Errors
    /// [`TapeError::Io`] if it can't be written down.
    pub fn unpin(&self, id: PinId) -> Result<bool, TapeError> {
        let Some(disk) = &self.shared.disk else { return Ok(false) };
        disk.pins.lock().lift(id)
    }

    /// What is pinned and held.
    pub fn pins(&self) -> Vec<Pin> {
        self.shared.disk.as_ref().map_or_else(Vec::new, |disk| disk.pins.lock().all())
    }

    /// Drops the hours that need not be kept at `now`. The recorder does it once a minute.
    pub fn retain(&self, now: ProgrammeTime) {
        if let Some(disk) = &self.shared.disk {
            disk.retain(now);
        }
    }

    /// Waits until all closed blocks are on disk, or were given up; `false` if that takes longer
    /// than `patience`.
    pub fn settle(&self, patience: Duration) -> bool {
        self.shared.disk.as_ref().is_none_or(|disk| disk.queue.settle(patience))
    }

    /// Writes what is still to be written, syncs it and stops recording for good. `false` if the
    /// disk hangs for longer than ten seconds. What is in the ring can still be read.
    pub fn close(&self) -> bool {
        self.shared.requests.close();
        self.shared.disk.as_ref().is_none_or(|disk| disk.queue.close(CLOSE_PATIENCE))
    }

    pub(crate) fn push(&self, taped: Taped) {
        let queued = self.shared.disk.as_ref().map(|disk| (disk, taped.clone()));
        self.shared.ring.write().push(taped);
        if let Some((disk, taped)) = queued {
            disk.queue.push(taped);
        }
    }
}

impl Shared {
    /// What was fetched from `place`; asks for it if nothing was.
    pub(crate) fn cold(&self, place: Place) -> Option<crate::cache::Found> {
        let mut cache = CACHE.lock();
        let found = cache.hear((self.id, place));
        let wanted = match &found {
            None => Some(place),
            Some(crate::cache::Found::Block { then, .. }) => {
                (cache.is_roomy() && !cache.has((self.id, *then))).then_some(*then)
            }
            Some(crate::cache::Found::Gone { .. }) => None,
        };
        drop(cache);
        if let Some(place) = wanted {
            self.requests.ask(place);
        }
        found
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let shared = &self.0;
        shared.requests.close();
        if let Some(disk) = &shared.disk {
            if !disk.queue.close(CLOSE_PATIENCE) {
                tracing::error!(dir = %disk.dir.display(), "the disk hangs; the end of the tape is lost");
            }
            CACHE.lock().forget(shared.id);
        }
    }
}

/// The file of decisions about who may hear what.
const POLICY_FILE: &str = "policy.jsonl";

fn spawn(name: &str, dir: &Path, run: impl FnOnce() + Send + 'static) -> Result<(), TapeError> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(run)
        .map(drop)
        .map_err(TapeError::io("start a thread for", dir))
}
