//! The air through its public surface: simulated time, tapes in memory, frames that can be told
//! apart, and sources over real sockets.
#![allow(clippy::unwrap_used, reason = "tests")]

mod chain;
mod door_rig;
mod hostile;
mod login;
mod pace;
mod real;
mod relays;
mod rig;
mod silence;
mod takeover;
mod titles;
