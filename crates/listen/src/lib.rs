#![doc = include_str!("../README.md")]

mod listen;
mod session;

pub use listen::{
    Joined, Listen, ListenSettings, MountCounts, MountSetup, SeatInfo, TimeMap, TimeMapEntry,
};
pub use session::{SessionId, SessionLog, SessionRecord};
