//! The site over real loopback connections.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod admin;
mod events;
mod front;
mod home;
mod rig;
mod status;
