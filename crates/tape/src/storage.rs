//! Where the tape is written.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

/// Where the tape and its events are written: the machine's disk, or one that a test makes hang, fill, fail or
/// lose its power.
pub trait Storage: Send + Sync + fmt::Debug {
    /// Opens the file for appending, making it if it is missing, and cuts it off at `len` bytes:
    /// whatever lies behind was never said to be recorded. Its name survives a loss of power.
    ///
    /// # Errors
    /// What the system said.
    fn append_to(&self, path: &Path, len: u64) -> io::Result<Box<dyn Media>>;

    /// Puts `bytes` in the place of the file, or makes it. After a loss of power it is what it was
    /// or what it is to be.
    ///
    /// # Errors
    /// What the system said.
    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut aside = path.as_os_str().to_owned();
        aside.push(".new");
        let aside = Path::new(&aside);
        let write = || {
            let mut file = File::create(aside)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(aside, path)
        };
        if let Err(error) = write() {
            let _ = fs::remove_file(aside);
            return Err(error);
        }
        sync_folder(path)
    }

    /// Gives the file another name. After a loss of power it has the one or the other.
    ///
    /// # Errors
    /// What the system said.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)?;
        sync_folder(to)
    }
}

/// A file that grows at its end.
pub trait Media: Send {
    /// Appends all of `bytes`. After an error any part of them may have been written.
    ///
    /// # Errors
    /// What the system said.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Returns when everything appended would survive a loss of power.
    ///
    /// # Errors
    /// What the system said.
    fn sync(&mut self) -> io::Result<()>;
}

/// The machine's own disk.
#[derive(Clone, Copy, Debug, Default)]
pub struct MachineDisk;

impl Storage for MachineDisk {
    fn append_to(&self, path: &Path, len: u64) -> io::Result<Box<dyn Media>> {
        let fresh = !path.exists();
        let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        if file.metadata()?.len() != len {
            file.set_len(len)?;
        }
        file.seek(SeekFrom::Start(len))?;
        if fresh {
            sync_folder(path)?;
        }
        Ok(Box::new(file))
    }
}

impl Media for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

/// A file's name must survive a loss of power as well as its bytes.
fn sync_folder(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |dir| File::open(dir)?.sync_all())
}
