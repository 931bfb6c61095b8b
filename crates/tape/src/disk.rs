//! The tape's folder, and what its threads have in common.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use airtime::{Clock, ProgrammeTime};
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
    pub(crate) fn retain(&self, now: ProgrammeTime) {
        let oldest = now.saturating_sub(self.retention.max_age);
        let old = |hour: &HourFile| hour.extent().end < oldest;
        while self.rewindable().first().is_some_and(|hour| old(hour)) {
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
        let Some(hour) = self.rewindable().into_iter().next() else { return false };
        if let Err(error) = hour.delete() {
            let file = hour.audio_path();
            tracing::error!(file = %file.display(), %error, "an hour can't be dropped");
            return false;
        }
        self.archive.forget(&hour);
        tracing::info!(file = %hour.audio_path().display(), why, "an hour of tape is dropped");
        true
    }

    /// The hours that may be dropped: not the newest, which carries the tape's counts, and none
    /// that has a part in what is pinned or held.
    fn rewindable(&self) -> Vec<Arc<HourFile>> {
        let mut hours = self.archive.hours();
        hours.pop();
        let pins = self.pins.lock();
        hours.retain(|hour| !hour.span().is_some_and(|span| pins.keep(span)));
        hours
    }

    fn rewind_bytes(&self) -> u64 {
        let pins = self.pins.lock();
        self.archive
            .hours()
            .iter()
            .filter(|hour| !hour.span().is_some_and(|span| pins.keep(span)))
            .map(|hour| hour.extent().bytes)
            .sum()
    }
}

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
