#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod playing;
mod station;

pub use playing::NowPlaying;
pub use station::{Alarm, Health, OpenError, Station, StationSettings, StreamHealth};
