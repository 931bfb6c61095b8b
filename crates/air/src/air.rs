//! All that is on the air. (To be split by its owner: input buffer, deck, fallback, relay, login.)

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use airtime::{Clock, ProgrammeTime};
use codec::{Codec, Format};
use lineup::{Mount, MountPath};
use tape::{Appender, EventLog, Tape};

use crate::{RawTitle, Refused, SourceHandle, SourceHello};

/// The station's air: one deck for every mount that takes, relays or loops audio. A clone is the
/// same air.
#[derive(Clone, Debug)]
pub struct Air {
    clock: Arc<dyn Clock>,
}

/// What a deck is made of.
#[derive(Debug)]
pub struct DeckSetup {
    /// The mount that sources name, with its source policy and its fallback chain.
    pub mount: Mount,
    /// What the mount's rendition is encoded as.
    pub codec: Codec,
    /// Where its audio goes.
    pub tape: Tape,
    /// The tape's appender.
    pub appender: Appender,
    /// Where its titles go.
    pub events: EventLog,
    /// The bytes of each `Fallback::File` and `Fallback::Builtin` of the chain, in order.
    pub loops: Vec<bytes::Bytes>,
}

impl Air {
    /// An air with nothing on it.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock }
    }

    /// Puts a deck on the air; one at the same mount is replaced without a gap on its tape.
    pub fn add(&self, deck: DeckSetup) {
        let _ = (deck, &self.clock);
    }

    /// Changes the rules of a mount on the air (on reload), without touching its source.
    pub fn update(&self, mount: &Mount) {
        let _ = mount;
    }

    /// Takes a deck off the air; its source is let go.
    pub fn remove(&self, mount: &MountPath) {
        let _ = mount;
    }

    /// Advances everything to the clock's now. Called every 20 to 50 ms by the station's air thread.
    pub fn step(&self) {}

    /// Lets a source on, or says why not.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn open(&self, mount: &MountPath, hello: SourceHello) -> Result<SourceHandle, Refused> {
        let _ = hello;
        Err(Refused::NoSuchMount(mount.clone()))
    }

    /// Sets the title of a mount's source.
    ///
    /// # Errors
    /// [`Refused`] if there is no such mount, or it takes no titles this way (Ogg).
    pub fn set_title(&self, mount: &MountPath, title: RawTitle) -> Result<(), Refused> {
        let _ = (mount, title);
        Ok(())
    }

    /// Lets a mount's source go (`killsource`). `false`: there was none.
    pub fn kill_source(&self, mount: &MountPath) -> bool {
        let _ = mount;
        false
    }

    /// How a mount stands.
    pub fn status(&self, mount: &MountPath) -> Option<DeckStatus> {
        let _ = mount;
        None
    }

    /// How all mounts stand, in the order in which they were added.
    pub fn statuses(&self) -> Vec<DeckStatus> {
        Vec::new()
    }
}

/// How a mount stands.
#[derive(Clone, Debug)]
pub struct DeckStatus {
    /// The mount.
    pub mount: MountPath,
    /// What is on the air.
    pub on_air: OnAir,
    /// Audio has reached the tape within the last second.
    pub audible: bool,
    /// The format at the head.
    pub format: Option<Format>,
    /// The connected source, on the air or not.
    pub source: Option<SourceStatus>,
}

/// What a mount's listeners hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnAir {
    /// Its source.
    Source,
    /// Its relay.
    Relay,
    /// Another mount.
    Mount(MountPath),
    /// A file, by name.
    Loop(String),
    /// Nothing.
    Nothing,
}

/// A connected source.
#[derive(Clone, Debug)]
pub struct SourceStatus {
    /// Its user.
    pub user: Arc<str>,
    /// Its address.
    pub address: IpAddr,
    /// Its program.
    pub agent: Option<String>,
    /// Since when.
    pub since: ProgrammeTime,
    /// Bytes received.
    pub bytes: u64,
    /// Audio waiting to go on the air.
    pub buffered: Duration,
    /// `ice-*` headers and the pairs of `ice-audio-info`, names in lower case.
    pub info: Vec<(String, String)>,
}
