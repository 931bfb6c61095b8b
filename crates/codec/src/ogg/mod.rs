//! Ogg: Opus, Vorbis and FLAC (RFC 3533, RFC 7845).

mod comments;
mod head;
mod page;
mod pages;
mod restamp;

pub use comments::comments;
pub use head::{format, opus_samples};
pub use page::{Page, last_packets};
pub use restamp::Restamper;

pub(crate) use pages::Pages;
