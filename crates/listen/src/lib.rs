#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod auth;
mod entrance;
pub mod icy;
mod join;
mod line;
mod listen;
mod mounted;
mod playlist;
mod pump;
mod reply;
mod run;
mod said;
mod seat;
mod session;
mod session_log;
mod time_map;
mod weave;
mod wish;

pub use listen::{Joined, Listen, ListenSettings, MountSetup};
pub use mounted::MountCounts;
pub use playlist::{PlaylistKind, playlist};
pub use said::Said;
pub use seat::SeatInfo;
pub use session::{SessionId, SessionRecord};
pub use time_map::{TimeMap, TimeMapEntry};
