#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod format;
mod framer;

pub use format::{Codec, Format};
pub use framer::{Framed, Framer, Packet, Skipped};
