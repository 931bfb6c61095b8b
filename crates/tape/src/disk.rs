//! The tape's folder, and what its threads have in common.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use airtime::Clock;
use parking_lot::Mutex;
use rustix::fs::{FlockOperation, flock};

use crate::archive::Archive;
use crate::hour::{HourFile, HourName};
use crate::pin::Pins;
use crate::queue::Queue;
use crate::{Retention, Storage, TapeError};

/// The tape's folder, and what its threads have in common.
#[derive(Debug)]
pub(crate) struct Disk {
    pub(crate) dir: PathBuf,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) retention: Retention,
    pub(crate) archive: Archive,
    pub(crate) queue: Queue,
    pub(crate) pins: Mutex<Pins>,
    /// Held until the recorder has ended: no other process records here.
    pub(crate) lock: Mutex<Option<File>>,
}

impl Disk {
    /// Whether files of this name are in the folder, whatever is in them.
    pub(crate) fn is_taken(&self, name: HourName) -> bool {
        let stem = name.stem();
        ["mp3", "aac", "ogg", "webm", "bin", "index"]
            .iter()
            .any(|end| self.dir.join(format!("{stem}.{end}")).exists())
    }

    /// Drops the hours that need not be kept any more.
    pub(crate) fn retain(&self) {
        while self.oldest().is_some_and(|hour| self.age(&hour) > self.retention.max_age) {
            if !self.drop_oldest("it is older than what is kept") {
                return;
            }
        }
        while self.rewind_bytes() > self.retention.max_bytes {
            if !self.drop_oldest("there is more than what is kept") {
                return;
            }
        }
    }

    /// How old an hour is by what is known to have passed since: what was recorded after it, or
    /// the time since anything was added to it while the tape was open. Clocks are not asked: one
    /// that is set wrong for a minute would have all that was recorded dropped.
    fn age(&self, hour: &HourFile) -> Duration {
        let length = |later: &Arc<HourFile>| {
            let extent = later.extent();
            extent.end.since(extent.first).min(HOUR)
        };
        let hours = self.archive.hours();
        let recorded = hours.iter().rev().take_while(|later| later.name != hour.name);
        let recorded: Duration = recorded.map(length).sum();
        recorded.max(self.clock.monotonic().saturating_sub(hour.grown()))
    }

    /// Whether there is room for more under the tape's own limit.
    pub(crate) fn check_limit(&self) -> io::Result<()> {
        while self.rewind_bytes() > self.retention.max_bytes {
            if !self.drop_oldest("there is more than what is kept") {
                return Err(io::Error::new(
                    io::ErrorKind::QuotaExceeded,
                    "the tape has reached its limit and no hour may be dropped",
                ));
            }
        }
        Ok(())
    }

    /// Drops the oldest hour that is only there to be rewound to. `false` if there is none.
    pub(crate) fn drop_oldest(&self, why: &str) -> bool {
        let Some(hour) = self.oldest() else { return false };
        if let Err(error) = hour.delete() {
            let file = hour.audio_path();
            tracing::error!(file = %file.display(), %error, "an hour can't be dropped");
            return false;
        }
        self.archive.forget(&hour);
        tracing::info!(file = %hour.audio_path().display(), why, "an hour of tape is dropped");
        true
    }

    /// The oldest hour that may be dropped: not the newest, which carries the tape's counts, and
    /// none that has a part in what is pinned or held.
    fn oldest(&self) -> Option<Arc<HourFile>> {
        let mut hours = self.archive.hours();
        hours.pop();
        let pins = self.pins.lock();
        hours.into_iter().find(|hour| !is_kept(&pins, hour))
    }

    fn rewind_bytes(&self) -> u64 {
        self.bytes(false)
    }

    /// Bytes of the hours that are pinned or held.
    pub(crate) fn kept_bytes(&self) -> u64 {
        self.bytes(true)
    }

    fn bytes(&self, kept: bool) -> u64 {
        let pins = self.pins.lock();
        let hours = self.archive.hours();
        let counted = hours.iter().filter(|hour| is_kept(&pins, hour) == kept);
        counted.map(|hour| hour.extent().bytes).sum()
    }
}

fn is_kept(pins: &Pins, hour: &HourFile) -> bool {
    hour.span().is_some_and(|span| pins.keep(span))
}

/// No hour file is longer, unless its index lies.
const HOUR: Duration = Duration::from_secs(3600);

/// Takes the folder for this process.
pub(crate) fn lock(dir: &Path) -> Result<File, TapeError> {
    let path = dir.join(".lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(TapeError::io("open", &path))?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(TapeError::InUse { path: dir.to_owned() }),
        Err(errno) => Err(TapeError::Io { what: "lock", path, source: errno.into() }),
    }
}

/// How long closing waits for a disk that hangs.
pub(crate) const CLOSE_PATIENCE: Duration = Duration::from_secs(10);
