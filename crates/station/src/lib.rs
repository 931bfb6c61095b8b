#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod acquainted;
mod alarm;
mod health;
mod open;
mod playing;
mod pulse;
mod reload;
mod rooms;
mod station;

pub use alarm::Alarm;
pub use health::{Health, StreamHealth};
pub use open::{OpenError, StationSettings};
pub use playing::NowPlaying;
pub use reload::FallBackError;
pub use station::Station;
