//! Cutting a byte stream into whole frames.

use std::sync::Arc;

use bytes::Bytes;

use crate::{Codec, Format};

/// Cuts what a source sends into frames (MP3, AAC), pages (Ogg) or clusters (WebM).
///
/// Push bytes as they come, in pieces of any size, and take what is whole. It never panics and
/// holds a bounded amount of memory (one largest frame, page or header set) whatever is pushed.
#[derive(Debug)]
pub struct Framer {
    codec: Codec,
}

impl Framer {
    /// A framer for a stream that announces itself as `codec`.
    pub fn new(codec: Codec) -> Self {
        Self { codec }
    }

    /// Adds bytes as they came from the source.
    pub fn push(&mut self, bytes: &[u8]) {
        let _ = (bytes, self.codec);
    }

    /// The next whole thing, or `None` until more is pushed.
    pub fn next(&mut self) -> Option<Framed> {
        None
    }
}

/// What a framer found next.
#[derive(Clone, Debug, PartialEq)]
pub enum Framed {
    /// From here on, packets are of this format. `header` must be sent to every decoder that
    /// starts later (Ogg: the header pages; WebM: everything before the first cluster; empty for
    /// MP3 and AAC). Comes before the first packet, and again where an Ogg stream is chained.
    Epoch {
        /// The format.
        format: Format,
        /// What every later joiner needs first.
        header: Arc<[u8]>,
    },
    /// One frame, page or cluster.
    Packet(Packet),
    /// Bytes that are no audio were left out.
    Skipped(Skipped),
}

/// The smallest piece that may be sent or kept: an MP3 or ADTS frame, an Ogg page, part of a WebM
/// cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Packet {
    /// The encoded bytes, whole.
    pub bytes: Bytes,
    /// Samples per channel that it plays; 0 for pieces that play nothing or can't be known.
    pub samples: u32,
    /// A decoder that has the epoch's header may start here (MP3, AAC: always; Ogg: the page
    /// begins with a fresh packet; WebM: a cluster begins).
    pub entry: bool,
    /// MP3 only: bytes of earlier frames' main data that this frame leans on
    /// (`main_data_begin`, ISO/IEC 11172-3 2.4.1.7). 0 elsewhere.
    pub reservoir: u16,
}

/// Why bytes were left out of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// How many bytes.
    pub bytes: u64,
    /// Why, in words for the log.
    pub reason: &'static str,
}
