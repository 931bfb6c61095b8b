//! Behaviour of the crate through its public surface.
#![allow(clippy::unwrap_used, reason = "tests")]

mod lineup;
mod name;
