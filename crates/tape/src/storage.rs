//! Where the recorder writes.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

/// Where the recorder writes: the machine's disk, or one that a test makes hang, fill or fail.
pub trait Storage: Send + Sync + fmt::Debug {
    /// Opens the file for appending, making it if it is missing, and cuts it off at `len` bytes:
    /// whatever lies behind was never said to be recorded.
    ///
    /// # Errors
    /// What the system said.
    fn append_to(&self, path: &Path, len: u64) -> io::Result<Box<dyn Media>>;
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
        if fresh && let Some(dir) = path.parent() {
            // The name must survive a loss of power as well as the bytes.
            File::open(dir)?.sync_all()?;
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
