//! Checking credentials without letting the checking stall the station.

use std::net::IpAddr;
use std::sync::Arc;

use airtime::Clock;
use thiserror::Error;

use crate::{Credentials, Grant, Principal};

/// Checks credentials against the guest list.
#[derive(Debug)]
pub struct Gatekeeper {
    clock: Arc<dyn Clock>,
}

impl Gatekeeper {
    /// A gatekeeper with this guest list.
    pub fn new(grants: Vec<Grant>, clock: Arc<dyn Clock>) -> Self {
        let _ = grants;
        Self { clock }
    }

    /// Replaces the guest list (on reload). Whoever is in stays in.
    pub fn replace(&self, grants: Vec<Grant>) {
        let _ = (grants, &self.clock);
    }

    /// Checks credentials. Slow (argon2) unless the same were verified lately: call it where
    /// blocking is allowed. At most two checks run at once in the process; others wait in line, up to 64.
    ///
    /// # Errors
    /// [`Denied`].
    pub fn check(&self, credentials: &Credentials, from: IpAddr) -> Result<Principal, Denied> {
        let _ = (credentials, from);
        Err(Denied::Wrong)
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
    Wait(std::time::Duration),
    /// Too many checks are already waiting.
    #[error("too many log-ins at once")]
    Busy,
}
