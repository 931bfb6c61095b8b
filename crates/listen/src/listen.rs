//! Seating listeners. (To be split by its owner: request, seat, icy, pump, time map, auth.)

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use airtime::{Clock, MediaOffset, ProgrammeTime};
use door::{Conn, RequestHead};
use lineup::{Mount, MountPath, Rendition, Stream};
use serde::Serialize;
use tape::{EventLog, Tape};

use crate::SessionId;

/// How listeners are served.
#[derive(Clone, Debug)]
pub struct ListenSettings {
    /// Pump threads (default 1; at most one per core is useful).
    pub pumps: usize,
    /// How often a seat is sent to (default 2 s; shorter than every burst).
    pub interval: Duration,
    /// Listeners on all mounts together, at most.
    pub max_listeners: Option<u32>,
    /// Where the session log is kept; `None`: nowhere.
    pub sessions: Option<PathBuf>,
    /// Addresses are cut from the session log after this many days.
    pub keep_addresses_days: u16,
}

/// Everybody who listens. A clone is the same house.
#[derive(Clone, Debug)]
pub struct Listen {
    clock: Arc<dyn Clock>,
}

/// What is heard at a mount.
#[derive(Clone, Debug)]
pub struct MountSetup {
    /// The mount and its limits.
    pub mount: Mount,
    /// Its stream, for the reply's headers.
    pub stream: Stream,
    /// Its rendition.
    pub rendition: Rendition,
    /// Its sound.
    pub tape: Tape,
    /// Its titles.
    pub events: EventLog,
    /// Where it can be heard, for playlists: `http://host:port` is put in front of the path.
    pub public_url: Option<String>,
}

impl Listen {
    /// Opens the house and starts its pump threads.
    ///
    /// # Errors
    /// If the session log can't be opened or a thread can't be started.
    pub fn open(settings: ListenSettings, clock: Arc<dyn Clock>) -> std::io::Result<Self> {
        let _ = settings;
        Ok(Self { clock })
    }

    /// Declares a mount, or changes the rules of one without dropping anyone.
    pub fn set_mount(&self, setup: MountSetup) {
        let _ = (setup, &self.clock);
    }

    /// Takes a mount away; who listened there is let go after what they were sent.
    pub fn remove_mount(&self, mount: &MountPath) {
        let _ = mount;
    }

    /// Answers a `GET` or `HEAD` of a mount: checks limits and listener authentication, writes
    /// the reply's head and takes a seat, or writes an error reply and gives the connection back
    /// (when it can be kept alive).
    ///
    /// # Errors
    /// If the connection fails.
    pub async fn join(
        &self,
        conn: Conn,
        head: &RequestHead,
        mount: &MountPath,
    ) -> std::io::Result<Joined> {
        let _ = (head, mount);
        Ok(Joined::Answered(Some(conn)))
    }

    /// Who is seated at a mount.
    pub fn seats(&self, mount: &MountPath) -> Vec<SeatInfo> {
        let _ = mount;
        Vec::new()
    }

    /// How many are, and were at most.
    pub fn counts(&self, mount: &MountPath) -> MountCounts {
        let _ = mount;
        MountCounts::default()
    }

    /// Lets one listener go (`killclient`). `false`: there is none of this number.
    pub fn kill(&self, seat: u64) -> bool {
        let _ = seat;
        false
    }

    /// Moves everybody from one mount to another of the same format (`moveclients`): how many.
    pub fn move_all(&self, from: &MountPath, to: &MountPath) -> Option<usize> {
        let _ = (from, to);
        None
    }

    /// What a player was sent: second of media → programme time. Kept for some minutes after it left.
    pub fn time_map(&self, sid: &str) -> Option<TimeMap> {
        let _ = sid;
        None
    }

    /// Lets everybody go and closes the session log.
    pub fn stop(&self) {}
}

/// What became of a listener's connection.
#[derive(Debug)]
pub enum Joined {
    /// It is a seat now.
    Seated(SessionId),
    /// It was answered; if it is kept alive it is given back.
    Answered(Option<Conn>),
}

/// One listener.
#[derive(Clone, Debug, Serialize)]
pub struct SeatInfo {
    /// Its number, unique in this process.
    pub id: u64,
    /// Its session.
    pub session: SessionId,
    /// Its address.
    pub address: IpAddr,
    /// Its program.
    pub agent: Option<String>,
    /// Its user name, where listeners log in.
    pub user: Option<String>,
    /// Connected for so long.
    pub connected: Duration,
    /// Behind the head by so much.
    pub lag: Duration,
    /// Bytes sent.
    pub bytes: u64,
}

/// How many listen at a mount.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MountCounts {
    /// Now.
    pub listeners: u32,
    /// At most, since start.
    pub peak: u32,
    /// Times that somebody was seated since start.
    pub sessions: u64,
    /// Times that a slow listener skipped to the head.
    pub skips: u64,
    /// Bytes sent since start.
    pub bytes: u64,
}

/// Second of media → programme time, for one player.
#[derive(Clone, Debug, Serialize)]
pub struct TimeMap {
    /// In order of media offset; each holds until the next.
    pub entries: Vec<TimeMapEntry>,
}

/// From this offset on, media plays this time.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct TimeMapEntry {
    /// Playing time since the first byte sent, microseconds.
    pub media: MediaOffset,
    /// What is heard there.
    pub at: ProgrammeTime,
}
