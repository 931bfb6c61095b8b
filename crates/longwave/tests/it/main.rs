//! The program as people and other programs meet it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod command_line;
mod configuration;
mod on_air;
mod reload;
mod rig;
mod sealed;
mod transcript_docs;
mod transcripts;
