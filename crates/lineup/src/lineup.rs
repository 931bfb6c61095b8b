//! The whole of what is declared.

use thiserror::Error;

use crate::check::check;
use crate::{
    Fallback, Mount, MountPath, Rendition, RenditionId, Station, StationId, Stream, StreamId,
};

/// Everything that one process serves: valid by construction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lineup {
    stations: Vec<Station>,
    streams: Vec<Stream>,
    renditions: Vec<Rendition>,
    mounts: Vec<Mount>,
}

impl Lineup {
    /// Checks the parts against each other and keeps them.
    ///
    /// # Errors
    /// The first [`LineupError`] found: a name used twice, a reference that leads nowhere, or a
    /// fallback that can't be spliced or that leads back to itself.
    pub fn new(
        stations: Vec<Station>,
        streams: Vec<Stream>,
        renditions: Vec<Rendition>,
        mounts: Vec<Mount>,
    ) -> Result<Self, LineupError> {
        let lineup = Self { stations, streams, renditions, mounts };
        check(&lineup)?;
        Ok(lineup)
    }

    /// The stations, in the order in which they were declared; the first is the default.
    pub fn stations(&self) -> &[Station] {
        &self.stations
    }

    /// The streams, in the order in which they were declared.
    pub fn streams(&self) -> &[Stream] {
        &self.streams
    }

    /// The renditions, in the order in which they were declared.
    pub fn renditions(&self) -> &[Rendition] {
        &self.renditions
    }

    /// The mounts, in the order in which they were declared.
    pub fn mounts(&self) -> &[Mount] {
        &self.mounts
    }

    /// The mount at `path`.
    pub fn mount(&self, path: &MountPath) -> Option<&Mount> {
        self.mounts.iter().find(|mount| mount.path == *path)
    }

    /// The rendition that `mount` leads to.
    pub fn rendition_of(&self, mount: &Mount) -> Option<&Rendition> {
        self.rendition(&mount.station, &mount.stream, &mount.rendition)
    }

    /// The mount through which the rendition that `mount` leads to is filled: whose source policy,
    /// relay and fallbacks hold for it. Of several mounts of one rendition that is the one that
    /// relays or falls back, else the first that takes sources, else the first.
    pub fn filling<'a>(&'a self, mount: &'a Mount) -> &'a Mount {
        let rank = |mount: &&Mount| (!mount.fills(), !mount.source.accepts);
        let alike = self.mounts.iter().filter(|other| other.is_heard_like(mount));
        alike.min_by_key(rank).unwrap_or(mount)
    }

    /// Where a source goes that names no mount ([`by_default`](crate::SourcePolicy::by_default)).
    pub fn default_mount(&self) -> Option<&Mount> {
        let taking = || self.mounts.iter().filter(|mount| mount.source.accepts);
        taking().find(|mount| mount.source.by_default).or_else(|| taking().next())
    }

    /// The stream that `mount` leads to.
    pub fn stream_of(&self, mount: &Mount) -> Option<&Stream> {
        self.stream(&mount.station, &mount.stream)
    }

    /// One stream by its names.
    pub fn stream(&self, station: &StationId, stream: &StreamId) -> Option<&Stream> {
        self.streams.iter().find(|known| known.station == *station && known.id == *stream)
    }

    /// One rendition by its names.
    pub fn rendition(
        &self,
        station: &StationId,
        stream: &StreamId,
        rendition: &RenditionId,
    ) -> Option<&Rendition> {
        self.renditions.iter().find(|known| {
            known.station == *station && known.stream == *stream && known.id == *rendition
        })
    }

    /// The station that answers to a request's `Host` (port, case and a final dot ignored), else
    /// the first.
    pub fn station_for_host(&self, host: Option<&str>) -> Option<&Station> {
        let named = host.map(host_name).and_then(|name| {
            self.stations
                .iter()
                .find(|station| station.hosts.iter().any(|own| own.eq_ignore_ascii_case(name)))
        });
        named.or(self.stations.first())
    }

    /// The mounts that `mount` falls back to, directly or through another, each once, in the
    /// order in which they are tried. Of a rendition with several mounts it is the one that
    /// [fills](Self::filling) it.
    pub fn fallback_mounts<'a>(&'a self, mount: &'a Mount) -> Vec<&'a Mount> {
        let mut found: Vec<&Mount> = Vec::new();
        // The next to be tried stands last.
        let mut open = self.last_first(mount);
        while let Some(next) = open.pop() {
            if !found.iter().any(|known| known.path == next.path) {
                found.push(next);
                open.extend(self.last_first(next));
            }
        }
        found
    }

    /// What fills the renditions that `mount` falls back to itself, the last of them first.
    fn last_first(&self, mount: &Mount) -> Vec<&Mount> {
        let mount_of = |fallback: &Fallback| match fallback {
            Fallback::Mount(path) => self.mount(path).map(|mount| self.filling(mount)),
            Fallback::File(_) | Fallback::Builtin(_) => None,
        };
        self.filling(mount).fallback.iter().rev().filter_map(mount_of).collect()
    }
}

/// A `Host` header's name without its port.
fn host_name(host: &str) -> &str {
    let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        // The brackets of an IPv6 address belong to its name.
        Some((address, _)) => &host[..address.len() + 2],
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    name.strip_suffix('.').unwrap_or(name)
}

/// Parts of a lineup contradict each other.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LineupError {
    /// A name is used twice.
    #[error("{what} `{name}` is declared twice")]
    Twice {
        /// Station, stream, rendition or mount.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// A part refers to another that isn't declared.
    #[error("{what} `{name}` refers to {refers}, which is not declared")]
    Dangling {
        /// Stream, rendition or mount.
        what: &'static str,
        /// The part that refers.
        name: String,
        /// What it refers to.
        refers: String,
    },
    /// A mount can't fall back to where it says.
    #[error("mount `{mount}` can't fall back to `{to}`: {why}")]
    Fallback {
        /// The mount that falls back.
        mount: MountPath,
        /// Where to.
        to: String,
        /// Why not.
        why: &'static str,
    },
    /// A part can't be as it says.
    #[error("{what} `{name}`: {why}")]
    Unusable {
        /// Station, stream, rendition or mount.
        what: &'static str,
        /// The part.
        name: String,
        /// Why not.
        why: &'static str,
    },
}
