#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

#[cfg(test)]
mod arbitrary;
mod cast;
mod format;
mod html;
mod identity;
mod json;
mod matching;
mod model;
mod prose;
mod read;
mod source;
mod timed;
mod write;

pub use model::*;
pub use read::{ReadError, ReadOptions, read};
pub use write::{Form, Written, write};
