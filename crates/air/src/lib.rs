#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod air;
mod source;
mod title;

pub use air::{Air, DeckSetup, DeckStatus, OnAir, SourceStatus};
pub use source::{Refused, SourceHandle, SourceHello};
pub use title::{RawTitle, Title};
