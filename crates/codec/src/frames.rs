//! Frames that stand one behind another: MP3 and ADTS.

use std::sync::Arc;

use bytes::{Buf as _, BytesMut};

use crate::framer::{Framed, Packet, Skipped};
use crate::mp3::{self, Gapless};
use crate::{Codec, Format, adts};

/// No larger tag is believed: it would be so many bytes of audio lost if it were none.
const LARGEST_TAG: u64 = 16 << 20;

const NO_FRAME: &str = "no frame of audio";
const FREE: &str = "MP3 of free bit rate is not supported";
const TAG: &str = "a tag";
const HEADER_FRAME: &str = "the header frame of a file";

/// Finds frames. Until one is found, three headers have to follow each other where they say;
/// afterwards each has to be of the same kind as the one before.
#[derive(Debug)]
pub(crate) struct Frames {
    codec: Codec,
    pending: BytesMut,
    /// The kind and layer of the last frame, while nothing but frames has come.
    locked: Option<(Format, u8)>,
    /// Here a tag may begin: at the start, and behind frames and tags.
    boundary: bool,
    /// Bytes still to come of a tag.
    tag: u64,
    skipped: u64,
    reason: &'static str,
    format: Option<Format>,
    next: Option<Packet>,
    gapless: Option<Gapless>,
}

/// What the start of a frame says.
struct Shape {
    format: Format,
    /// MPEG audio: 1, 2 or 3.
    layer: u8,
    length: usize,
    samples: u32,
}

impl Shape {
    /// What the frames of a stream have in common.
    fn kind(&self) -> (Format, u8) {
        (self.format, self.layer)
    }
}

enum Step {
    /// Something was found or left out.
    Go,
    /// More bytes are needed.
    Wait,
}

impl Frames {
    pub(crate) fn new(codec: Codec) -> Self {
        Self {
            codec,
            pending: BytesMut::new(),
            locked: None,
            boundary: true,
            tag: 0,
            skipped: 0,
            reason: NO_FRAME,
            format: None,
            next: None,
            gapless: None,
        }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
    }

    pub(crate) fn gapless(&self) -> Option<Gapless> {
        self.gapless
    }

    pub(crate) fn next(&mut self) -> Option<Framed> {
        loop {
            if self.skipped == 0
                && let Some(packet) = self.next.take()
            {
                let format = self.locked.map(|(format, _)| format);
                if let Some(format) = format.filter(|_| format != self.format) {
                    self.format = Some(format);
                    self.next = Some(packet);
                    return Some(Framed::Epoch { format, header: Arc::new([]) });
                }
                return Some(Framed::Packet(packet));
            }
            if self.next.is_some() {
                return self.take_skipped();
            }
            if let Step::Wait = self.step() {
                return self.take_skipped();
            }
        }
    }

    fn take_skipped(&mut self) -> Option<Framed> {
        let bytes = std::mem::take(&mut self.skipped);
        (bytes > 0).then_some(Framed::Skipped(Skipped { bytes, reason: self.reason }))
    }

    fn skip(&mut self, bytes: usize, reason: &'static str) {
        self.pending.advance(bytes);
        self.skipped += bytes as u64;
        self.reason = reason;
    }

    fn step(&mut self) -> Step {
        if self.tag > 0 {
            let here = usize::try_from(self.tag).unwrap_or(usize::MAX).min(self.pending.len());
            self.tag -= here as u64;
            self.skip(here, TAG);
            return if self.tag > 0 { Step::Wait } else { Step::Go };
        }
        if self.boundary {
            match tag(&self.pending) {
                Tag::Long(length) => {
                    self.tag = length;
                    return Step::Go;
                }
                Tag::Perhaps => return Step::Wait,
                Tag::None => {}
            }
        }
        if self.pending.len() < self.header() {
            return Step::Wait;
        }
        let Some(shape) = shape(self.codec, &self.pending) else { return self.no_frame() };
        if self.locked != Some(shape.kind()) {
            let mut at = shape.length;
            for _ in 0..2 {
                let Some(rest) = self.pending.get(at..at + self.header()) else {
                    return self.wait_for_chain(at);
                };
                match self::shape(self.codec, rest) {
                    Some(follower) if follower.kind() == shape.kind() => at += follower.length,
                    _ => return self.no_frame(),
                }
            }
        }
        if self.pending.len() < shape.length {
            return Step::Wait;
        }
        let mut reservoir = 0;
        if self.codec == Codec::Mp3 {
            if let Some(gapless) = self.pending.get(..shape.length).and_then(mp3::gapless) {
                self.gapless = Some(gapless);
                self.skip(shape.length, HEADER_FRAME);
                self.boundary = true;
                return Step::Go;
            }
            reservoir = mp3::FrameHeader::parse(&self.pending)
                .map_or(0, |header| header.main_data_begin(&self.pending));
        }
        self.locked = Some(shape.kind());
        self.boundary = true;
        let bytes = self.pending.split_to(shape.length).freeze();
        self.next = Some(Packet { bytes, samples: shape.samples, entry: true, reservoir });
        Step::Go
    }

    /// The headers behind the first are not all there. What is there may already say no.
    fn wait_for_chain(&mut self, at: usize) -> Step {
        match self.pending.get(at) {
            Some(byte) if *byte != 0xFF => self.no_frame(),
            _ => Step::Wait,
        }
    }

    /// Goes on to where the next header could begin.
    fn no_frame(&mut self) -> Step {
        let free =
            self.codec == Codec::Mp3 && self.boundary && mp3::FrameHeader::is_free(&self.pending);
        let reason = match self.reason {
            FREE => FREE,
            _ if free => FREE,
            _ => NO_FRAME,
        };
        self.locked = None;
        self.boundary = false;
        let next = self.pending.iter().skip(1).position(|byte| *byte == 0xFF);
        self.skip(next.map_or(self.pending.len(), |next| next + 1), reason);
        Step::Go
    }

    /// Bytes that tell a header.
    fn header(&self) -> usize {
        if self.codec == Codec::Mp3 { 4 } else { adts::HEADER }
    }
}

fn shape(codec: Codec, bytes: &[u8]) -> Option<Shape> {
    if codec == Codec::Mp3 {
        let frame = mp3::AnyFrame::parse(bytes)?;
        let format = Format { codec, sample_rate: frame.sample_rate, channels: frame.channels };
        Some(Shape { format, layer: frame.layer, length: frame.length, samples: frame.samples })
    } else {
        let header = adts::FrameHeader::parse(bytes)?;
        let format = Format { codec, sample_rate: header.sample_rate, channels: header.channels() };
        Some(Shape { format, layer: 0, length: header.length, samples: header.samples() })
    }
}

enum Tag {
    /// A tag of so many bytes.
    Long(u64),
    /// More bytes will tell.
    Perhaps,
    None,
}

/// The tag at the start of `bytes`: ID3v2, ID3v1 or APE.
fn tag(bytes: &[u8]) -> Tag {
    let begins = |name: &[u8]| {
        let there = bytes.len().min(name.len());
        there > 0 && bytes.get(..there) == name.get(..there)
    };
    if begins(b"ID3") {
        let Some(&[_, _, _, major, minor, flags, a, b, c, d]) = bytes.get(..10) else {
            return Tag::Perhaps;
        };
        if major == 0xFF || minor == 0xFF || (a | b | c | d) & 0x80 != 0 {
            return Tag::None;
        }
        let size = [a, b, c, d].iter().fold(0, |size, byte| size << 7 | u64::from(*byte));
        return bounded(10 + size + if flags & 0x10 != 0 { 10 } else { 0 });
    }
    if begins(b"TAG") {
        return if bytes.len() < 3 { Tag::Perhaps } else { Tag::Long(128) };
    }
    if begins(b"APETAGEX") {
        let Some(&[s0, s1, s2, s3, _, _, _, _, _, _, _, flags]) = bytes.get(12..24) else {
            return Tag::Perhaps;
        };
        let size = u64::from(u32::from_le_bytes([s0, s1, s2, s3]));
        return bounded(32 + if flags & 0x20 != 0 { size } else { 0 });
    }
    Tag::None
}

fn bounded(length: u64) -> Tag {
    if length <= LARGEST_TAG { Tag::Long(length) } else { Tag::None }
}
