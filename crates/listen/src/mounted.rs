//! A mount as it is being listened to: its rules, its counts, and who may still come in.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use serde::Serialize;

use crate::{MountSetup, Said};

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

/// A mount that can be listened to.
#[derive(Debug)]
pub(crate) struct Mounted {
    pub(crate) setup: ArcSwap<MountSetup>,
    /// What its source says, for the heads of replies.
    pub(crate) said: ArcSwap<Said>,
    taken: AtomicU32,
    listeners: AtomicU32,
    peak: AtomicU32,
    sessions: AtomicU64,
    skips: AtomicU64,
    bytes: AtomicU64,
    addresses: Mutex<HashMap<IpAddr, u32>>,
    removed: std::sync::atomic::AtomicBool,
}

/// The whole house's places.
#[derive(Debug, Default)]
pub(crate) struct Capacity {
    taken: AtomicU32,
}

/// Why nobody more is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// Everywhere.
    House,
    /// At this mount.
    Mount,
    /// From this address, at this mount.
    Address,
}

impl Mounted {
    pub(crate) fn new(setup: MountSetup) -> Self {
        Self {
            setup: ArcSwap::from_pointee(setup),
            said: ArcSwap::default(),
            taken: AtomicU32::new(0),
            listeners: AtomicU32::new(0),
            peak: AtomicU32::new(0),
            sessions: AtomicU64::new(0),
            skips: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            addresses: Mutex::new(HashMap::new()),
            removed: false.into(),
        }
    }

    pub(crate) fn counts(&self) -> MountCounts {
        MountCounts {
            listeners: self.listeners.load(Relaxed),
            peak: self.peak.load(Relaxed),
            sessions: self.sessions.load(Relaxed),
            skips: self.skips.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
        }
    }

    pub(crate) fn add_bytes(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Relaxed);
    }

    pub(crate) fn add_skip(&self) {
        self.skips.fetch_add(1, Relaxed);
    }

    /// The mount is gone: whoever is still on the way to a seat is let go.
    pub(crate) fn remove(&self) {
        self.removed.store(true, Relaxed);
    }

    pub(crate) fn is_removed(&self) -> bool {
        self.removed.load(Relaxed)
    }

    /// Takes a place for a listener from `address`, if the limits allow. It is not shown in the
    /// counts before [`Place::show`].
    pub(crate) fn take(
        self: &Arc<Self>,
        capacity: &Arc<Capacity>,
        house_limit: Option<u32>,
        address: IpAddr,
    ) -> Result<Place, Full> {
        let setup = self.setup.load();
        step_up(&capacity.taken, house_limit).ok_or(Full::House)?;
        // From here on, dropping the place gives back what was taken.
        let mut place = Place {
            mounted: self.clone(),
            capacity: capacity.clone(),
            address,
            held: Held { mount: false, address: false, shown: false },
        };
        step_up(&self.taken, setup.mount.max_listeners).ok_or(Full::Mount)?;
        place.held.mount = true;
        let mut addresses = self.addresses.lock();
        let here = addresses.entry(address).or_insert(0);
        if setup.mount.max_per_address.is_some_and(|limit| *here >= limit) {
            if *here == 0 {
                addresses.remove(&address);
            }
            drop(addresses);
            return Err(Full::Address);
        }
        *here += 1;
        drop(addresses);
        place.held.address = true;
        Ok(place)
    }
}

/// One listener's place at a mount: it is counted exactly while this lives.
#[derive(Debug)]
pub(crate) struct Place {
    mounted: Arc<Mounted>,
    capacity: Arc<Capacity>,
    address: IpAddr,
    held: Held,
}

#[derive(Debug)]
struct Held {
    mount: bool,
    address: bool,
    shown: bool,
}

impl Place {
    pub(crate) fn mounted(&self) -> &Arc<Mounted> {
        &self.mounted
    }

    /// It is a listener, and no probe: from now on it is shown in the counts.
    pub(crate) fn show(&mut self) {
        if !self.held.shown {
            self.held.shown = true;
            self.mounted.sessions.fetch_add(1, Relaxed);
            let now = self.mounted.listeners.fetch_add(1, Relaxed) + 1;
            self.mounted.peak.fetch_max(now, Relaxed);
        }
    }

    pub(crate) fn is_shown(&self) -> bool {
        self.held.shown
    }

    /// A place at another mount for the same listener, past that mount's limits.
    pub(crate) fn at(&self, other: &Arc<Mounted>) -> Self {
        self.capacity.taken.fetch_add(1, Relaxed);
        other.taken.fetch_add(1, Relaxed);
        *other.addresses.lock().entry(self.address).or_insert(0) += 1;
        let mut place = Self {
            mounted: other.clone(),
            capacity: self.capacity.clone(),
            address: self.address,
            held: Held { mount: true, address: true, shown: false },
        };
        if self.held.shown {
            place.show();
        }
        place
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.capacity.taken.fetch_sub(1, Relaxed);
        if self.held.mount {
            self.mounted.taken.fetch_sub(1, Relaxed);
        }
        if self.held.shown {
            self.mounted.listeners.fetch_sub(1, Relaxed);
        }
        if self.held.address {
            let mut addresses = self.mounted.addresses.lock();
            if let Some(here) = addresses.get_mut(&self.address) {
                *here -= 1;
                if *here == 0 {
                    addresses.remove(&self.address);
                }
            }
        }
    }
}

/// Adds one unless `limit` is reached.
fn step_up(count: &AtomicU32, limit: Option<u32>) -> Option<u32> {
    let below = |now: u32| (now < limit.unwrap_or(u32::MAX)).then(|| now + 1);
    count.fetch_update(Relaxed, Relaxed, below).ok()
}
