//! What each stream is airing, as the page, the API and the events show it.

use air::{DeckStatus, OnAir};
use airtime::ProgrammeTime;
use lineup::{Lineup, Mount, MountPath, StationId, Stream, StreamId};
use serde::Serialize;
use station::{NowPlaying, Station};

/// A listed stream and what is on it.
#[derive(Clone, Debug)]
pub(crate) struct Airing {
    pub(crate) stream: Stream,
    /// Its listed mounts.
    pub(crate) mounts: Vec<Mount>,
    /// Where what is heard comes from.
    pub(crate) feed: Feed,
    /// What is playing now.
    pub(crate) playing: Option<NowPlaying>,
}

/// Where what is heard on a stream comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "on_air", rename_all = "lowercase")]
pub(crate) enum Feed {
    /// Its own source.
    Source,
    /// A relay of another server.
    Relay,
    /// Another stream: by name, where that one is listed.
    Stream {
        #[serde(skip_serializing_if = "Option::is_none")]
        carrying: Option<String>,
    },
    /// A recording that stands in, again and again.
    Loop,
    /// Nothing is heard.
    Nothing,
}

/// The listed streams of one station, in the order in which they were declared.
pub(crate) fn airing(
    station: &Station,
    lineup: &Lineup,
    of: &StationId,
    now: ProgrammeTime,
) -> Vec<Airing> {
    let streams = lineup.streams().iter().filter(|stream| stream.station == *of);
    let mut all = Vec::new();
    for stream in streams {
        let mounts: Vec<Mount> =
            listed_mounts(lineup, &stream.station, &stream.id).cloned().collect();
        if mounts.is_empty() {
            continue;
        }
        all.push(Airing {
            feed: Feed::of(station, lineup, stream, &mounts),
            playing: station.playing(&stream.station, &stream.id, now),
            stream: stream.clone(),
            mounts,
        });
    }
    all
}

/// The mounts of a stream that the public is told of.
pub(crate) fn listed_mounts<'a>(
    lineup: &'a Lineup,
    station: &'a StationId,
    stream: &'a StreamId,
) -> impl Iterator<Item = &'a Mount> {
    lineup
        .mounts()
        .iter()
        .filter(move |mount| mount.listed && mount.station == *station && mount.stream == *stream)
}

impl Airing {
    /// Is sound on any of its mounts?
    pub(crate) fn is_audible(&self) -> bool {
        self.feed != Feed::Nothing
    }

    /// Is `other` the same stream, fed from the same?
    pub(crate) fn is_as(&self, other: &Self) -> bool {
        let (one, two) = (&self.stream, &other.stream);
        one.station == two.station && one.id == two.id && self.feed == other.feed
    }
}

impl Feed {
    /// What is heard on the first of `mounts` on which anything is.
    fn of(station: &Station, lineup: &Lineup, stream: &Stream, mounts: &[Mount]) -> Self {
        let heard = mounts
            .iter()
            .find_map(|mount| station.deck_status(&mount.path).filter(DeckStatus::is_heard));
        let Some(mut on_air) = heard.map(|status| status.on_air) else { return Self::Nothing };
        // A mount may follow another of the same stream, which may follow a third.
        for _ in lineup.mounts() {
            let path = match on_air {
                OnAir::Source => return Self::Source,
                OnAir::Relay => return Self::Relay,
                OnAir::Loop(_) => return Self::Loop,
                OnAir::Nothing => return Self::Nothing,
                OnAir::Mount(path) => path,
            };
            if let Some(other) = Self::other_stream(lineup, stream, &path) {
                return other;
            }
            match station.deck_status(&path) {
                Some(status) => on_air = status.on_air,
                None => return Self::Nothing,
            }
        }
        Self::Nothing
    }

    /// The stream of the mount at `path`, if it isn't `stream` itself.
    fn other_stream(lineup: &Lineup, stream: &Stream, path: &MountPath) -> Option<Self> {
        let other = lineup.stream_of(lineup.mount(path)?)?;
        if other.station == stream.station && other.id == stream.id {
            return None;
        }
        let listed = listed_mounts(lineup, &other.station, &other.id).next().is_some();
        Some(Self::Stream { carrying: listed.then(|| other.name.clone()) })
    }

    /// In the words that the page shows.
    pub(crate) fn in_words(&self) -> String {
        match self {
            Self::Source => "On the air".to_owned(),
            Self::Relay => "On the air by relay".to_owned(),
            Self::Stream { carrying: Some(other) } => format!("Carrying {other}"),
            Self::Stream { carrying: None } => "Carrying another stream".to_owned(),
            Self::Loop => "Playing a recording".to_owned(),
            Self::Nothing => "Silent now".to_owned(),
        }
    }

    /// As events, the API and the page's script name it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Relay => "relay",
            Self::Stream { .. } => "stream",
            Self::Loop => "loop",
            Self::Nothing => "nothing",
        }
    }
}
