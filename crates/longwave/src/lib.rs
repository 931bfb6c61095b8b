#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod cli;
pub mod config;
mod demo;
mod failure;
mod init;
mod limits;
mod logging;
mod on_air;
mod order;
mod running;
mod screen;
mod serve;
mod sounds;
mod tape_command;
mod transcripts;
mod withhold;

pub use cli::run;
