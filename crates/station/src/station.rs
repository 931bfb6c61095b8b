//! A running station.

use std::path::PathBuf;
use std::sync::Arc;

use access::Gatekeeper;
use air::{Air, DeckStatus};
use airtime::{Clock, ProgrammeTime};
use lineup::{Lineup, MountPath, StationId, StreamId};
use listen::Listen;
use parking_lot::Mutex;
use tape::{EventLog, Tape};
use tokio::runtime::Handle;
use tokio::sync::broadcast;

use crate::acquainted::Acquainted;
use crate::alarm::AlarmBoard;
use crate::open::{OpenError, StationSettings};
use crate::playing::{self, NowPlaying};
use crate::pulse::Pulse;
use crate::rooms::{Rooms, Supplies};

/// How many changes of what is playing a watcher may be behind before it is told that it missed
/// some.
const PLAYING_BACKLOG: usize = 256;

/// A running station: the lineup with its tapes, air and listeners.
#[derive(Debug)]
pub struct Station {
    clock: Arc<dyn Clock>,
    dir: PathBuf,
    lineup: arc_swap::ArcSwap<Lineup>,
    air: Air,
    listen: Listen,
    gatekeeper: Arc<Gatekeeper>,
    acquainted: Acquainted,
    playing: broadcast::Sender<NowPlaying>,
    pub(crate) alarms: AlarmBoard,
    pub(crate) supplies: Supplies,
    pub(crate) rooms: Mutex<Rooms>,
    /// Held by whoever changes the lineup.
    pub(crate) changing: Mutex<()>,
    /// Where relays run.
    runtime: Option<Handle>,
    pulse: Mutex<Option<Pulse>>,
}

impl Station {
    /// Opens the tapes, puts every deck on the air and starts the air thread. Relays run on the
    /// tokio runtime that this is called in; without one there are none.
    ///
    /// # Errors
    /// [`OpenError`] with what could not be opened.
    pub fn open(settings: StationSettings, clock: Arc<dyn Clock>) -> Result<Arc<Self>, OpenError> {
        let StationSettings { dir, lineup, grants, listen, retention, builtins, public_url } =
            settings;
        let listen =
            Listen::open(listen, clock.clone()).map_err(|source| OpenError::Listen { source })?;
        let gatekeeper = Arc::new(Gatekeeper::new(grants, clock.clone()));
        let acquainted = Acquainted::introduce(&dir, &gatekeeper);
        let station = Arc::new(Self {
            air: Air::new(clock.clone()),
            listen,
            gatekeeper,
            acquainted,
            lineup: arc_swap::ArcSwap::from_pointee(Lineup::default()),
            playing: broadcast::channel(PLAYING_BACKLOG).0,
            alarms: AlarmBoard::default(),
            supplies: Supplies { retention, builtins, public_url },
            rooms: Mutex::new(Rooms::default()),
            changing: Mutex::new(()),
            runtime: Handle::try_current().ok(),
            pulse: Mutex::new(None),
            clock,
            dir,
        });
        station.become_lineup(lineup, &station.changing.lock())?;
        station.go_on_from_the_tapes();
        let pulse = Pulse::start(&station)?;
        *station.pulse.lock() = Some(pulse);
        Ok(station)
    }

    /// The clock may have been set back while the station was down: what is aired next lies behind
    /// what is on tape all the same.
    fn go_on_from_the_tapes(&self) {
        let heads = self.rooms.lock().tapes.values().filter_map(Tape::head).max();
        if let Some(head) = heads {
            self.clock.continue_from(head);
        }
    }

    /// Keeps in mind who is known.
    pub(crate) fn keep_acquainted(&self) {
        self.acquainted.keep(&self.gatekeeper, self.clock.monotonic());
    }

    /// Puts on the air what is due.
    pub(crate) fn step(&self) {
        self.air.step();
    }

    /// What it consists of now.
    pub fn lineup(&self) -> Arc<Lineup> {
        self.lineup.load_full()
    }

    /// The address that the public knows, if one is configured: `https://radio.example.org`.
    pub fn public_url(&self) -> Option<&str> {
        self.supplies.public_url.as_deref()
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

    /// The folder of all that is kept.
    pub(crate) fn dir(&self) -> &PathBuf {
        &self.dir
    }

    pub(crate) fn show_lineup(&self, lineup: Arc<Lineup>) {
        self.lineup.store(lineup);
    }

    pub(crate) fn runtime(&self) -> Option<&Handle> {
        self.runtime.as_ref()
    }

    pub(crate) fn playing_sender(&self) -> broadcast::Sender<NowPlaying> {
        self.playing.clone()
    }

    /// The tape that is heard at a mount.
    pub fn tape(&self, mount: &MountPath) -> Option<Tape> {
        self.rooms.lock().tape(&self.lineup.load(), mount)
    }

    /// The events of a stream.
    pub fn events(&self, station: &StationId, stream: &StreamId) -> Option<EventLog> {
        self.rooms.lock().events(station, stream)
    }

    /// How the deck stands whose audio is heard at `mount`: its own, or that of the mount that
    /// shares its rendition and takes its source.
    pub fn deck_status(&self, mount: &MountPath) -> Option<DeckStatus> {
        let tape = self.tape(mount)?;
        let mut status = self.air.status(mount)?;
        // The first block is heard when it is whole.
        status.audible &= tape.head().is_some();
        Some(status)
    }

    /// What a stream plays at `at`.
    pub fn playing(
        &self,
        station: &StationId,
        stream: &StreamId,
        at: ProgrammeTime,
    ) -> Option<NowPlaying> {
        playing::at(station, stream, &self.events(station, stream)?, at)
    }

    /// What a stream played from `from` up to `to`, oldest first: what was on at `from`, and every
    /// title since.
    pub fn played_since(
        &self,
        station: &StationId,
        stream: &StreamId,
        from: ProgrammeTime,
        to: ProgrammeTime,
    ) -> Vec<NowPlaying> {
        self.events(station, stream)
            .map(|events| playing::between(station, stream, &events, from, to))
            .unwrap_or_default()
    }

    /// Every change of what is playing from now on.
    pub fn watch_playing(&self) -> broadcast::Receiver<NowPlaying> {
        self.playing.subscribe()
    }

    /// Lets sources and listeners go and closes the tapes.
    pub fn stop(&self) {
        self.listen.stop();
        if let Some(pulse) = self.pulse.lock().take() {
            pulse.stop();
        }
        self.clear_rooms();
    }
}

impl Drop for Station {
    fn drop(&mut self) {
        if let Some(pulse) = self.pulse.get_mut().take() {
            pulse.abandon();
        }
    }
}
