//! How many connections there may be: in all, and from one address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

/// Bounds of what the front receives.
#[derive(Clone, Copy, Debug)]
pub struct FrontSettings {
    /// Connections at the same time, on all sockets together and listeners included, at most.
    pub max_connections: usize,
    /// Connections beyond these that only sources may have, so that an encoder gets back in
    /// while listeners fill the house.
    pub kept_for_sources: usize,
    /// Connections of one address (of one /64 in IPv6) that are no listener's seat, at most. A
    /// campus or a mobile network is one address; what a mount's listeners may have is the
    /// mount's own matter. This machine's own addresses and trusted proxies have no bound.
    pub max_per_address: usize,
}

impl Default for FrontSettings {
    fn default() -> Self {
        Self { max_connections: 15_000, kept_for_sources: 32, max_per_address: 1000 }
    }
}

/// Everybody who is connected and has no listener's seat.
#[derive(Debug)]
pub(crate) struct Crowd {
    settings: FrontSettings,
    open: AtomicUsize,
    addresses: Mutex<HashMap<IpAddr, usize>>,
}

/// There is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// For anybody.
    House,
    /// For this address.
    Address,
}

impl Crowd {
    pub(crate) fn new(settings: FrontSettings) -> Arc<Self> {
        Arc::new(Self { settings, open: AtomicUsize::new(0), addresses: Mutex::default() })
    }

    /// A place for one more connection, while `seated` listeners have theirs.
    pub(crate) fn enter(self: &Arc<Self>, seated: usize) -> Result<Place, Full> {
        let most = self.settings.max_connections;
        let others = self.open.fetch_add(1, Ordering::Relaxed) + seated;
        let place = Place { crowd: self.clone(), address: None, only_for_source: others >= most };
        if others >= most.saturating_add(self.settings.kept_for_sources) {
            return Err(Full::House);
        }
        Ok(place)
    }

    fn is_over(&self, seated: usize) -> bool {
        self.open.load(Ordering::Relaxed) + seated > self.settings.max_connections
    }
}

/// One connection's place, for as long as it lives.
#[derive(Debug)]
pub(crate) struct Place {
    crowd: Arc<Crowd>,
    /// Whose it is, once that is known and bounded.
    address: Option<IpAddr>,
    only_for_source: bool,
}

impl Place {
    /// Says whose the connection is: on a proxy's, it may be another's with every request.
    pub(crate) fn is_of(&mut self, client: IpAddr) -> Result<(), Full> {
        let key = counted_as(client);
        if self.address == key {
            return Ok(());
        }
        self.leave_address();
        let Some(key) = key else { return Ok(()) };
        let mut addresses = self.crowd.addresses.lock();
        let count = addresses.entry(key).or_insert(0);
        if *count >= self.crowd.settings.max_per_address {
            return Err(Full::Address);
        }
        *count += 1;
        self.address = Some(key);
        Ok(())
    }

    /// May only a source have it, as all others are taken?
    pub(crate) fn is_only_for_source(&self) -> bool {
        self.only_for_source
    }

    /// Makes the place anybody's if there is room again.
    pub(crate) fn settle(&mut self, seated: usize) -> Result<(), Full> {
        self.only_for_source &= self.crowd.is_over(seated);
        if self.only_for_source { Err(Full::House) } else { Ok(()) }
    }

    fn leave_address(&mut self) {
        let Some(key) = self.address.take() else { return };
        let mut addresses = self.crowd.addresses.lock();
        if let Some(count) = addresses.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                addresses.remove(&key);
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.leave_address();
        self.crowd.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What `client` is counted as; `None` if it isn't. Whoever has one IPv6 address has the /64.
fn counted_as(client: IpAddr) -> Option<IpAddr> {
    match client.to_canonical() {
        address if address.is_loopback() => None,
        IpAddr::V6(address) => {
            let network = u128::from(address) & !u128::from(u64::MAX);
            Some(IpAddr::V6(Ipv6Addr::from(network)))
        }
        address => Some(address),
    }
}
