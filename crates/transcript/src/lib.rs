#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

#[cfg(test)]
mod arbitrary;
mod cast;
mod compare;
mod convention;
mod diff;
mod format;
mod html;
mod identity;
mod json;
mod matching;
mod model;
mod prose;
mod read;
mod source;
mod tally;
mod timed;
mod write;

pub use compare::{Change, Comparison, Fate, FieldChange, Run, Step, compare};
pub use convention::{CONVENTIONS, Convention};
pub use json::JSON_SCHEMA;
pub use model::*;
pub use read::{ReadError, ReadOptions, read};
pub use tally::{Share, Tally, tally};
pub use write::{Form, Written, write};
