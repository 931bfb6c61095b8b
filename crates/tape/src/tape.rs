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
use crate::pin::Pins;
use crate::policy::{Closed, Decided};
use crate::queue::Queue;
use crate::recorder::Recorder;
use crate::recover::recover;
use crate::ring::{Ring, Taped};
use crate::{
    Appender, Cursor, Epoch, MachineDisk, RecordingState, Storage, TapeError, TapeOptions, View,
    cold, ledger,
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
    /// Whether it was opened to be read only.
    pub(crate) read_only: bool,
    /// Why there is no disk, where there should be one.
    refused: Option<String>,
    /// Where decisions about who may hear what are written down; held while one is.
    pub(crate) decisions: Mutex<Option<PathBuf>>,
    /// Why not all of them are known, if so.
    pub(crate) decisions_damage: Option<String>,
}

/// What a tape is made of beside its ring.
#[derive(Default)]
struct Made {
    disk: Option<Arc<Disk>>,
    requests: Arc<Requests>,
    read_only: bool,
    refused: Option<String>,
    decisions: Option<PathBuf>,
}

impl Tape {
    /// Opens, mends or starts the tape in its folder, and its one appender. Of a file whose index
    /// is in order only the tail is read.
    ///
    /// A disk that refuses is no reason not to go on the air: a file that can't be read or mended
    /// is left alone, and where the folder can't be used at all the tape is in memory only, and
    /// [`recording`](Self::recording) says that, and why.
    ///
    /// # Errors
    /// [`TapeError::InUse`] if another process records there.
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
            None => Self::in_memory(options.ring, clock, None),
            Some(dir) => match Self::recording_in(dir, &options, clock.clone(), storage) {
                Ok(tape) => tape,
                Err(error @ TapeError::InUse { .. }) => return Err(error),
                Err(error) => {
                    tracing::error!(%error, "nothing is recorded; the air goes on from memory");
                    Self::in_memory(options.ring, clock, Some((dir, error.to_string())))
                }
            },
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

    fn recording_in(
        dir: &Path,
        options: &TapeOptions,
        clock: Arc<dyn Clock>,
        storage: Arc<dyn Storage>,
    ) -> Result<Self, TapeError> {
        std::fs::create_dir_all(dir).map_err(TapeError::io("make", dir))?;
        let lock = lock(dir)?;
        Self::in_folder(dir, options, clock, storage, Some(lock))
    }

    /// A tape that is in memory only: as it was asked for, or because of what is wrong with its
    /// folder.
    fn in_memory(keep: Duration, clock: Arc<dyn Clock>, refused: Option<(&Path, String)>) -> Self {
        let decisions = refused.as_ref().map(|(dir, _)| dir.join(POLICY_FILE));
        let made = Made { refused: refused.map(|(_, why)| why), decisions, ..Made::default() };
        Self::start(Ring::new(keep, 0, None), clock, made)
    }

    fn in_folder(
        dir: &Path,
        options: &TapeOptions,
        clock: Arc<dyn Clock>,
        storage: Arc<dyn Storage>,
        lock: Option<std::fs::File>,
    ) -> Result<Self, TapeError> {
        let recording = lock.is_some();
        let recovered = recover(dir, recording.then_some(&*storage), clock.monotonic())?;
        for damage in &recovered.damage {
            tracing::warn!(dir = %dir.display(), file = damage.file, "{}", damage.what);
        }
        let newest = recovered.hours.last().cloned();
        let mut ring = Ring::new(
            options.ring,
            recovered.next_sample,
            newest.as_ref().map(|hour| hour.extent().end),
        );
        ring.epoch = newest.and_then(|hour| hour.epoch().ok());
        let disk = Arc::new(Disk {
            dir: dir.to_owned(),
            clock: clock.clone(),
            storage,
            retention: options.retention,
            archive: Archive::new(recovered.hours),
            queue: Queue::default(),
            pins: Mutex::new(Pins::open(dir)),
            lock: Mutex::new(lock),
        });
        if let Some(why) = disk.pins.lock().damage() {
            tracing::error!("no hour is dropped: what must be kept isn't known: {why}");
        }
        let requests = Arc::new(Requests::default());
        let made = Made {
            disk: Some(disk.clone()),
            requests: requests.clone(),
            read_only: !recording,
            decisions: Some(dir.join(POLICY_FILE)),
            refused: None,
        };
        let tape = Self::start(ring, clock, made);
        // Until the recorder runs there is nobody to wait for.
        disk.queue.ended();
        let weak = Arc::downgrade(&tape.shared);
        spawn("tape-reader", dir, move || cold::serve(&requests, &weak))?;
        if recording {
            let recorder = Recorder::new(disk.clone(), recovered.last, recovered.left_alone);
            spawn("tape-recorder", dir, move || recorder.run())?;
            disk.queue.begun();
        }
        Ok(tape)
    }

    fn start(mut ring: Ring, clock: Arc<dyn Clock>, made: Made) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let mut damage = None;
        if let Some(path) = &made.decisions {
            let decisions = ledger::read::<Decided>(path);
            ring.closed = Arc::new(Closed::of(&decisions));
            damage = decisions.damage;
        }
        if let Some(why) = &damage {
            tracing::error!(
                "nothing can be listened to again: what is withheld isn't known: {why}"
            );
        }
        let shared = Arc::new(Shared {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            clock,
            ring: RwLock::new(ring),
            disk: made.disk,
            requests: made.requests,
            read_only: made.read_only,
            refused: made.refused,
            decisions: Mutex::new(made.decisions),
            decisions_damage: damage,
        });
        let open = Arc::new(Open(shared.clone()));
        Self { shared, _open: open }
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
        match (&self.shared.disk, &self.shared.refused) {
            (Some(disk), _) => disk.queue.recording(),
            (None, Some(why)) => RecordingState::Stopped { why: why.clone(), lost: 0 },
            (None, None) => RecordingState::Ok,
        }
    }

    /// A cursor at the last entry point that is at least `back` behind the head (or the oldest in
    /// the ring, or in the same epoch as the head, whichever is nearest the head).
    pub fn behind_head(&self, back: Duration) -> Cursor {
        self.shared.ring.read().behind_head(back)
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
        // The recorder first: who finds a place in the ring may take it that what isn't in the
        // queue is on disk, or will never be.
        if let Some(disk) = &self.shared.disk {
            disk.queue.push(taped.clone());
        }
        self.shared.ring.write().push(taped);
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
pub(crate) const POLICY_FILE: &str = "policy.jsonl";

fn spawn(name: &str, dir: &Path, run: impl FnOnce() + Send + 'static) -> Result<(), TapeError> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(run)
        .map(drop)
        .map_err(TapeError::io("start a thread for", dir))
}
