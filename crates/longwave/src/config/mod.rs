//! The configuration file: read, checked as a whole, and turned into what rooms are opened with.
//!
//! `model` says what may stand in the file; everything said there about a setting is also what the
//! commented example says. `plan` checks the parts against each other and against the disk.

mod documented;
mod example;
mod mistake;
mod model;
mod plan;
mod stations;
mod value;

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

pub use example::example;
pub(crate) use example::with_hashes;
pub use mistake::Mistakes;
pub use plan::Plan;

/// A configuration can't be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// It can't be read.
    #[error("Can't read the configuration {path}: {source}. `longwave init` writes one.", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is wrong.
    #[error(transparent)]
    Wrong(#[from] Mistakes),
}

/// Reads and checks the configuration at `path`.
///
/// # Errors
/// [`ConfigError`]; one that is wrong says every mistake that could be found with its line.
pub fn load(path: &Path) -> Result<Plan, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    Ok(check(path, &text)?)
}

/// Checks the text of a configuration; `path` is where it stands, for messages and for the paths
/// in it.
///
/// # Errors
/// [`Mistakes`].
pub fn check(path: &Path, text: &str) -> Result<Plan, Mistakes> {
    let mut mistakes = Mistakes::none(path, text);
    match toml::from_str::<model::File>(text) {
        Ok(file) => plan::draw(file, path, mistakes),
        Err(error) => {
            mistakes.note(error.span().unwrap_or_default(), error.message());
            Err(mistakes)
        }
    }
}
