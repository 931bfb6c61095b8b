//! Behaviour of the crate through its public surface.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod admit;
mod answer;
mod body;
mod conn;
mod head;
mod pair;
mod reply;
mod shoutcast;
mod tls;
