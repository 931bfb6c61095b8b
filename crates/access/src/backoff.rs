//! Making an address that guesses wait.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use airtime::Monotonic;

/// Where somebody comes from, as far as guessing goes: an IPv4 address, or an IPv6 /64 (what one
/// customer has to himself).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Origin(IpAddr);

impl Origin {
    /// The address, or the first of the network.
    pub(crate) fn address(self) -> IpAddr {
        self.0
    }
}

impl From<IpAddr> for Origin {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(v6) => {
                let network = v6.to_bits() >> 64 << 64;
                IpAddr::V6(Ipv6Addr::from_bits(network))
            }
            v4 => v4,
        })
    }
}

/// Wrong and right passwords by origin. Bounded: the origin that was quiet for longest is forgotten
/// first, and one that had a right password after all others.
#[derive(Debug, Default)]
pub(crate) struct BackOff {
    origins: HashMap<Origin, Record>,
}

#[derive(Clone, Copy, Debug)]
struct Record {
    /// Wrong passwords since the last right one.
    wrong: u32,
    /// Asked again before this, it is refused unheard.
    until: Monotonic,
    /// When something was last heard.
    last: Monotonic,
    /// When it last had a right password.
    right: Option<Monotonic>,
}

impl BackOff {
    /// How long `origin` still has to wait.
    pub(crate) fn wait(&self, origin: Origin, now: Monotonic) -> Option<Duration> {
        let record = self.origins.get(&origin)?;
        record.until.checked_sub(now).filter(|left| !left.is_zero())
    }

    /// Counts a wrong password; how long `origin` has to wait from now on, if at all.
    pub(crate) fn wrong(&mut self, origin: Origin, now: Monotonic) -> Option<Duration> {
        let record = self.record(origin, now);
        record.wrong = record.wrong.saturating_add(1);
        let doublings = record.wrong.checked_sub(FREE_GUESSES)?;
        let longest = match record.right {
            Some(right) if now.saturating_sub(right) < REMEMBERED => LONGEST_KNOWN,
            _ => LONGEST,
        };
        // 2^9 s is beyond the longest wait.
        let wait = Duration::from_secs(1 << doublings.min(9)).min(longest);
        record.until = now + wait;
        Some(wait)
    }

    /// Did a right password come from `origin` lately?
    pub(crate) fn knows(&self, origin: Origin, now: Monotonic) -> bool {
        let right = self.origins.get(&origin).and_then(|record| record.right);
        right.is_some_and(|right| now.saturating_sub(right) < REMEMBERED)
    }

    /// Where right passwords came from lately.
    pub(crate) fn known(&self, now: Monotonic) -> Vec<Origin> {
        let origins = self.origins.keys().copied();
        origins.filter(|origin| self.knows(*origin, now)).collect()
    }

    /// A right password: `origin` starts afresh.
    pub(crate) fn right(&mut self, origin: Origin, now: Monotonic) {
        let record = self.record(origin, now);
        *record = Record { wrong: 0, until: Monotonic::ZERO, last: now, right: Some(now) };
    }

    fn record(&mut self, origin: Origin, now: Monotonic) -> &mut Record {
        if self.origins.len() >= MOST_ORIGINS && !self.origins.contains_key(&origin) {
            self.make_room(now);
        }
        let fresh = Record { wrong: 0, until: Monotonic::ZERO, last: now, right: None };
        let record = self.origins.entry(origin).or_insert(fresh);
        if now.saturating_sub(record.last) > FORGOTTEN {
            record.wrong = 0;
        }
        record.last = now;
        record
    }

    /// Forgets what no longer matters; if everything does, the tenth that was quiet for longest,
    /// so that the next many newcomers cost nothing.
    fn make_room(&mut self, now: Monotonic) {
        let heard = |record: &Record| now.saturating_sub(record.last);
        self.origins.retain(|_, record| {
            let age = heard(record);
            age <= FORGOTTEN || (record.right.is_some() && age <= REMEMBERED)
        });
        if self.origins.len() < MOST_ORIGINS {
            return;
        }
        let worth = |record: &Record| (record.right.is_some(), record.last);
        let mut worths: Vec<_> = self.origins.values().map(worth).collect();
        let (_, cut, _) = worths.select_nth_unstable(MOST_ORIGINS / 10);
        let cut = *cut;
        let mut surplus = MOST_ORIGINS / 10;
        self.origins.retain(|_, record| {
            let goes = surplus > 0 && worth(record) <= cut;
            surplus -= usize::from(goes);
            !goes
        });
    }
}

/// So many wrong passwords cost nothing; the last of them starts the first wait, of a second.
const FREE_GUESSES: u32 = 5;

/// No wait is longer.
const LONGEST: Duration = Duration::from_secs(5 * 60);

/// No wait is longer for an origin that had a right password lately: behind one address there may
/// be a good encoder beside one that is set up wrong.
const LONGEST_KNOWN: Duration = Duration::from_secs(10);

/// A right password counts for so long.
const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);

/// Wrong passwords are forgotten after so long without another.
const FORGOTTEN: Duration = Duration::from_secs(15 * 60);

/// Origins kept at once (some 100 bytes each).
const MOST_ORIGINS: usize = 10_000;
