//! What a station is opened from, and what can go wrong with that.

use std::collections::HashMap;
use std::path::PathBuf;

use access::Grant;
use lineup::{Lineup, MountPath};
use listen::ListenSettings;
use tape::Retention;
use thiserror::Error;

/// What a station is opened from.
#[derive(Debug)]
pub struct StationSettings {
    /// The folder of all that is kept.
    pub dir: PathBuf,
    /// What it consists of.
    pub lineup: Lineup,
    /// Who may do what.
    pub grants: Vec<Grant>,
    /// How listeners are served.
    pub listen: ListenSettings,
    /// How long the tape is kept.
    pub retention: Retention,
    /// Sounds that are part of the program, by name (`Fallback::Builtin`).
    pub builtins: HashMap<String, &'static [u8]>,
    /// What is put in front of paths in playlists, if configured.
    pub public_url: Option<String>,
}

/// A station can't be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// A tape.
    #[error("the tape of {what} can't be opened: {source}")]
    Tape {
        /// Of which rendition.
        what: String,
        /// Why.
        source: tape::TapeError,
    },
    /// A file that a mount falls back to.
    #[error("mount `{mount}` can't fall back to `{file}`: {why}")]
    Fallback {
        /// The mount.
        mount: MountPath,
        /// The file.
        file: String,
        /// Why.
        why: String,
    },
    /// The listeners' side.
    #[error("the session log can't be opened: {source}")]
    Listen {
        /// Why.
        source: std::io::Error,
    },
    /// A part of the lineup that refers to another that isn't there, or a thread that can't start.
    #[error("{what} can't be put on the air: {why}")]
    Wiring {
        /// What.
        what: String,
        /// Why.
        why: String,
    },
}
