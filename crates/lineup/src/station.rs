//! Stations, streams and renditions.

use std::time::Duration;

use codec::Codec;
use serde::{Deserialize, Serialize};

use crate::{RenditionId, StationId, StreamId};

/// A licensee: who is on the air.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Station {
    /// Its short name.
    pub id: StationId,
    /// Its name as listeners know it: "Kestrel Public Radio".
    pub name: String,
    /// Its call sign: "KSTR".
    pub call_sign: String,
    /// Where it is licensed to.
    pub city: String,
    /// Its frequencies as it says them: "90.7 FM".
    pub frequencies: Vec<String>,
    /// Its IANA time zone: "America/Denver".
    pub time_zone: String,
    /// Host names that this station answers to; the first station also answers to all others.
    pub hosts: Vec<String>,
}

impl Station {
    /// A station of this name, in UTC, with everything else empty: it answers to all hosts that no
    /// other station has.
    pub fn new(id: StationId, name: impl Into<String>) -> Self {
        Self {
            id,
            name: name.into(),
            call_sign: String::new(),
            city: String::new(),
            frequencies: Vec::new(),
            time_zone: "UTC".to_owned(),
            hosts: Vec::new(),
        }
    }
}

/// One programme service of a station: what a listener picks under "On Air Stations".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stream {
    /// The station that it belongs to.
    pub station: StationId,
    /// Its short name.
    pub id: StreamId,
    /// Its name as listeners know it: "News".
    pub name: String,
    /// One line about it.
    pub description: String,
    /// Its genre, as Icecast's directory and players show it.
    pub genre: String,
    /// Its page.
    pub url: String,
}

impl Stream {
    /// A stream of this name, with everything else empty.
    pub fn new(station: StationId, id: StreamId, name: impl Into<String>) -> Self {
        Self {
            station,
            id,
            name: name.into(),
            description: String::new(),
            genre: String::new(),
            url: String::new(),
        }
    }
}

/// One encoding of a stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendition {
    /// The station that it belongs to.
    pub station: StationId,
    /// The stream that it is an encoding of.
    pub stream: StreamId,
    /// Its short name, unique in the stream.
    pub id: RenditionId,
    /// What it is encoded as; a source that sends anything else is refused.
    pub codec: Codec,
    /// Nominal bit rate in kbit/s, as players are told (`icy-br`).
    pub bitrate: Option<u32>,
    /// Samples per second, where that is declared: what it falls back to must be alike.
    pub sample_rate: Option<u32>,
    /// Channels, likewise.
    pub channels: Option<u8>,
    /// How much later than the stream's own time this rendition's audio arrives: added to the
    /// stream's events where they are shown with this rendition.
    pub offset: Duration,
}

impl Rendition {
    /// A rendition in this codec that arrives with its stream and declares nothing else.
    pub fn new(station: StationId, stream: StreamId, id: RenditionId, codec: Codec) -> Self {
        Self {
            station,
            stream,
            id,
            codec,
            bitrate: None,
            sample_rate: None,
            channels: None,
            offset: Duration::ZERO,
        }
    }
}
