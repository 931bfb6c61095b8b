#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod conn;
mod head;
mod reply;

pub use conn::{Conn, DoorError, DoorSettings, Peer, Transport, admit};
pub use head::{HEAD_LIMIT, HeadError, Headers, Method, Opening, RequestHead, Version, parse};
pub use reply::Reply;
