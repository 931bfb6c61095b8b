//! The tapes, events and decks behind the mounts.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use codec::{Codec, Format};
use lineup::{Fallback, Lineup, Mount, MountPath, Rendition, RenditionId, StationId, StreamId};
use tape::{Appender, EventLog, Retention, Tape, TapeError, TapeOptions};
use tokio::task::AbortHandle;

use crate::playing::NowPlaying;
use crate::{OpenError, Station};

/// How much of each tape stays in memory behind the head.
const RING: Duration = Duration::from_secs(90);

/// How long, and how often, to wait for a tape to be released by the deck that was just removed.
const RELEASE_WAIT: Duration = Duration::from_millis(20);
const RELEASE_TRIES: u32 = 50;
/// How long a disk may take for the last events.
const EVENTS_PATIENCE: Duration = Duration::from_secs(2);

/// What every tape and mount is made with.
#[derive(Debug)]
pub(crate) struct Supplies {
    pub(crate) retention: Retention,
    pub(crate) builtins: HashMap<String, &'static [u8]>,
    pub(crate) public_url: Option<String>,
}

/// Names a rendition in the whole lineup.
pub(crate) type RenditionKey = (StationId, StreamId, RenditionId);

/// Everything that is open.
#[derive(Debug, Default)]
pub(crate) struct Rooms {
    pub(crate) tapes: BTreeMap<RenditionKey, Tape>,
    pub(crate) events: BTreeMap<(StationId, StreamId), EventLog>,
    /// What fills each rendition's tape.
    pub(crate) decks: BTreeMap<RenditionKey, DeckRoom>,
}

/// A deck on the air.
#[derive(Debug)]
pub(crate) struct DeckRoom {
    /// The mount that fills it, which it is known by.
    pub(crate) path: MountPath,
    /// What its tape is encoded as.
    pub(crate) codec: Codec,
    /// The sounds that it falls back to.
    pub(crate) loops: Vec<Bytes>,
    /// What its audio should be.
    pub(crate) expected: Expected,
    /// What relays for it, now or when its rules say so.
    pub(crate) relay: Option<AbortHandle>,
}

/// What a rendition's audio should be, as far as that is known: as it is declared, else like the
/// sound that it falls back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    sample_rate: Option<u32>,
    channels: Option<u8>,
}

impl Expected {
    pub(crate) fn of(rendition: &Rendition, loops: &[Bytes]) -> Self {
        let like = loops.first().and_then(|bytes| air::check_loop(bytes, rendition.codec).ok());
        Self {
            sample_rate: rendition.sample_rate.or(like.map(|format| format.sample_rate)),
            channels: rendition.channels.or(like.map(|format| format.channels)),
        }
    }

    pub(crate) fn is(&self, format: Format) -> bool {
        self.sample_rate.is_none_or(|rate| rate == format.sample_rate)
            && self.channels.is_none_or(|channels| channels == format.channels)
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.sample_rate, self.channels) {
            (Some(rate), Some(channels)) => write!(f, "{rate} Hz and {channels} channels"),
            (Some(rate), None) => write!(f, "{rate} Hz"),
            (None, Some(channels)) => write!(f, "{channels} channels"),
            (None, None) => write!(f, "anything"),
        }
    }
}

impl DeckRoom {
    /// Ends what relays for it; from now on this does.
    pub(crate) fn relay_with(&mut self, relay: Option<AbortHandle>) {
        if let Some(before) = std::mem::replace(&mut self.relay, relay) {
            before.abort();
        }
    }
}

impl Drop for DeckRoom {
    fn drop(&mut self) {
        if let Some(relay) = &self.relay {
            relay.abort();
        }
    }
}

impl Rooms {
    pub(crate) fn tape(&self, lineup: &Lineup, mount: &MountPath) -> Option<Tape> {
        self.tapes.get(&key_of(lineup.mount(mount)?)).cloned()
    }

    pub(crate) fn events(&self, station: &StationId, stream: &StreamId) -> Option<EventLog> {
        self.events.get(&(station.clone(), stream.clone())).cloned()
    }
}

/// The rendition that a mount leads to.
pub(crate) fn key_of(mount: &Mount) -> RenditionKey {
    (mount.station.clone(), mount.stream.clone(), mount.rendition.clone())
}

/// The mount that fills each rendition.
pub(crate) fn filling_mounts(lineup: &Lineup) -> BTreeMap<RenditionKey, &Mount> {
    lineup.mounts().iter().map(|mount| (key_of(mount), lineup.filling(mount))).collect()
}

impl Station {
    /// The bytes of each file and built-in sound that `mount` falls back to, in order; each can be
    /// looped in the mount's encoding.
    pub(crate) fn loops_of(&self, mount: &Mount, codec: Codec) -> Result<Vec<Bytes>, OpenError> {
        let mut loops = Vec::new();
        for fallback in &mount.fallback {
            let (name, bytes) = match fallback {
                Fallback::Mount(_) => continue,
                Fallback::File(path) => {
                    let bytes = std::fs::read(path).map_err(|error| error.to_string());
                    (path.display().to_string(), bytes.map(Bytes::from))
                }
                Fallback::Builtin(name) => {
                    let known = self.supplies.builtins.get(name);
                    let bytes = known.map(|bytes| Bytes::from_static(bytes));
                    (name.clone(), bytes.ok_or("there is no such sound".to_owned()))
                }
            };
            let checked = bytes.and_then(|bytes| match air::check_loop(&bytes, codec) {
                Ok(_) => Ok(bytes),
                Err(error) => Err(error.to_string()),
            });
            loops.push(checked.map_err(|why| OpenError::Fallback {
                mount: mount.path.clone(),
                file: name,
                why,
            })?);
        }
        Ok(loops)
    }

    /// Opens the tape of a rendition, or says which one can't be.
    pub(crate) fn open_tape(&self, rendition: &Rendition) -> Result<(Tape, Appender), OpenError> {
        let dir =
            self.stream_dir(&rendition.station, &rendition.stream).join(rendition.id.as_str());
        let options =
            TapeOptions { dir: Some(dir), ring: RING, retention: self.supplies.retention };
        let mut tries = 0;
        loop {
            match Tape::open(options.clone(), self.clock().clone()) {
                // Of this same tape, its last deck may be in the middle of its last step.
                Err(TapeError::InUse { .. }) if tries < RELEASE_TRIES => {
                    tries += 1;
                    std::thread::park_timeout(RELEASE_WAIT);
                }
                opened => {
                    return opened.map_err(|source| OpenError::Tape {
                        what: format!(
                            "{}/{}/{}",
                            rendition.station, rendition.stream, rendition.id
                        ),
                        source,
                    });
                }
            }
        }
    }

    /// The events of a stream, opened if they were not; what is playing is told on from then.
    pub(crate) fn open_events(
        &self,
        station: &StationId,
        stream: &StreamId,
    ) -> Result<EventLog, OpenError> {
        if let Some(events) = self.events(station, stream) {
            return Ok(events);
        }
        let dir = self.stream_dir(station, stream);
        let events = EventLog::open(&dir, self.clock().clone())
            .map_err(|source| OpenError::Tape { what: format!("{station}/{stream}"), source })?;
        let playing = self.playing_sender();
        let names = (station.clone(), stream.clone());
        events.on_record(move |event| {
            if let Some(now) = NowPlaying::from_event(&names.0, &names.1, event) {
                // Nobody watches: nobody is told.
                let _ = playing.send(now);
            }
        });
        self.rooms.lock().events.insert((station.clone(), stream.clone()), events.clone());
        Ok(events)
    }

    fn stream_dir(&self, station: &StationId, stream: &StreamId) -> PathBuf {
        self.dir().join("tape").join(station.as_str()).join(stream.as_str())
    }

    /// Takes everything off the air and closes the tapes: what was aired is on disk then, unless
    /// the disk hangs.
    pub(crate) fn clear_rooms(&self) {
        let lineup = self.lineup();
        let rooms = std::mem::take(&mut *self.rooms.lock());
        for (station, stream, rendition) in rooms.decks.keys() {
            self.air().remove(station, stream, rendition);
        }
        for mount in lineup.mounts() {
            self.listen().remove_mount(&mount.path);
        }
        for ((_, stream, rendition), tape) in &rooms.tapes {
            if !tape.close() {
                tracing::error!(%stream, %rendition, "the disk hangs: the end of the tape is lost");
            }
        }
        for ((_, stream), events) in &rooms.events {
            if !events.settle(EVENTS_PATIENCE) {
                tracing::error!(%stream, "the disk hangs: the last events are lost");
            }
        }
        self.show_lineup(Arc::new(Lineup::default()));
    }
}
