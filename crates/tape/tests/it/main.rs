//! The tape, through its public surface.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod crash;
mod cut;
mod decode;
mod disk;
mod event;
mod fault;
mod keep;
mod power;
mod random;
mod rewind;
mod ring;
mod studio;
mod torn;
