//! The file that says which process runs a station, so that `longwave reload` finds it.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use rustix::fs::FlockOperation;
use rustix::process::{Pid, Signal};

use crate::failure::Failure;
use crate::order;

/// The file's name in the data folder.
const NAME: &str = "longwave.pid";

/// Held while a station runs: the file is locked, so that one left behind by a crash is known to
/// be old.
#[derive(Debug)]
pub(crate) struct Running {
    path: PathBuf,
    _locked: File,
}

impl Running {
    /// Says that this process runs the station whose data are in `dir`.
    pub(crate) fn claim(dir: &Path) -> Result<Self, Failure> {
        std::fs::create_dir_all(dir).with_context(|| {
            format!(
                "Can't make the data folder {} (`data_dir` in the configuration)",
                dir.display()
            )
        })?;
        let path = dir.join(NAME);
        let mut file = File::options()
            .create(true)
            .read(true)
            .write(true)
            .truncate(false)
            .open(&path)
            .with_context(|| format!("Can't write {} in the data folder", path.display()))?;
        if rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            let who = pid_in(&mut file).map_or("another process".to_owned(), |pid| {
                format!("process {}", pid.as_raw_nonzero())
            });
            return Err(Failure::Other(anyhow!(
                "{who} already runs a station with the data folder {}: stop it, or choose another \
                 folder (`--dir` of the demo, `data_dir` of a configuration)",
                dir.display()
            )));
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .with_context(|| format!("Can't write {}", path.display()))?;
        order::clear(dir);
        Ok(Self { path, _locked: file })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A file that stays behind is not locked, and so known to be old.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// The process that runs the station in `dir`.
pub(crate) fn find(dir: &Path) -> Result<Pid, Failure> {
    let path = dir.join(NAME);
    let nobody = || anyhow!("No station is running with the data folder {}", dir.display());
    let mut file = File::open(&path).map_err(|_| nobody())?;
    if rustix::fs::flock(&file, FlockOperation::NonBlockingLockShared).is_ok() {
        return Err(Failure::Other(nobody()));
    }
    Ok(pid_in(&mut file).ok_or_else(|| anyhow!("{} names no process", path.display()))?)
}

/// Sends a SIGHUP to the process that runs the station in `dir`; gives its number.
pub(crate) fn signal(dir: &Path) -> Result<i32, Failure> {
    let pid = find(dir)?;
    let number = pid.as_raw_nonzero().get();
    rustix::process::kill_process(pid, Signal::HUP)
        .with_context(|| format!("Can't signal process {number}: run this as the same user"))?;
    Ok(number)
}

fn pid_in(file: &mut File) -> Option<Pid> {
    let mut text = String::new();
    file.take(32).read_to_string(&mut text).ok()?;
    Pid::from_raw(text.trim().parse().ok()?)
}
