//! The tape, through its public surface.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod disk;
mod ring;
mod studio;
