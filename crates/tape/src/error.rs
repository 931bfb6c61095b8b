//! What can go wrong with a tape.

use std::path::{Path, PathBuf};

use airtime::Span;
use thiserror::Error;

/// A time can't be listened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SeekError {
    /// It is older than what is kept, or later than now.
    #[error("outside of what can be listened to again")]
    OutsideWindow {
        /// What can be.
        window: Option<Span>,
    },
    /// What was on the air then is not for listening to again, and nothing after it is, so far.
    #[error("withheld: not to be listened to again")]
    Closed,
    /// This stream's format can't be rewound.
    #[error("this stream can't be rewound")]
    NotRewindable,
}

/// What can go wrong with a tape.
#[derive(Debug, Error)]
pub enum TapeError {
    /// The disk refused.
    #[error("{what} {path}: {source}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another process records there.
    #[error("{path} is being recorded to by another process")]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// The tape was opened to be read only.
    #[error("{path} was opened to be read only")]
    ReadOnly {
        /// The folder.
        path: PathBuf,
    },
    /// The time can't be listened to.
    #[error(transparent)]
    Seek(#[from] SeekError),
}

impl TapeError {
    /// For `map_err`: names what was tried, and on which file.
    pub(crate) fn io(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { what, path, source }
    }
}
