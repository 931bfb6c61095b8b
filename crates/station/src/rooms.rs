//! The tapes, events and decks behind the mounts.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use lineup::{Fallback, Lineup, Mount, MountPath, Rendition, RenditionId, StationId, StreamId};
use tape::{Appender, EventLog, Retention, Tape, TapeOptions};

use crate::playing::NowPlaying;
use crate::{OpenError, Station};

/// How much of each tape stays in memory behind the head.
const RING: Duration = Duration::from_secs(90);

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
    /// The mount whose deck fills each rendition's tape.
    pub(crate) decks: BTreeMap<RenditionKey, MountPath>,
}

impl Rooms {
    pub(crate) fn tape(&self, lineup: &Lineup, mount: &MountPath) -> Option<Tape> {
        self.tapes.get(&key_of(lineup.mount(mount)?)).cloned()
    }

    pub(crate) fn events(&self, station: &StationId, stream: &StreamId) -> Option<EventLog> {
        self.events.get(&(station.clone(), stream.clone())).cloned()
    }

    pub(crate) fn deck_of(&self, lineup: &Lineup, mount: &MountPath) -> Option<MountPath> {
        self.decks.get(&key_of(lineup.mount(mount)?)).cloned()
    }
}

/// The rendition that a mount leads to.
pub(crate) fn key_of(mount: &Mount) -> RenditionKey {
    (mount.station.clone(), mount.stream.clone(), mount.rendition.clone())
}

/// Which mount fills each rendition's tape: the first of its mounts that takes a source or a
/// relay, else the first that has something to fall back to, else the first.
pub(crate) fn deck_mounts(lineup: &Lineup) -> BTreeMap<RenditionKey, &Mount> {
    let rank = |mount: &Mount| {
        let fed = mount.source.accepts || mount.source.relay.is_some();
        (!fed, mount.fallback.is_empty())
    };
    let mut decks: BTreeMap<RenditionKey, &Mount> = BTreeMap::new();
    for mount in lineup.mounts() {
        let deck = decks.entry(key_of(mount)).or_insert(mount);
        if rank(mount) < rank(deck) {
            *deck = mount;
        }
    }
    decks
}

/// A mount's rules as its deck is to follow them: a fallback to a mount that has no deck of its
/// own means the deck that fills its tape.
pub(crate) fn for_deck(mount: &Mount, lineup: &Lineup) -> Mount {
    let decks = deck_mounts(lineup);
    let mut mount = mount.clone();
    for fallback in &mut mount.fallback {
        if let Fallback::Mount(path) = fallback
            && let Some(deck) = lineup.mount(path).and_then(|to| decks.get(&key_of(to)))
        {
            *path = deck.path.clone();
        }
    }
    mount
}

impl Station {
    /// The bytes of each file and built-in sound that `mount` falls back to, in order.
    pub(crate) fn loops_of(&self, mount: &Mount) -> Result<Vec<Bytes>, OpenError> {
        let refuse = |file: String, why: String| OpenError::Fallback {
            mount: mount.path.clone(),
            file,
            why,
        };
        let mut loops = Vec::new();
        for fallback in &mount.fallback {
            match fallback {
                Fallback::Mount(_) => {}
                Fallback::File(path) => {
                    let name = path.display().to_string();
                    let bytes = std::fs::read(path)
                        .map_err(|error| refuse(name.clone(), error.to_string()))?;
                    if bytes.is_empty() {
                        return Err(refuse(name, "the file is empty".to_owned()));
                    }
                    loops.push(Bytes::from(bytes));
                }
                Fallback::Builtin(name) => {
                    let Some(bytes) = self.supplies.builtins.get(name) else {
                        return Err(refuse(name.clone(), "there is no such sound".to_owned()));
                    };
                    loops.push(Bytes::from_static(bytes));
                }
            }
        }
        Ok(loops)
    }

    /// Opens the tape of a rendition, or says which one can't be.
    pub(crate) fn open_tape(&self, rendition: &Rendition) -> Result<(Tape, Appender), OpenError> {
        let dir =
            self.stream_dir(&rendition.station, &rendition.stream).join(rendition.id.as_str());
        let options =
            TapeOptions { dir: Some(dir), ring: RING, retention: self.supplies.retention };
        Tape::open(options, self.clock().clone()).map_err(|source| OpenError::Tape {
            what: format!("{}/{}/{}", rendition.station, rendition.stream, rendition.id),
            source,
        })
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

    /// Takes everything off the air, so that the tapes close.
    pub(crate) fn clear_rooms(&self) {
        let lineup = self.lineup();
        let rooms = std::mem::take(&mut *self.rooms.lock());
        for deck in rooms.decks.values() {
            self.air().remove(deck);
        }
        for mount in lineup.mounts() {
            self.listen().remove_mount(&mount.path);
        }
        self.show_lineup(Arc::new(Lineup::default()));
    }
}
