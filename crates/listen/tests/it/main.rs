//! Listeners over real sockets, a simulated clock and a tape made in memory.
#![allow(clippy::unwrap_used, reason = "tests")]

mod icy;
mod join;
mod limits;
mod live;
mod rewind;
mod sessions;
mod studio;
mod tls;
