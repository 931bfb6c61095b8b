//! How mounts stand.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use airtime::ProgrammeTime;
use codec::{Format, Level};
use lineup::MountPath;

/// How a mount stands.
#[derive(Clone, Debug)]
pub struct DeckStatus {
    /// The mount.
    pub mount: MountPath,
    /// What is on the air.
    pub on_air: OnAir,
    /// Audio has reached the tape within the last second.
    pub audible: bool,
    /// The format at the head.
    pub format: Option<Format>,
    /// How loud it was on the air when it was measured last, at most a second or two ago; `None`
    /// where that can't be told (Opus, WebM, opaque) or isn't looked for.
    pub level: Option<Level>,
    /// Since when what is on the air has been quieter than the mount's rules call sound.
    pub silent_since: Option<ProgrammeTime>,
    /// The silence has lasted for as long as the mount's rules bear it, or its source or relay is
    /// passed over because of it: an alarm.
    pub silence: bool,
    /// The connected source, on the air or not.
    pub source: Option<SourceStatus>,
}

impl DeckStatus {
    /// Is sound on the air: frames that are no lasting silence?
    pub fn is_heard(&self) -> bool {
        // Of a source that is passed over, `silence` tells, while something else is heard.
        self.audible && !(self.silence && self.silent_since.is_some())
    }
}

/// What a mount's listeners hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnAir {
    /// Its source.
    Source,
    /// Its relay.
    Relay,
    /// Another mount.
    Mount(MountPath),
    /// A file, by name.
    Loop(String),
    /// Nothing.
    Nothing,
}

impl fmt::Display for OnAir {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source => f.write_str("source"),
            Self::Relay => f.write_str("relay"),
            Self::Mount(path) => write!(f, "mount {path}"),
            Self::Loop(name) => write!(f, "loop {name}"),
            Self::Nothing => f.write_str("nothing"),
        }
    }
}

/// A connected source.
#[derive(Clone, Debug)]
pub struct SourceStatus {
    /// Its user.
    pub user: Arc<str>,
    /// Its address.
    pub address: IpAddr,
    /// Its program.
    pub agent: Option<String>,
    /// Since when.
    pub since: ProgrammeTime,
    /// Bytes received.
    pub bytes: u64,
    /// Audio waiting to go on the air.
    pub buffered: Duration,
    /// `ice-*` headers and the pairs of `ice-audio-info`, names in lower case.
    pub info: Vec<(String, String)>,
    /// It sends silence, and what else there is goes on the air in its place.
    pub passed_over: bool,
}
