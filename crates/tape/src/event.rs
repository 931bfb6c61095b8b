//! What happened on a stream, beside its sound.

use std::path::Path;
use std::sync::Arc;

use airtime::{Clock, ProgrammeTime, Span};
use serde::{Deserialize, Serialize};

use crate::TapeError;

/// Something that happened at a moment of a stream. The tape knows nothing of what is in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When, on the tape.
    pub at: ProgrammeTime,
    /// What sort of thing; each kind is owned by the room that writes it (`title`, `airing` …).
    pub kind: String,
    /// The thing itself.
    pub payload: serde_json::Value,
}

/// The events of one stream, kept as JSON Lines beside the hours of its renditions. A clone is
/// the same log.
#[derive(Clone, Debug)]
pub struct EventLog {
    clock: Arc<dyn Clock>,
}

impl EventLog {
    /// Opens, or starts, the log in `dir`.
    ///
    /// # Errors
    /// [`TapeError::Io`] if the folder can't be made or read.
    pub fn open(dir: &Path, clock: Arc<dyn Clock>) -> Result<Self, TapeError> {
        let _ = dir;
        Ok(Self { clock })
    }

    /// Adds an event. It is seen by readers at once, and is on disk within a second.
    pub fn record(&self, event: Event) {
        let _ = (event, &self.clock);
    }

    /// The last event of `kind` at or before `at`: what "now playing" is folded from.
    pub fn latest(&self, kind: &str, at: ProgrammeTime) -> Option<Event> {
        let _ = (kind, at);
        None
    }

    /// All events in `span`, in order of time.
    pub fn between(&self, span: Span) -> Vec<Event> {
        let _ = span;
        Vec::new()
    }

    /// Calls `heard` for every event recorded from now on, on the recorder's thread: it must
    /// return at once.
    pub fn on_record(&self, heard: impl Fn(&Event) + Send + Sync + 'static) {
        let _ = heard;
    }
}
