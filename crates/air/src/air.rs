//! All that is on the air.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use airtime::{Clock, Monotonic, ProgrammeTime};
use bytes::Bytes;
use codec::Codec;
use lineup::{Mount, MountPath, RenditionId, StationId, StreamId};
use parking_lot::{Mutex, RwLock};
use tape::{Appender, EventLog, Tape};
use tokio::sync::Notify;

use crate::deck::{self, Deck, Meters};
use crate::follower::Heard;
use crate::source::Gate;
use crate::{About, DeckStatus, RawTitle, Refused, SourceHandle, SourceHello, SourceStatus};

/// What was on its way when a connection broke may still come for so long.
const QUIET_SLACK: Duration = Duration::from_millis(500);

/// The station's air: one deck for every rendition, which is filled by a source, a relay or what is
/// fallen back to. A clone is the same air.
#[derive(Clone, Debug)]
pub struct Air {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    clock: Arc<dyn Clock>,
    slots: RwLock<Slots>,
    next_id: AtomicU64,
    /// The air has advanced.
    stepped: Notify,
}

/// The decks, and the mounts that lead to them.
#[derive(Debug, Default)]
struct Slots {
    decks: Vec<Arc<Slot>>,
    names: Vec<Name>,
}

/// A deck, and what others need to know of it without waiting for it.
#[derive(Debug)]
pub(crate) struct Slot {
    fills: Filled,
    codec: Codec,
    heard: Heard,
    deck: Arc<Mutex<Deck>>,
    meters: Meters,
    /// Which source was let on last, and at which mount.
    came_by: Mutex<Option<(u64, MountPath)>>,
    /// The mount's rules have changed, or it was taken off the air.
    pub(crate) changed: Notify,
}

/// The rendition that a deck fills: what it is, whatever its mounts are called.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Filled {
    station: StationId,
    stream: StreamId,
    rendition: RenditionId,
}

impl Filled {
    fn by(mount: &Mount) -> Self {
        let (station, stream) = (mount.station.clone(), mount.stream.clone());
        Self { station, stream, rendition: mount.rendition.clone() }
    }
}

/// A mount that leads to a deck.
#[derive(Clone, Debug)]
struct Name {
    path: MountPath,
    to: Filled,
    /// It takes sources.
    accepts: bool,
}

impl Name {
    fn of(mount: &Mount) -> Self {
        Self { path: mount.path.clone(), to: Filled::by(mount), accepts: mount.source.accepts }
    }
}

impl Slots {
    fn name(&self, path: &MountPath) -> Option<&Name> {
        self.names.iter().find(|name| name.path == *path)
    }

    fn filling(&self, rendition: &Filled) -> Option<&Arc<Slot>> {
        self.decks.iter().find(|slot| slot.fills == *rendition)
    }

    /// Whether a source that came by `path` may still feed `slot`.
    fn may_feed(&self, path: &MountPath, slot: &Slot) -> bool {
        self.name(path).is_some_and(|name| name.accepts && name.to == slot.fills)
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
            slots: RwLock::default(),
            next_id: AtomicU64::new(1),
            stepped: Notify::new(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Puts a deck on the air, in place of any other of the same rendition. Its own mount leads to
    /// it, unless [`route`](Self::route) has said where that leads.
    pub fn add(&self, deck: DeckSetup) {
        let name = Name::of(&deck.mount);
        self.remove(&deck.mount.station, &deck.mount.stream, &deck.mount.rendition);
        let heard = Heard {
            tape: deck.tape.clone(),
            events: deck.events.clone(),
            station: deck.mount.station.clone(),
            stream: deck.mount.stream.clone(),
        };
        let meters = Meters::default();
        let slot = Slot {
            fills: name.to.clone(),
            codec: deck.codec,
            heard,
            deck: Arc::new(Mutex::new(Deck::new(deck, meters.clone()))),
            meters,
            came_by: Mutex::new(None),
            changed: Notify::new(),
        };
        let mut slots = self.shared.slots.write();
        slots.decks.push(Arc::new(slot));
        if slots.name(&name.path).is_none() {
            slots.names.push(name);
        }
    }

    /// Says which mounts there are from now on, all at once, and so which decks they lead to, by
    /// their renditions. Sources are let on at those that accept them, and titles and orders find a
    /// deck by any. A source whose mount doesn't lead to what it feeds any more is let go.
    pub fn route<'a>(&self, mounts: impl IntoIterator<Item = &'a Mount>) {
        let names = mounts.into_iter().map(Name::of).collect();
        self.shared.slots.write().names = names;
        // Never a deck's lock inside of this one: whoever steps a deck asks where mounts lead.
        for slot in self.slots() {
            let strayed = {
                let slots = self.shared.slots.read();
                slot.came_by.lock().take_if(|(_, path)| !slots.may_feed(path, &slot))
            };
            if let Some((id, _)) = strayed {
                slot.deck.lock().let_source_go(id, "its mount leads elsewhere now");
            }
            slot.changed.notify_waiters();
        }
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
        let slot = {
            let mut slots = self.shared.slots.write();
            for name in slots.names.iter_mut().filter(|name| name.path == mount.path) {
                *name = Name::of(mount);
            }
            slots.filling(&Filled::by(mount)).cloned()
        };
        if let Some(slot) = slot {
            // The air does not wait until the sounds are read.
            let chain = loops.map(|loops| deck::chain(mount, slot.codec, loops));
            let unused = slot.deck.lock().update(mount, chain);
            slot.changed.notify_waiters();
            drop(unused);
        }
    }

    /// Takes the deck of a rendition off the air; its source is let go.
    pub fn remove(&self, station: &StationId, stream: &StreamId, rendition: &RenditionId) {
        let is_it = |slot: &Arc<Slot>| {
            let fills = &slot.fills;
            (&fills.station, &fills.stream, &fills.rendition) == (station, stream, rendition)
        };
        let mut slots = self.shared.slots.write();
        if let Some(index) = slots.decks.iter().position(is_it) {
            let slot = slots.decks.remove(index);
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
        let find = |path: &MountPath| Some(self.slot(path)?.heard.clone());
        for slot in &self.slots() {
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
        for slot in &self.slots() {
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
        if !self.shared.slots.read().name(mount).is_some_and(|name| name.accepts) {
            return Err(Refused::NoSuchMount(mount.clone()));
        }
        let user = hello.principal.user.clone();
        let (slot, handle) = self.let_on(mount, user, |deck, id, now| deck.open(hello, id, now))?;
        *slot.came_by.lock() = Some((handle.id, mount.clone()));
        if !self.shared.slots.read().may_feed(mount, &slot) {
            // The mounts were changed meanwhile.
            slot.deck.lock().let_source_go(handle.id, "its mount leads elsewhere now");
        }
        Ok(handle)
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
        let opened = self.let_on(mount, user, |deck, id, now| deck.open_relay(hello, id, now));
        opened.map(|(_, handle)| handle)
    }

    fn let_on(
        &self,
        mount: &MountPath,
        user: Arc<str>,
        open: impl FnOnce(&mut Deck, u64, ProgrammeTime) -> Result<Arc<Gate>, Refused>,
    ) -> Result<(Arc<Slot>, SourceHandle), Refused> {
        let slot = self.slot(mount).ok_or_else(|| Refused::NoSuchMount(mount.clone()))?;
        let id = self.shared.next_id.fetch_add(1, Ordering::Relaxed);
        let clock = self.shared.clock.clone();
        let gate = open(&mut slot.deck.lock(), id, clock.now())?;
        let handle = SourceHandle::new(mount.clone(), slot.deck.clone(), clock, user, id, gate);
        Ok((slot, handle))
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
        self.slots().iter().map(|slot| slot.deck.lock().status(now)).collect()
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
        let slots = self.shared.slots.read();
        slots.filling(&slots.name(mount)?.to).cloned()
    }

    fn slots(&self) -> Vec<Arc<Slot>> {
        self.shared.slots.read().decks.clone()
    }
}
