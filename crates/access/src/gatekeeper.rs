//! Checking credentials without letting the checking stall the station.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use airtime::{Clock, Monotonic};
use blake2::Blake2sMac256;
use blake2::digest::{KeyInit as _, Mac as _};
use parking_lot::Mutex;
use thiserror::Error;

use crate::backoff::{BackOff, Origin};
use crate::turnstile::Turnstile;
use crate::{Credentials, Grant, PasswordHash, Principal, Scope};

/// Checks credentials against the guest list.
///
/// A check costs argon2's time once; for five minutes the same credentials are then known at
/// once. An address (IPv6: a /64) that gave five wrong passwords waits, a second at first, then
/// twice as long for each further one, up to five minutes (ten seconds where a right password
/// came from within a day); meanwhile it is refused unheard. Whoever's credentials are known is
/// let in whatever else comes from their address.
pub struct Gatekeeper {
    clock: Arc<dyn Clock>,
    turnstile: Turnstile,
    state: Mutex<State>,
    /// Of this process alone: what is kept of verified credentials is of no use elsewhere.
    key: [u8; 32],
}

struct State {
    guests: Arc<Guests>,
    known: HashMap<Fingerprint, Known>,
    back_off: BackOff,
}

struct Guests {
    grants: HashMap<String, Vec<(PasswordHash, Vec<Scope>)>>,
    /// Checked for users who don't exist, so that they can't be told by the time it takes.
    decoy: Option<PasswordHash>,
}

struct Known {
    principal: Principal,
    until: Monotonic,
}

type Fingerprint = [u8; 32];

impl Gatekeeper {
    /// A gatekeeper with this guest list.
    pub fn new(grants: Vec<Grant>, clock: Arc<dyn Clock>) -> Self {
        let mut key = [0; 32];
        if getrandom::fill(&mut key).is_err() {
            // Without randomness a fixed key still keeps secrets out of plain sight in memory.
            tracing::error!("no randomness: fingerprints of credentials have a fixed key");
        }
        let state = State {
            guests: Arc::new(Guests::new(grants)),
            known: HashMap::new(),
            back_off: BackOff::default(),
        };
        Self { clock, turnstile: Turnstile::default(), state: Mutex::new(state), key }
    }

    /// Replaces the guest list (on reload). Whoever is in stays in; whoever comes is checked
    /// against the new list.
    pub fn replace(&self, grants: Vec<Grant>) {
        let guests = Arc::new(Guests::new(grants));
        let mut state = self.state.lock();
        state.guests = guests;
        state.known.clear();
    }

    /// Checks credentials. Slow (argon2) unless the same were verified lately: call it where
    /// blocking is allowed. At most two checks run at once; others wait in line, up to 64, and up
    /// to 16 of one address. A user name that stands in several lines of the guest list costs a
    /// check for each. Addresses from which a right password came within a day come first, and
    /// have 64 places of their own: whoever fills the line doesn't keep them out.
    ///
    /// # Errors
    /// [`Denied`].
    pub fn check(&self, credentials: &Credentials, from: IpAddr) -> Result<Principal, Denied> {
        let readings = std::slice::from_ref(credentials);
        self.check_readings(readings, from, |_, _| true).map(|(_, principal)| principal)
    }

    /// Checks what may be read in several ways (a SHOUTcast password line) as the one guess that it
    /// is: the first reading that is right and, as `fits` says, leads somewhere, with its index.
    /// Each reading costs a check, all of them one wrong password at most.
    ///
    /// # Errors
    /// [`Denied`]; [`Denied::Wrong`] also if what is right leads nowhere.
    pub fn check_readings(
        &self,
        readings: &[Credentials],
        from: IpAddr,
        fits: impl Fn(usize, &Principal) -> bool,
    ) -> Result<(usize, Principal), Denied> {
        let origin = Origin::from(from);
        let prints: Vec<Fingerprint> = readings.iter().map(|it| self.fingerprint(it)).collect();
        if let Some(answer) = self.answer_at_once(&prints, origin, &fits) {
            return answer;
        }
        let known = self.state.lock().back_off.knows(origin, self.clock.monotonic());
        let Some(_turn) = self.turnstile.enter(origin, known) else {
            return Err(Denied::Busy);
        };
        // While this one waited, another may have found out.
        if let Some(answer) = self.answer_at_once(&prints, origin, &fits) {
            return answer;
        }
        let guests = Arc::clone(&self.state.lock().guests);
        let mut any_right = false;
        for (index, (credentials, print)) in readings.iter().zip(prints).enumerate() {
            if self.is_known(&print) {
                // Right, and leads nowhere: it would be answered already.
                any_right = true;
                continue;
            }
            let Some(scopes) = guests.scopes(credentials) else { continue };
            any_right = true;
            let principal =
                Principal { user: credentials.user.as_str().into(), scopes: scopes.into() };
            let now = self.clock.monotonic();
            let mut state = self.state.lock();
            state.back_off.right(origin, now);
            if Arc::ptr_eq(&guests, &state.guests) {
                state.remember(print, principal.clone(), now);
            }
            drop(state);
            if fits(index, &principal) {
                return Ok((index, principal));
            }
        }
        let now = self.clock.monotonic();
        if !any_right && let Some(wait) = self.state.lock().back_off.wrong(origin, now) {
            tracing::warn!(address = %from, seconds = wait.as_secs(), "wrong password: the address has to wait");
        }
        Err(Denied::Wrong)
    }

    /// Until now somebody was connected from `from` who had been let in: that counts like a right
    /// password, so that a source that was on the air for days finds its way back in.
    pub fn vouch(&self, from: IpAddr) {
        self.state.lock().back_off.right(Origin::from(from), self.clock.monotonic());
    }

    /// The addresses (of a /64 in IPv6 the first) from which a right password came within a day, in
    /// order: to [`vouch`](Self::vouch) for after a restart, so that who was known still is.
    pub fn known(&self) -> Vec<IpAddr> {
        let known = self.state.lock().back_off.known(self.clock.monotonic());
        let mut addresses: Vec<IpAddr> = known.into_iter().map(Origin::address).collect();
        addresses.sort_unstable();
        addresses
    }

    fn answer_at_once(
        &self,
        prints: &[Fingerprint],
        origin: Origin,
        fits: impl Fn(usize, &Principal) -> bool,
    ) -> Option<Result<(usize, Principal), Denied>> {
        let now = self.clock.monotonic();
        let state = self.state.lock();
        for (index, print) in prints.iter().enumerate() {
            if let Some(known) = state.known.get(print).filter(|known| now < known.until)
                && fits(index, &known.principal)
            {
                return Some(Ok((index, known.principal.clone())));
            }
        }
        state.back_off.wait(origin, now).map(|left| Err(Denied::Wait(left)))
    }

    fn is_known(&self, print: &Fingerprint) -> bool {
        let now = self.clock.monotonic();
        self.state.lock().known.get(print).is_some_and(|known| now < known.until)
    }

    fn fingerprint(&self, credentials: &Credentials) -> Fingerprint {
        let mut mac = Blake2sMac256::new(&self.key.into());
        let user = credentials.user.as_bytes();
        mac.update(&(user.len() as u64).to_le_bytes());
        mac.update(user);
        mac.update(credentials.secret.expose().as_bytes());
        mac.finalize().into_bytes().into()
    }
}

impl State {
    fn remember(&mut self, fingerprint: Fingerprint, principal: Principal, now: Monotonic) {
        if self.known.len() >= MOST_KNOWN {
            self.known.retain(|_, known| now < known.until);
        }
        if self.known.len() < MOST_KNOWN {
            self.known.insert(fingerprint, Known { principal, until: now + KNOWN_FOR });
        }
    }
}

impl Guests {
    fn new(grants: Vec<Grant>) -> Self {
        let decoy = grants.first().map(|grant| grant.password.decoy());
        let mut lines: HashMap<String, Vec<(PasswordHash, Vec<Scope>)>> = HashMap::new();
        for Grant { user, password, scopes } in grants {
            let own = lines.entry(user).or_default();
            // The same hash on several mounts is checked once.
            match own.iter_mut().find(|(known, _)| *known == password) {
                Some((_, known)) => known.extend(scopes),
                None => own.push((password, scopes)),
            }
        }
        Self { grants: lines, decoy }
    }

    /// All that this user may do with this password; `None` if it is in none of their lines.
    fn scopes(&self, credentials: &Credentials) -> Option<Vec<Scope>> {
        let Some(lines) = self.grants.get(&credentials.user) else {
            if let Some(decoy) = &self.decoy {
                decoy.verify(&credentials.secret);
            }
            return None;
        };
        let mut right =
            lines.iter().filter(|(hash, _)| hash.verify(&credentials.secret)).peekable();
        right.peek()?;
        let mut scopes: Vec<Scope> = Vec::new();
        for scope in right.flat_map(|(_, scopes)| scopes) {
            if !scopes.contains(scope) {
                scopes.push(scope.clone());
            }
        }
        Some(scopes)
    }
}

impl fmt::Debug for Gatekeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gatekeeper").finish_non_exhaustive()
    }
}

/// Why somebody is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Denied {
    /// No such user with this password.
    #[error("wrong user name or password")]
    Wrong,
    /// This address has guessed too often; it may ask again after this long.
    #[error("too many wrong passwords from this address")]
    Wait(Duration),
    /// Too many checks are already waiting.
    #[error("too many log-ins at once")]
    Busy,
}

/// Verified credentials need no slow check for so long.
const KNOWN_FOR: Duration = Duration::from_secs(5 * 60);

/// Verified credentials kept at once; more than a guest list has lines.
const MOST_KNOWN: usize = 4096;
