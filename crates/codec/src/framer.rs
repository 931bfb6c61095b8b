//! Cutting a byte stream into whole frames.

use std::sync::Arc;

use bytes::Bytes;

use crate::frames::Frames;
use crate::mp3::Gapless;
use crate::ogg::Pages;
use crate::webm::Clusters;
use crate::{Codec, Format};

/// Cuts what a source sends into frames (MP3, AAC), pages (Ogg) or clusters (WebM).
///
/// Push bytes as they come, in pieces of any size, and take what is whole. It never panics and
/// holds a bounded amount of memory (a few of the largest frames, a page, a header set) beside
/// what was pushed and not yet taken.
#[derive(Debug)]
pub struct Framer {
    reader: Reader,
}

#[derive(Debug)]
enum Reader {
    Frames(Frames),
    Pages(Box<Pages>),
    Clusters(Clusters),
    Opaque(Opaque),
}

impl Framer {
    /// A framer for a stream that announces itself as `codec`.
    pub fn new(codec: Codec) -> Self {
        let reader = match codec {
            Codec::Mp3 | Codec::Aac => Reader::Frames(Frames::new(codec)),
            Codec::Ogg => Reader::Pages(Box::default()),
            Codec::WebM => Reader::Clusters(Clusters::default()),
            Codec::Opaque => Reader::Opaque(Opaque::default()),
        };
        Self { reader }
    }

    /// Adds bytes as they came from the source.
    pub fn push(&mut self, bytes: &[u8]) {
        match &mut self.reader {
            Reader::Frames(frames) => frames.push(bytes),
            Reader::Pages(pages) => pages.push(bytes),
            Reader::Clusters(clusters) => clusters.push(bytes),
            Reader::Opaque(opaque) => opaque.pending.extend_from_slice(bytes),
        }
    }

    /// The next whole thing, or `None` until more is pushed.
    #[allow(clippy::should_implement_trait, reason = "`None` is not the end: more may be pushed")]
    pub fn next(&mut self) -> Option<Framed> {
        match &mut self.reader {
            Reader::Frames(frames) => frames.next(),
            Reader::Pages(pages) => pages.next(),
            Reader::Clusters(clusters) => clusters.next(),
            Reader::Opaque(opaque) => opaque.next(),
        }
    }

    /// MP3 only: what the newest Xing, Info or VBRI frame said of the file. Such frames are left
    /// out of the packets, since they hold no audio.
    pub fn gapless(&self) -> Option<Gapless> {
        match &self.reader {
            Reader::Frames(frames) => frames.gapless(),
            _ => None,
        }
    }
}

/// What can't be looked into is passed on as it came.
#[derive(Debug, Default)]
struct Opaque {
    pending: Vec<u8>,
    begun: bool,
}

impl Opaque {
    fn next(&mut self) -> Option<Framed> {
        if self.pending.is_empty() {
            return None;
        }
        if !self.begun {
            self.begun = true;
            let format = Format { codec: Codec::Opaque, sample_rate: 0, channels: 0 };
            return Some(Framed::Epoch { format, header: Arc::new([]) });
        }
        let bytes = Bytes::from(std::mem::take(&mut self.pending));
        Some(Framed::Packet(Packet { bytes, samples: 0, entry: true, reservoir: 0 }))
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
