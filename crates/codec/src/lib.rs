#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod adts;
mod format;
mod framer;
mod frames;
mod level;
pub mod mp3;
pub mod ogg;
mod webm;

pub use format::{Codec, Format};
pub use framer::{Framed, Framer, Packet, Skipped};
pub use level::{Level, LevelMeter};
