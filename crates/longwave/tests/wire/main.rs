//! What sources see on the wire, byte by byte: a running station and plain sockets.
//!
//! `docs/protocol.md` says which fact each test shows.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
#![allow(clippy::disallowed_methods, reason = "a running station has the machine's own clock")]

mod containers;
mod login;
mod peer;
mod services;
mod shoutcast;
mod station;
