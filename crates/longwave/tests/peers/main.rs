//! Longwave among real peers: what people's encoders send and their players hear.
//!
//! These tests run on the machine's own clock, because ffmpeg, Icecast and Liquidsoap do. They wait
//! for conditions, never for a time to be enough.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that can't go on fails")]
#![allow(clippy::disallowed_methods, reason = "real peers run on the machine's own clock")]

mod clock;
mod faults;
mod listeners;
mod power;
mod relays;
mod rig;
mod sound;
mod sources;
