//! The house: its mounts, its pumps, and what can be asked of them.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use airtime::Clock;
use codec::Codec;
use door::{Conn, RequestHead};
use lineup::{Mount, MountPath, Rendition, RenditionId, StationId, Stream, StreamId};
use parking_lot::RwLock;
use tape::{EventLog, Tape};
use tokio::sync::Semaphore;

use crate::auth::Authenticator;
use crate::mounted::{Capacity, Mounted};
use crate::pump::{Pump, PumpDoor, SLOT};
use crate::seat::{Seat, SeatInfo};
use crate::session_log::SessionLog;
use crate::time_map::TimeMaps;
use crate::{MountCounts, PlaylistKind, Said, SessionId, TimeMap, playlist};

/// Searches of tapes at the same time.
const SEARCHES: usize = 8;

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
    pub(crate) house: Arc<House>,
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

/// What became of a listener's connection.
#[derive(Debug)]
pub enum Joined {
    /// It is a seat now.
    Seated(SessionId),
    /// It was answered; if it is kept alive it is given back.
    Answered(Option<Conn>),
}

#[derive(Debug)]
pub(crate) struct House {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) settings: ListenSettings,
    pub(crate) mounts: RwLock<HashMap<MountPath, Arc<Mounted>>>,
    pub(crate) capacity: Arc<Capacity>,
    pub(crate) maps: Arc<TimeMaps>,
    pub(crate) log: Option<SessionLog>,
    pub(crate) authenticator: Authenticator,
    /// Searches of tapes at the same time: they may read the disk.
    pub(crate) searches: Semaphore,
    pumps: Vec<Arc<PumpDoor>>,
    next_seat: AtomicU64,
    stopped: Arc<AtomicBool>,
}

impl Listen {
    /// Opens the house and starts its pump threads.
    ///
    /// # Errors
    /// If the session log can't be opened or a thread can't be started.
    pub fn open(settings: ListenSettings, clock: Arc<dyn Clock>) -> std::io::Result<Self> {
        let stopped = Arc::new(AtomicBool::new(false));
        let log = settings.sessions.as_deref();
        let log = log
            .map(|dir| SessionLog::open(dir, settings.keep_addresses_days, clock.clone()))
            .transpose()?;
        let mut pumps = Vec::new();
        for number in 0..settings.pumps.max(1) {
            let pump = Pump::new(clock.clone(), log.clone(), settings.interval);
            let door = Arc::new(PumpDoor::new(pump));
            pumps.push(door.clone());
            let (clock, stopped) = (clock.clone(), stopped.clone());
            std::thread::Builder::new()
                .name(format!("pump-{number}"))
                .spawn(move || turn(&door, &*clock, &stopped))?;
        }
        let house = House {
            clock,
            settings,
            mounts: RwLock::default(),
            capacity: Arc::default(),
            maps: Arc::default(),
            log,
            authenticator: Authenticator::new(),
            searches: Semaphore::new(SEARCHES),
            pumps,
            next_seat: AtomicU64::new(1),
            stopped,
        };
        Ok(Self { house: Arc::new(house) })
    }

    /// Declares a mount, or changes the rules of one without dropping anyone.
    ///
    /// Where it leads to another rendition from now on, whoever listens goes on there, if it is of
    /// the same format, and is let go if it is not; its counts begin anew.
    pub fn set_mount(&self, setup: MountSetup) {
        let path = setup.mount.path.clone();
        let mut mounts = self.house.mounts.write();
        let Some(mounted) = mounts.get(&path).cloned() else {
            mounts.insert(path, Arc::new(Mounted::new(setup)));
            return;
        };
        if leads_to(&mounted.setup.load()) == leads_to(&setup) {
            mounted.setup.store(Arc::new(setup));
            return;
        }
        let other = Arc::new(Mounted::new(setup));
        mounts.insert(path, other.clone());
        drop(mounts);
        let take_along = are_alike(&mounted, &other);
        // Moved first, or a pump would let them go meanwhile; then those who came in between.
        for _ in 0..2 {
            for pump in self.house.pumps.iter().filter(|_| take_along) {
                pump.with(|pump| pump.move_all(&mounted, &other));
            }
            mounted.remove();
        }
        for pump in &self.house.pumps {
            pump.with(|pump| pump.let_all_go(Some(&mounted)));
        }
    }

    /// Tells listeners who come from now on what the mount's source says of its stream.
    pub fn set_said(&self, mount: &MountPath, said: Said) {
        if let Some(mounted) = self.house.mounted(mount)
            && **mounted.said.load() != said
        {
            mounted.said.store(Arc::new(said));
        }
    }

    /// Takes a mount away; who listened there is let go after what they were sent.
    pub fn remove_mount(&self, mount: &MountPath) {
        let Some(mounted) = self.house.mounts.write().remove(mount) else { return };
        mounted.remove();
        for pump in &self.house.pumps {
            pump.with(|pump| pump.let_all_go(Some(&mounted)));
        }
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
        self.house.join(conn, head, mount).await
    }

    /// Who is seated at a mount.
    pub fn seats(&self, mount: &MountPath) -> Vec<SeatInfo> {
        let Some(mounted) = self.house.mounted(mount) else { return Vec::new() };
        let pumps = self.house.pumps.iter();
        let mut seats: Vec<_> =
            pumps.flat_map(|pump| pump.with(|pump| pump.infos(&mounted))).collect();
        seats.sort_unstable_by_key(|seat| seat.id);
        seats
    }

    /// How many are, and were at most.
    pub fn counts(&self, mount: &MountPath) -> MountCounts {
        self.house.mounted(mount).map(|mounted| mounted.counts()).unwrap_or_default()
    }

    /// Lets one listener go (`killclient`). `false`: there is none of this number.
    pub fn kill(&self, seat: u64) -> bool {
        self.house.pumps.iter().any(|pump| pump.with(|pump| pump.kill(seat)))
    }

    /// Moves everybody from one mount to another of the same format (`moveclients`): how many.
    /// `None`: one of them is not there, or they are not of the same format.
    pub fn move_all(&self, from: &MountPath, to: &MountPath) -> Option<usize> {
        let (from, to) = (self.house.mounted(from)?, self.house.mounted(to)?);
        if Arc::ptr_eq(&from, &to) {
            return Some(0);
        }
        if !are_alike(&from, &to) {
            return None;
        }
        Some(self.house.pumps.iter().map(|pump| pump.with(|pump| pump.move_all(&from, &to))).sum())
    }

    /// What a player was sent: second of media → programme time. Kept for some minutes after it left.
    pub fn time_map(&self, sid: &str) -> Option<TimeMap> {
        self.house.maps.of(sid, self.house.clock.monotonic())
    }

    /// The playlist that leads to a mount; `base` (`http://host:port`) stands in front where the
    /// mount has no public URL. `None`: there is no such mount.
    pub fn playlist(&self, kind: PlaylistKind, mount: &MountPath, base: &str) -> Option<String> {
        let mounted = self.house.mounted(mount)?;
        Some(playlist(kind, &[&**mounted.setup.load()], base))
    }

    /// Lets everybody go and closes the session log.
    pub fn stop(&self) {
        self.house.stopped.store(true, Relaxed);
        for pump in &self.house.pumps {
            pump.with(|pump| pump.let_all_go(None));
        }
        if let Some(log) = &self.house.log {
            log.flush();
        }
    }

    /// Lines of the session log that were left out because the disk did not follow.
    pub fn dropped_log_lines(&self) -> u64 {
        self.house.log.as_ref().map_or(0, SessionLog::dropped)
    }
}

impl House {
    pub(crate) fn mounted(&self, mount: &MountPath) -> Option<Arc<Mounted>> {
        self.mounts.read().get(mount).cloned()
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Relaxed)
    }

    pub(crate) fn next_id(&self) -> u64 {
        self.next_seat.fetch_add(1, Relaxed)
    }

    /// Hands a seat to its pump.
    pub(crate) fn seat(&self, seat: Seat) {
        let index = usize::try_from(seat.who.id).unwrap_or_default() % self.pumps.len();
        self.pumps[index].seat(seat);
        if self.is_stopped() {
            self.pumps[index].with(|pump| pump.let_all_go(None));
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.stopped.store(true, Relaxed);
    }
}

/// Names the tape that is heard.
fn leads_to(setup: &MountSetup) -> (&StationId, &StreamId, &RenditionId, Codec) {
    let mount = &setup.mount;
    (&mount.station, &mount.stream, &mount.rendition, setup.rendition.codec)
}

/// Whether a decoder that was at one can go on at the other; of one where nothing was on the air
/// yet, only the codec is known.
fn are_alike(one: &Mounted, other: &Mounted) -> bool {
    let (one, other) = (one.setup.load(), other.setup.load());
    match (one.tape.epoch(), other.tape.epoch()) {
        (Some(before), Some(after)) => before.format == after.format,
        _ => one.rendition.codec == other.rendition.codec,
    }
}

/// What a pump's thread does until the house is closed.
fn turn(door: &PumpDoor, clock: &dyn Clock, stopped: &AtomicBool) {
    while !stopped.load(Relaxed) {
        let served = door.step();
        // Time may have gone on meanwhile.
        let into = clock.monotonic().saturating_sub(served);
        if let Some(rest) = SLOT.checked_sub(into).filter(|rest| !rest.is_zero()) {
            clock.sleep(rest);
        }
    }
}
