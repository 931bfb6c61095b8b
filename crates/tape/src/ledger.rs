//! Small append-only files of JSON lines: pins, and decisions about who may hear what.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek, SeekFrom, Write};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::TapeError;

/// What is written down.
#[derive(Debug)]
pub(crate) struct Ledger<T> {
    /// Each line that can be read.
    pub(crate) entries: Vec<T>,
    /// Why that may not be all, in words for a person. Whoever asks what is allowed must then
    /// take the answer to be no.
    pub(crate) damage: Option<String>,
}

/// Reads all lines. A last line without an end that can't be read was torn by a crash before
/// anybody was told that it holds, and is left out; any other that can't be is damage.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Ledger<T> {
    let mut ledger = Ledger { entries: Vec::new(), damage: None };
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return ledger,
        Err(error) => {
            ledger.damage = Some(format!("{} can't be read: {error}", path.display()));
            return ledger;
        }
    };
    for (number, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let (line, ends) = line.strip_suffix(b"\n").map_or((line, false), |line| (line, true));
        match serde_json::from_slice(line) {
            Ok(entry) => ledger.entries.push(entry),
            Err(_) if line.is_empty() || !ends => {}
            Err(error) => {
                let say = || format!("line {} of {}: {error}", number + 1, path.display());
                ledger.damage.get_or_insert_with(say);
            }
        }
    }
    ledger
}

/// Adds a line; when this returns it survives a loss of power.
pub(crate) fn add<T: Serialize>(path: &Path, entry: &T) -> Result<(), TapeError> {
    let mut line = serde_json::to_vec(entry)
        .map_err(io::Error::other)
        .map_err(TapeError::io("write", path))?;
    line.push(b'\n');
    append(path, &line).map_err(TapeError::io("write", path))
}

fn append(path: &Path, line: &[u8]) -> io::Result<()> {
    let fresh = !path.exists();
    let mut file =
        OpenOptions::new().create(true).read(true).write(true).truncate(false).open(path)?;
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    let tail = &text[whole..];
    let mut before = whole as u64;
    if serde_json::from_slice::<serde::de::IgnoredAny>(tail).is_ok() {
        // Only its end is missing.
        file.write_all(b"\n")?;
        before = text.len() as u64 + 1;
    } else if !tail.is_empty() {
        // Torn: left where it is it would be taken for damage once another line follows it.
        file.set_len(before)?;
        file.seek(SeekFrom::End(0))?;
    }
    if let Err(error) = file.write_all(line).and_then(|()| file.sync_all()) {
        // Whoever asked is told that it doesn't hold: nor may it after a restart.
        let _ = file.set_len(before);
        return Err(error);
    }
    if fresh && let Some(dir) = path.parent() {
        File::open(dir)?.sync_all()?;
    }
    Ok(())
}
