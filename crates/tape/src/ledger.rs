//! Small append-only files of JSON lines: pins, and decisions about who may hear what.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::TapeError;

/// Reads what is written down; a torn last line was never acknowledged, and is left out.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, TapeError> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => {
            return Err(TapeError::Io { what: "read", path: path.to_owned(), source });
        }
    };
    let mut lines = Vec::new();
    for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        match serde_json::from_slice(line) {
            Ok(entry) => lines.push(entry),
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "a line can't be read");
            }
        }
    }
    Ok(lines)
}

/// Adds a line; when this returns it survives a loss of power.
pub(crate) fn add<T: Serialize>(path: &Path, entry: &T) -> Result<(), TapeError> {
    let io = |source| TapeError::Io { what: "write", path: PathBuf::from(path), source };
    let mut line = serde_json::to_vec(entry).map_err(|error| io(io::Error::other(error)))?;
    line.push(b'\n');
    let fresh = !path.exists();
    let mut file =
        OpenOptions::new().create(true).read(true).append(true).open(path).map_err(io)?;
    if ends_torn(&mut file).map_err(io)? {
        line.insert(0, b'\n');
    }
    file.write_all(&line).and_then(|()| file.sync_all()).map_err(io)?;
    if fresh && let Some(dir) = path.parent() {
        File::open(dir).and_then(|dir| dir.sync_all()).map_err(io)?;
    }
    Ok(())
}

/// Whether the last line has no end: another must not be joined to it.
pub(crate) fn ends_torn(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}
