#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod check;
mod lineup;
mod mount;
mod name;
mod station;

pub use lineup::{Lineup, LineupError};
pub use mount::{BurstLength, Fallback, Mount, OnSilence, SilencePolicy, SourcePolicy};
pub use name::{MountPath, NameError, RenditionId, StationId, StreamId};
pub use station::{Rendition, Station, Stream};
