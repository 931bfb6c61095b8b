#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod air;
mod connected;
mod deck;
mod feed;
mod follower;
mod icy;
mod id3;
mod input;
mod looping;
mod source;
mod status;
mod title;

pub use air::{Air, DeckSetup};
pub use looping::{LoopError, check_loop};
pub use source::{Refused, SourceHandle, SourceHello};
pub use status::{DeckStatus, OnAir, SourceStatus};
pub use title::{RawTitle, Title};
