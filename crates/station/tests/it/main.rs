//! Stations opened, changed and watched.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod health;
mod opening;
mod playing;
mod reload;
mod rig;
