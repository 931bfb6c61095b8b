//! The pump: serves the seats of all mounts, a slot of 50 ms at a time.
//!
//! Seats lie in a slab per mount and in a wheel of slots: each slot holds the seats that are due
//! then. A seat that was served goes into the slot of its next turn. Seats that stand at the same
//! place share one run of blocks, read from the tape once per slot.

use std::sync::Arc;
use std::time::Duration;

use airtime::{Clock, Monotonic};
use parking_lot::Mutex;

use crate::mounted::Mounted;
use crate::run::Run;
use crate::seat::{Next, Rules, Seat, SeatInfo};
use crate::session_log::SessionLog;

/// How long a slot is.
pub(crate) const SLOT: Duration = Duration::from_millis(50);

/// Shared runs per slot and mount; with more different places than that each is read by itself.
const SHARED_RUNS: usize = 8;

/// Where seats wait to be taken up by a pump, and the pump itself.
#[derive(Debug)]
pub(crate) struct PumpDoor {
    inbox: Mutex<Vec<Seat>>,
    pump: Mutex<Pump>,
}

impl PumpDoor {
    pub(crate) fn new(pump: Pump) -> Self {
        Self { inbox: Mutex::new(Vec::new()), pump: Mutex::new(pump) }
    }

    /// Hands a seat over. Never waits for the pump.
    pub(crate) fn seat(&self, seat: Seat) {
        self.inbox.lock().push(seat);
    }

    /// Serves what is due, and tells when the slot that was served last began.
    pub(crate) fn step(&self) -> Monotonic {
        self.with(Pump::step)
    }

    /// Does something with the pump and every seat that was handed over so far.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Pump) -> T) -> T {
        let mut pump = self.pump.lock();
        let arrived = std::mem::take(&mut *self.inbox.lock());
        for seat in arrived {
            pump.take_up(seat);
        }
        act(&mut pump)
    }
}

/// Serves seats.
#[derive(Debug)]
pub(crate) struct Pump {
    clock: Arc<dyn Clock>,
    log: Option<SessionLog>,
    interval: Duration,
    mounts: Vec<Served>,
    /// The last slot that was served.
    slot: u64,
}

/// The seats of one mount.
#[derive(Debug)]
struct Served {
    mounted: Arc<Mounted>,
    seats: Vec<Option<Seat>>,
    free: Vec<u32>,
    wheel: Vec<Vec<u32>>,
    runs: Vec<Run>,
    due: Vec<u32>,
}

impl Pump {
    pub(crate) fn new(clock: Arc<dyn Clock>, log: Option<SessionLog>, interval: Duration) -> Self {
        let slot = slot_at(clock.monotonic());
        Self { clock, log, interval, mounts: Vec::new(), slot }
    }

    /// Serves every slot that has come due, each at most once however late it is.
    pub(crate) fn step(&mut self) -> Monotonic {
        let now = self.clock.monotonic();
        let current = slot_at(now);
        let behind = current.saturating_sub(self.slot).min(self.wheel_length() as u64);
        self.slot = current - behind;
        while self.slot < current {
            self.slot += 1;
            for index in 0..self.mounts.len() {
                self.serve(index, now);
            }
        }
        self.mounts.retain(|served| {
            !served.mounted.is_removed() || served.seats.len() > served.free.len()
        });
        SLOT * u32::try_from(self.slot).unwrap_or(u32::MAX)
    }

    fn serve(&mut self, index: usize, now: Monotonic) {
        let served = &mut self.mounts[index];
        let length = served.wheel.len() as u64;
        let turn = (self.slot % length) as usize;
        if served.wheel[turn].is_empty() {
            return;
        }
        let mut due = std::mem::take(&mut served.due);
        due.append(&mut served.wheel[turn]);
        let setup = served.mounted.setup.load();
        let rules = Rules::of(&setup.mount, self.interval);
        for key in due.drain(..) {
            let Some(seat) = served.seats.get_mut(key as usize).and_then(Option::as_mut) else {
                continue;
            };
            let allowance = seat.allowance(&rules, now);
            let (cursor, there) = (seat.cursor(), seat.there());
            let same = |run: &Run| run.start == cursor && run.asked == there;
            let at = served.runs.iter().position(same);
            let mut own;
            let run = match at.filter(|_| allowance.is_none()) {
                Some(at) => &mut served.runs[at],
                None => {
                    own = Run::read(&setup.tape, cursor, allowance, there);
                    if allowance.is_none() && served.runs.len() < SHARED_RUNS {
                        served.runs.push(own);
                        let last = served.runs.len() - 1;
                        &mut served.runs[last]
                    } else {
                        &mut own
                    }
                }
            };
            if seat.has_titles() {
                run.with_titles(&setup.events, setup.rendition.offset);
            }
            let next = match served.mounted.is_removed() {
                true => Next::Gone,
                false => seat.serve(run, &setup.tape, &rules, now),
            };
            match next {
                Next::Again(after) => {
                    let slots = u64::try_from(after.as_millis() / SLOT.as_millis()).unwrap_or(1);
                    let slots = slots.clamp(1, length - 1);
                    served.wheel[((self.slot + slots) % length) as usize].push(key);
                    if let (Some(log), Some(record)) = (&self.log, seat.checkpoint(now)) {
                        log.checkpoint(record);
                    }
                }
                Next::Gone => {
                    if let Some(seat) = served.seats[key as usize].take() {
                        served.free.push(key);
                        let_go(seat, self.log.as_ref(), &*self.clock);
                    }
                }
            }
        }
        served.runs.clear();
        served.due = due;
    }

    /// Takes a seat up; its first turn is in the emptiest slot of the second half of an interval.
    fn take_up(&mut self, seat: Seat) {
        let length = self.wheel_length();
        let slot = self.slot;
        let latest = (self.interval.as_millis() / SLOT.as_millis()) as usize;
        let served = self.served(&seat.place.mounted().clone());
        let (after, until) = match seat.first_turn() {
            Some(soon) => {
                let slots = (soon.as_millis() / SLOT.as_millis()) as usize;
                (slots.max(1), slots.max(1))
            }
            None => (latest.div_ceil(2).max(1), latest.max(1)),
        };
        let turn = (after..=until)
            .take_while(|ahead| *ahead < length)
            .map(|ahead| (slot + ahead as u64) as usize % length)
            .min_by_key(|turn| served.wheel[*turn].len())
            .unwrap_or_default();
        served.add(seat, turn);
    }

    fn wheel_length(&self) -> usize {
        let slots = self.interval.as_millis() / SLOT.as_millis();
        usize::try_from(slots).unwrap_or(64).max(40) + 24
    }

    fn served(&mut self, mounted: &Arc<Mounted>) -> &mut Served {
        let known = self.mounts.iter().position(|served| Arc::ptr_eq(&served.mounted, mounted));
        let index = known.unwrap_or_else(|| {
            self.mounts.push(Served {
                mounted: mounted.clone(),
                seats: Vec::new(),
                free: Vec::new(),
                wheel: vec![Vec::new(); self.wheel_length()],
                runs: Vec::new(),
                due: Vec::new(),
            });
            self.mounts.len() - 1
        });
        &mut self.mounts[index]
    }

    /// Who is seated at a mount.
    pub(crate) fn infos(&self, mounted: &Arc<Mounted>) -> Vec<SeatInfo> {
        let now = self.clock.monotonic();
        let head = mounted.setup.load().tape.head();
        let served = self.mounts.iter().filter(|served| Arc::ptr_eq(&served.mounted, mounted));
        let seats = served.flat_map(|served| served.seats.iter().flatten());
        seats.filter(|seat| seat.place.is_shown()).map(|seat| seat.info(head, now)).collect()
    }

    /// Lets the seat of this number go.
    pub(crate) fn kill(&mut self, id: u64) -> bool {
        for served in &mut self.mounts {
            let found = served
                .seats
                .iter()
                .position(|seat| seat.as_ref().is_some_and(|seat| seat.who.id == id));
            if let Some(key) = found {
                if let Some(seat) = served.remove(key) {
                    let_go(seat, self.log.as_ref(), &*self.clock);
                }
                return true;
            }
        }
        false
    }

    /// Lets everybody at `mounted` go, or everybody (`None`), after what they were sent.
    pub(crate) fn let_all_go(&mut self, mounted: Option<&Arc<Mounted>>) {
        for served in &mut self.mounts {
            if mounted.is_some_and(|mounted| !Arc::ptr_eq(mounted, &served.mounted)) {
                continue;
            }
            for key in 0..served.seats.len() {
                if let Some(seat) = served.remove(key) {
                    let_go(seat, self.log.as_ref(), &*self.clock);
                }
            }
        }
    }

    /// Moves everybody: how many.
    pub(crate) fn move_all(&mut self, from: &Arc<Mounted>, to: &Arc<Mounted>) -> usize {
        let setup = to.setup.load();
        let cursor = setup.tape.behind_head(Duration::ZERO);
        let Some(index) = self.mounts.iter().position(|s| Arc::ptr_eq(&s.mounted, from)) else {
            return 0;
        };
        // Every seat keeps its turn.
        let turns = std::mem::take(&mut self.mounts[index].wheel);
        self.mounts[index].wheel = vec![Vec::new(); turns.len()];
        let mut moved = 0;
        for (turn, keys) in turns.into_iter().enumerate() {
            for key in keys {
                let Some(mut seat) = self.mounts[index].remove(key as usize) else { continue };
                if let Some(log) = self.log.as_ref().filter(|_| seat.place.is_shown()) {
                    log.end(seat.record(Some(self.clock.now())));
                }
                let place = seat.place.at(to);
                seat.move_to(place, setup.mount.path.clone(), cursor, &*self.clock);
                self.served(to).add(seat, turn);
                moved += 1;
            }
        }
        moved
    }
}

impl Served {
    fn add(&mut self, seat: Seat, turn: usize) {
        let key = self.free.pop().unwrap_or_else(|| {
            self.seats.push(None);
            u32::try_from(self.seats.len() - 1).unwrap_or(u32::MAX)
        });
        self.seats[key as usize] = Some(seat);
        self.wheel[turn].push(key);
    }

    /// Takes a seat out, off the wheel too: its key may be given to another.
    fn remove(&mut self, key: usize) -> Option<Seat> {
        let seat = self.seats.get_mut(key)?.take()?;
        let key = u32::try_from(key).unwrap_or(u32::MAX);
        for turn in &mut self.wheel {
            if let Some(at) = turn.iter().position(|known| *known == key) {
                turn.swap_remove(at);
                break;
            }
        }
        self.free.push(key);
        Some(seat)
    }
}

fn slot_at(now: Monotonic) -> u64 {
    u64::try_from(now.as_millis() / SLOT.as_millis()).unwrap_or(u64::MAX)
}

fn let_go(mut seat: Seat, log: Option<&SessionLog>, clock: &dyn Clock) {
    seat.close(clock.monotonic());
    if let Some(log) = log
        && seat.place.is_shown()
    {
        log.end(seat.record(Some(clock.now())));
    }
}
