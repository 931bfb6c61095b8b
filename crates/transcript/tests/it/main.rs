//! The crate as its users meet it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod conservation;
mod conventions;
mod corpus;
mod hostile;
mod linear;
mod measure;
mod rules;
mod score;
mod scores;
mod traits;
