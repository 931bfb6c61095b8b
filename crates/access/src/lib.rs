#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod backoff;
mod gatekeeper;
mod memory;
mod principal;
mod secret;
mod turnstile;

pub use gatekeeper::{Denied, Gatekeeper};
pub use principal::{Credentials, Grant, Principal, Scope};
pub use secret::{HashError, PasswordHash, Secret};
