//! The binary's inside: configuration, command line, wiring, the demo station.
#![forbid(unsafe_code)]

mod cli;
mod demo;
mod failure;
mod limits;
mod logging;
mod on_air;
mod screen;

pub use cli::run;
