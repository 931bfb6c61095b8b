#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod conn;
mod head;
mod parse;
mod reply;
mod shoutcast;
mod target;

pub use conn::{Conn, DoorError, DoorSettings, Peer, Transport, admit};
pub use head::{BodyLength, HeadError, Headers, Method, Opening, RequestHead, Version};
pub use parse::{HEAD_LIMIT, parse, parse_fields};
pub use reply::Reply;
pub use shoutcast::{ShoutcastLogin, is_poke, shoutcast_logins};
