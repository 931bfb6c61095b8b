//! Mounts: the doors of a rendition.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{MountPath, RenditionId, StationId, StreamId};

/// The URL path where a rendition is sent to and listened to, with its rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The path.
    pub path: MountPath,
    /// The station of the rendition.
    pub station: StationId,
    /// The stream of the rendition.
    pub stream: StreamId,
    /// The rendition that is heard here.
    pub rendition: RenditionId,
    /// Listed on the home page and in the status; an unlisted mount still plays.
    pub listed: bool,
    /// How much audio a new live listener gets at once.
    pub burst: BurstLength,
    /// Bytes of audio between two ICY metadata blocks; 0: no metadata.
    pub icy_interval: u32,
    /// Listeners at the same time, at most.
    pub max_listeners: Option<u32>,
    /// Listeners from one address at the same time, at most.
    pub max_per_address: Option<u32>,
    /// A listener is let go after this long.
    pub max_duration: Option<Duration>,
    /// A live listener that is further behind than this skips to the head.
    pub max_lag: Duration,
    /// Icecast's URL listener authentication: asked before a listener is seated.
    pub listener_auth: Option<String>,
    /// Who may send here, and how.
    pub source: SourcePolicy,
    /// What goes on the air when the source is gone, in order.
    pub fallback: Vec<Fallback>,
}

impl Mount {
    /// A listed mount of this rendition with no limits, no fallback, a burst of 6 s, ICY metadata
    /// every 16,000 bytes (Icecast's default), and a lag of at most 30 s; it takes sources as
    /// [`SourcePolicy::default`] says.
    pub fn new(
        path: MountPath,
        station: StationId,
        stream: StreamId,
        rendition: RenditionId,
    ) -> Self {
        Self {
            path,
            station,
            stream,
            rendition,
            listed: true,
            burst: BurstLength::default(),
            icy_interval: 16_000,
            max_listeners: None,
            max_per_address: None,
            max_duration: None,
            max_lag: Duration::from_secs(30),
            listener_auth: None,
            source: SourcePolicy::default(),
            fallback: Vec::new(),
        }
    }

    /// Whether the same rendition is heard here as at `other`.
    pub fn is_heard_like(&self, other: &Self) -> bool {
        self.station == other.station
            && self.stream == other.stream
            && self.rendition == other.rendition
    }

    /// Whether it says what is on the air when no source is: at most one mount of a rendition
    /// does.
    pub fn fills(&self) -> bool {
        self.source.relay.is_some() || !self.fallback.is_empty()
    }
}

/// How much audio a new live listener gets at once, in seconds of playing time (default 6 s,
/// at most 60 s).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BurstLength(Duration);

impl BurstLength {
    /// A burst of `length`, at most 60 s.
    pub fn new(length: Duration) -> Self {
        Self(length.min(Duration::from_secs(60)))
    }

    /// The playing time.
    pub const fn get(self) -> Duration {
        self.0
    }
}

impl Default for BurstLength {
    fn default() -> Self {
        Self(Duration::from_secs(6))
    }
}

/// How a mount treats the source that wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcePolicy {
    /// Takes a source at all (a mount that only relays or loops does not).
    pub accepts: bool,
    /// A source goes here that names no mount: one that gives a bare SHOUTcast password, or `/`.
    /// At most one mount says so; if none does, it is the first that takes sources.
    pub by_default: bool,
    /// Another source may take over while one is connected and sends. A user whose earlier
    /// connection has been quiet for two seconds always may.
    pub takeover: bool,
    /// A source that sends nothing for this long is let go.
    pub timeout: Duration,
    /// Audio kept back before it goes on the air, to even out the network (default 1 s).
    pub buffer: Duration,
    /// Titles are shown this much later than they arrive (encoders send them early).
    pub title_delay: Duration,
    /// Character set of titles where the request names none; `None`: UTF-8 where it is valid,
    /// else Windows-1252.
    pub charset: Option<String>,
    /// Pull relay: the URL of an Icecast or SHOUTcast mount to take audio and titles from.
    pub relay: Option<String>,
    /// What is done about a source that sends frames, but no sound.
    pub silence: SilencePolicy,
}

impl Default for SourcePolicy {
    fn default() -> Self {
        Self {
            accepts: true,
            by_default: false,
            takeover: false,
            timeout: Duration::from_secs(10),
            buffer: Duration::from_secs(1),
            title_delay: Duration::ZERO,
            charset: None,
            relay: None,
            silence: SilencePolicy::default(),
        }
    }
}

/// What is done about silence on the air.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SilencePolicy {
    /// What is quieter than this is silence, in dB below full scale (of its power, default −60).
    pub threshold: i16,
    /// It is borne for so long (default 30 s).
    pub after: Duration,
    /// What is done then.
    pub action: OnSilence,
}

impl Default for SilencePolicy {
    fn default() -> Self {
        Self { threshold: -60, after: Duration::from_secs(30), action: OnSilence::default() }
    }
}

/// What is done about silence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnSilence {
    /// It isn't even looked for.
    Nothing,
    /// It is told.
    #[default]
    Alarm,
    /// It is told, and the next in the mount's chain takes the source's place until it is heard
    /// again.
    FallBack,
}

impl fmt::Display for Fallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mount(path) => path.fmt(f),
            Self::File(file) => file.display().fmt(f),
            Self::Builtin(name) => write!(f, "built-in {name}"),
        }
    }
}

/// What goes on the air in place of a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fallback {
    /// What is heard on another mount, of the same format.
    Mount(MountPath),
    /// A file of the same format, over and over.
    File(PathBuf),
    /// Audio that is part of the program (the demo's), by name.
    Builtin(String),
}
