#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod about;
mod air;
mod connected;
mod deck;
mod feed;
mod follower;
mod icy;
mod id3;
mod input;
mod login;
mod looping;
mod relay;
mod remote;
mod shoutcast;
mod silence;
mod source;
mod splice;
mod status;
mod title;

pub use about::About;
pub use air::{Air, DeckSetup};
pub use login::{SourceDoor, serve_source};
pub use looping::{LoopError, check_loop};
pub use relay::run_relay;
pub use shoutcast::serve_shoutcast;
pub use source::{Refused, SourceHandle, SourceHello};
pub use splice::Splice;
pub use status::{DeckStatus, OnAir, SourceStatus};
pub use title::{RawTitle, Title};
