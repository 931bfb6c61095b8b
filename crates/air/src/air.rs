//! All that is on the air.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use airtime::{Clock, Monotonic, ProgrammeTime};
use bytes::Bytes;
use codec::Codec;
use lineup::{Mount, MountPath};
use parking_lot::{Mutex, RwLock};
use tape::{Appender, EventLog, Tape};
use tokio::sync::Notify;

use crate::deck::{self, Deck, Meters};
use crate::follower::Heard;
use crate::source::Gate;
use crate::{About, DeckStatus, RawTitle, Refused, SourceHandle, SourceHello, SourceStatus};

/// What was on its way when a connection broke may still come for so long.
const QUIET_SLACK: Duration = Duration::from_millis(500);

/// The station's air: one deck for every mount that takes, relays or loops audio. A clone is the
/// same air.
#[derive(Clone, Debug)]
pub struct Air {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    clock: Arc<dyn Clock>,
    slots: RwLock<Vec<Arc<Slot>>>,
    next_id: AtomicU64,
    /// The air has advanced.
    stepped: Notify,
}

/// A deck, and what others need to know of it without waiting for it.
#[derive(Debug)]
pub(crate) struct Slot {
    /// The mounts that it is found by; the first is its own.
    names: RwLock<Vec<Name>>,
    codec: Codec,
    heard: Heard,
    deck: Arc<Mutex<Deck>>,
    meters: Meters,
    /// The mount's rules have changed, or it was taken off the air.
    pub(crate) changed: Notify,
}

/// A mount that leads to a deck.
#[derive(Clone, Debug)]
struct Name {
    path: MountPath,
    /// It takes sources.
    accepts: bool,
}

impl Name {
    fn of(mount: &Mount) -> Self {
        Self { path: mount.path.clone(), accepts: mount.source.accepts }
    }
}

impl Slot {
    /// What is known of the mount at `path`, if it leads here.
    fn name(&self, path: &MountPath) -> Option<Name> {
        self.names.read().iter().find(|name| name.path == *path).cloned()
    }
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
    pub loops: Vec<Bytes>,
}

impl Air {
    /// An air with nothing on it.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let shared = Shared {
            clock,
            slots: RwLock::new(Vec::new()),
            next_id: AtomicU64::new(1),
            stepped: Notify::new(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Puts a deck on the air, in place of any other at the same mount.
    pub fn add(&self, deck: DeckSetup) {
        let path = deck.mount.path.clone();
        self.remove(&path);
        let heard = Heard {
            tape: deck.tape.clone(),
            events: deck.events.clone(),
            station: deck.mount.station.clone(),
            stream: deck.mount.stream.clone(),
        };
        let meters = Meters::default();
        let slot = Slot {
            names: RwLock::new(vec![Name::of(&deck.mount)]),
            codec: deck.codec,
            heard,
            deck: Arc::new(Mutex::new(Deck::new(deck, meters.clone()))),
            meters,
            changed: Notify::new(),
        };
        self.shared.slots.write().push(Arc::new(slot));
    }

    /// Says which mounts lead to the deck that `mount` leads to, from now on: the first is its own.
    /// Sources are let on at those that accept them, and titles and orders find it by any. `false`:
    /// there is no such deck.
    pub fn set_names(&self, mount: &MountPath, names: &[&Mount]) -> bool {
        let Some(slot) = self.slot(mount) else { return false };
        *slot.names.write() = names.iter().map(|mount| Name::of(mount)).collect();
        slot.changed.notify_waiters();
        true
    }

    /// Changes the rules of a mount on the air (on reload), without touching its source. Files
    /// that are new in its fallback chain need [`update_with`](Self::update_with).
    pub fn update(&self, mount: &Mount) {
        self.change(mount, None);
    }

    /// Changes the rules of a mount on the air, and the sounds of its fallback chain: the bytes of
    /// each `Fallback::File` and `Fallback::Builtin`, in order.
    pub fn update_with(&self, mount: &Mount, loops: Vec<Bytes>) {
        self.change(mount, Some(loops));
    }

    fn change(&self, mount: &Mount, loops: Option<Vec<Bytes>>) {
        if let Some(slot) = self.slot(&mount.path) {
            for name in slot.names.write().iter_mut().filter(|name| name.path == mount.path) {
                *name = Name::of(mount);
            }
            // The air does not wait until the sounds are read.
            let chain = loops.map(|loops| deck::chain(mount, slot.codec, loops));
            let unused = slot.deck.lock().update(mount, chain);
            slot.changed.notify_waiters();
            drop(unused);
        }
    }

    /// Takes a deck off the air; its source is let go.
    pub fn remove(&self, mount: &MountPath) {
        let mut slots = self.shared.slots.write();
        if let Some(index) = slots.iter().position(|slot| slot.name(mount).is_some()) {
            let slot = slots.remove(index);
            drop(slots);
            slot.deck.lock().let_all_go("the mount was removed");
            slot.changed.notify_waiters();
        }
    }

    /// Advances everything to the clock's now. Called every 20 to 50 ms by the station's air thread.
    pub fn step(&self) {
        // In this order: a step that is counted shows in `now`.
        let steps_forward = self.shared.clock.status().steps_forward;
        let (now, monotonic) = (self.shared.clock.now(), self.shared.clock.monotonic());
        let slots = self.shared.slots.read().clone();
        let find = |path: &MountPath| {
            let slot = slots.iter().find(|slot| slot.name(path).is_some())?;
            Some(slot.heard.clone())
        };
        for slot in &slots {
            let mut deck = slot.deck.lock();
            deck.set_heard(find);
            deck.step(now, monotonic, steps_forward);
        }
        self.shared.stepped.notify_waiters();
    }

    /// Measures how loud what has gone on the air is: decodes a quarter of a second of each mount's
    /// last second. Called a few times a second, by a thread that nobody waits for; what it doesn't
    /// keep up with is not measured.
    pub fn measure(&self) {
        let slots = self.shared.slots.read().clone();
        for slot in &slots {
            slot.meters.measure();
        }
    }

    /// Waits until the clock says `until`, as it looks at every step.
    pub(crate) async fn wait_until(&self, until: Monotonic) {
        loop {
            let stepped = self.shared.stepped.notified();
            if self.shared.clock.monotonic() >= until {
                return;
            }
            stepped.await;
        }
    }

    /// Lets a source on, or says why not: a mount whose source still sends is in use, unless its
    /// rules allow a takeover; one whose source has sent nothing for two seconds gives way to the
    /// same user.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn open(&self, mount: &MountPath, hello: SourceHello) -> Result<SourceHandle, Refused> {
        let name = self.slot(mount).and_then(|slot| slot.name(mount));
        if !name.is_some_and(|name| name.accepts) {
            return Err(Refused::NoSuchMount(mount.clone()));
        }
        let user = hello.principal.user.clone();
        self.let_on(mount, user, |deck, id, now| deck.open(hello, id, now))
    }

    /// As [`open`](Self::open), but where the mount is in use by the same user it waits a little
    /// longer than two seconds to see whether the old connection still sends: an encoder that
    /// reconnects after a half-open drop always gets in.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn open_again(
        &self,
        mount: &MountPath,
        hello: SourceHello,
    ) -> Result<SourceHandle, Refused> {
        let until = self.shared.clock.monotonic() + deck::QUIET + QUIET_SLACK;
        loop {
            let stepped = self.shared.stepped.notified();
            let again = self.is_fed_by(mount, &hello.principal.user)
                && self.shared.clock.monotonic() < until;
            match self.open(mount, hello.clone()) {
                Err(Refused::InUse) if again => stepped.await,
                ended => return ended,
            }
        }
    }

    fn is_fed_by(&self, mount: &MountPath, user: &str) -> bool {
        self.slot(mount).is_some_and(|slot| slot.deck.lock().is_fed_by(user))
    }

    /// Lets the audio of a relay on; whoever relayed before is let go.
    ///
    /// # Errors
    /// [`Refused`].
    pub(crate) fn open_relay(
        &self,
        mount: &MountPath,
        hello: SourceHello,
    ) -> Result<SourceHandle, Refused> {
        let user = hello.principal.user.clone();
        self.let_on(mount, user, |deck, id, now| deck.open_relay(hello, id, now))
    }

    fn let_on(
        &self,
        mount: &MountPath,
        user: Arc<str>,
        open: impl FnOnce(&mut Deck, u64, ProgrammeTime) -> Result<Arc<Gate>, Refused>,
    ) -> Result<SourceHandle, Refused> {
        let slot = self.slot(mount).ok_or_else(|| Refused::NoSuchMount(mount.clone()))?;
        let id = self.shared.next_id.fetch_add(1, Ordering::Relaxed);
        let clock = self.shared.clock.clone();
        let gate = open(&mut slot.deck.lock(), id, clock.now())?;
        Ok(SourceHandle::new(mount.clone(), slot.deck.clone(), clock, user, id, gate))
    }

    /// Sets the title of a mount's source: of the audio that arrives from now on.
    ///
    /// # Errors
    /// [`Refused`] if there is no such mount, or it takes no titles this way (Ogg).
    pub fn set_title(&self, mount: &MountPath, title: RawTitle) -> Result<(), Refused> {
        let slot = self.slot(mount).ok_or_else(|| Refused::NoSuchMount(mount.clone()))?;
        let now = self.shared.clock.now();
        slot.deck.lock().set_title(&title, now)
    }

    /// Lets a mount's source go (`killsource`), with all that it sent. `false`: there was none.
    pub fn kill_source(&self, mount: &MountPath) -> bool {
        self.slot(mount).is_some_and(|slot| slot.deck.lock().kill_source())
    }

    /// How a mount stands.
    pub fn status(&self, mount: &MountPath) -> Option<DeckStatus> {
        let now = self.shared.clock.now();
        Some(self.slot(mount)?.deck.lock().status(now))
    }

    /// How all mounts stand, in the order in which they were added.
    pub fn statuses(&self) -> Vec<DeckStatus> {
        let now = self.shared.clock.now();
        let slots = self.shared.slots.read().clone();
        slots.iter().map(|slot| slot.deck.lock().status(now)).collect()
    }

    /// How a mount's relay stands, if it is connected.
    pub fn relay_status(&self, mount: &MountPath) -> Option<SourceStatus> {
        self.slot(mount)?.deck.lock().relay_status()
    }

    /// What the source of a mount, or else its relay, says of its stream. The same `Arc` for as
    /// long as it is connected; `None` while neither is.
    pub fn about(&self, mount: &MountPath) -> Option<Arc<About>> {
        self.slot(mount)?.deck.lock().about()
    }

    /// Is there such a mount?
    pub(crate) fn has(&self, mount: &MountPath) -> bool {
        self.slot(mount).is_some()
    }

    /// The URL that a mount relays, now.
    pub(crate) fn relay_of(&self, mount: &MountPath) -> Option<String> {
        self.slot(mount)?.deck.lock().mount().source.relay.clone()
    }

    pub(crate) fn slot(&self, mount: &MountPath) -> Option<Arc<Slot>> {
        self.shared.slots.read().iter().find(|slot| slot.name(mount).is_some()).cloned()
    }
}
