#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod icy;
mod join;
mod line;
mod listen;
mod mounted;
mod pump;
mod reply;
mod run;
mod seat;
mod session;
mod time_map;
mod weave;
mod wish;

pub use listen::{Joined, Listen, ListenSettings, MountSetup};
pub use mounted::MountCounts;
pub use seat::SeatInfo;
pub use session::{SessionId, SessionLog, SessionRecord};
pub use time_map::{TimeMap, TimeMapEntry};
