//! Cutting a byte stream into whole frames.

use std::sync::Arc;

use bytes::{Buf as _, Bytes, BytesMut};

use crate::{Codec, Format};

/// Cuts what a source sends into frames (MP3, AAC), pages (Ogg) or clusters (WebM).
///
/// Push bytes as they come, in pieces of any size, and take what is whole. It never panics and
/// holds a bounded amount of memory (one largest frame, page or header set) whatever is pushed.
#[derive(Debug)]
pub struct Framer {
    codec: Codec,
    pending: BytesMut,
    format: Option<Format>,
    next: Option<Packet>,
    skipped: u64,
}

/// More than this is never held: three of the longest frames.
const HELD: usize = 3 * 2881;

impl Framer {
    /// A framer for a stream that announces itself as `codec`.
    pub fn new(codec: Codec) -> Self {
        Self { codec, pending: BytesMut::new(), format: None, next: None, skipped: 0 }
    }

    /// Adds bytes as they came from the source.
    pub fn push(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
    }

    /// The next whole thing, or `None` until more is pushed.
    #[allow(clippy::should_implement_trait, reason = "`None` is not the end: more may be pushed")]
    pub fn next(&mut self) -> Option<Framed> {
        if let Some(packet) = self.next.take() {
            return Some(Framed::Packet(packet));
        }
        if self.codec != Codec::Mp3 {
            return self.next_opaque();
        }
        loop {
            let Some(header) = mpeg(&self.pending) else {
                if self.pending.len() < 4 {
                    return self.take_skipped();
                }
                self.pending.advance(1);
                self.skipped += 1;
                continue;
            };
            if self.pending.len() < header.length + 4 && self.pending.len() < HELD {
                return self.take_skipped();
            }
            let follower = self.pending.get(header.length..).and_then(mpeg);
            if follower.is_none() {
                self.pending.advance(1);
                self.skipped += 1;
                continue;
            }
            if let Some(skipped) = self.take_skipped() {
                return Some(skipped);
            }
            let bytes = self.pending.split_to(header.length).freeze();
            let packet =
                Packet { bytes, samples: header.samples, entry: true, reservoir: header.reservoir };
            if self.format != Some(header.format) {
                self.format = Some(header.format);
                self.next = Some(packet);
                return Some(Framed::Epoch { format: header.format, header: Arc::new([]) });
            }
            return Some(Framed::Packet(packet));
        }
    }

    fn take_skipped(&mut self) -> Option<Framed> {
        let bytes = std::mem::take(&mut self.skipped);
        (bytes > 0).then_some(Framed::Skipped(Skipped { bytes, reason: "no MP3 frame" }))
    }

    fn next_opaque(&mut self) -> Option<Framed> {
        if self.pending.is_empty() {
            return None;
        }
        let bytes = self.pending.split().freeze();
        let packet = Packet { bytes, samples: 0, entry: true, reservoir: 0 };
        let format = Format { codec: self.codec, sample_rate: 0, channels: 0 };
        if self.format != Some(format) {
            self.format = Some(format);
            self.next = Some(packet);
            return Some(Framed::Epoch { format, header: Arc::new([]) });
        }
        Some(Framed::Packet(packet))
    }
}

struct Mpeg {
    format: Format,
    length: usize,
    samples: u32,
    reservoir: u16,
}

/// A layer III header at the start of `bytes` (ISO/IEC 11172-3 2.4.1.3).
fn mpeg(bytes: &[u8]) -> Option<Mpeg> {
    let &[0xFF, b1, b2, b3, ..] = bytes else { return None };
    if b1 & 0xE6 != 0xE2 {
        return None;
    }
    let first = b1 & 0x08 != 0 && b1 & 0x10 != 0;
    let kbits: [u32; 15] = if first {
        [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
    } else {
        [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
    };
    let bitrate = *kbits.get(usize::from(b2 >> 4)).filter(|rate| **rate > 0)? * 1000;
    let halved = match (b1 >> 3) & 3 {
        3 => 0,
        2 => 1,
        0 => 2,
        _ => return None,
    };
    let sample_rate = [44_100, 48_000, 32_000].get(usize::from((b2 >> 2) & 3))? >> halved;
    let samples = if first { 1152 } else { 576 };
    let length = samples / 8 * bitrate / sample_rate + u32::from((b2 >> 1) & 1);
    let channels = if b3 >> 6 == 3 { 1 } else { 2 };
    let side = if b1 & 1 == 0 { 6 } else { 4 };
    let reservoir = match (bytes.get(side), bytes.get(side + 1)) {
        (Some(high), Some(low)) if first => u16::from(*high) << 1 | u16::from(*low >> 7),
        (Some(high), _) => u16::from(*high),
        _ => 0,
    };
    let format = Format { codec: Codec::Mp3, sample_rate, channels };
    Some(Mpeg { format, length: length as usize, samples, reservoir })
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
