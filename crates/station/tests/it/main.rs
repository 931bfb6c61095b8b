//! Stations opened, changed and watched.
#![allow(clippy::unwrap_used, reason = "tests")]

mod health;
mod opening;
mod playing;
mod reload;
mod rig;
