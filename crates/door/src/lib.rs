#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod admit;
mod answer;
mod body;
mod caller;
mod chunked;
mod conn;
mod forwarded;
mod head;
mod parse;
mod proxy;
mod reply;
mod shoutcast;
mod target;
mod tls;

pub use admit::{DoorSettings, admit};
pub use answer::answer;
pub use body::{Body, BodyError};
pub use caller::{Call, Caller};
pub use chunked::ChunkedDecoder;
pub use conn::{Conn, DoorError, Peer, Transport};
pub use head::{BodyLength, HeadError, Headers, Method, Opening, RequestHead, Version};
pub use parse::{HEAD_LIMIT, parse, parse_fields};
pub use reply::Reply;
pub use shoutcast::{ShoutcastLogin, is_poke, shoutcast_logins};
pub use tls::{TlsCertificates, TlsError};
