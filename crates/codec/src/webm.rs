//! WebM: a header, then clusters (RFC 9559).

use std::sync::Arc;

use bytes::{Buf as _, Bytes, BytesMut};

use crate::framer::{Framed, Packet, Skipped};
use crate::{Codec, Format};

const EBML: u32 = 0x1A45_DFA3;
const SEGMENT: u32 = 0x1853_8067;
const CLUSTER: u32 = 0x1F43_B675;

/// A larger header is not kept.
const MOST_HEADER: usize = 256 * 1024;

/// Elements are passed on in pieces of at most this.
const PIECE: usize = 16 * 1024;

/// The longest id (4 bytes) and size (8 bytes).
const LONGEST_START: usize = 12;

const NO_START: &str = "no start of a WebM stream or cluster";
const LARGE: &str = "a WebM header of more than 256 KiB";

/// Reads elements one after another; segments and clusters are entered, so that it makes no
/// difference whether they say how long they are.
#[derive(Debug, Default)]
pub(crate) struct Clusters {
    pending: BytesMut,
    /// Bytes still to come of the element that is passed on.
    left: u64,
    place: Place,
    header: Vec<u8>,
    skipped: u64,
    reason: &'static str,
    next: Option<Framed>,
    then: Option<Packet>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// Looking for a start.
    #[default]
    Lost,
    /// The same, with a header that still holds: a cluster will do.
    Between,
    Header,
    Clusters,
}

impl Clusters {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
    }

    pub(crate) fn next(&mut self) -> Option<Framed> {
        loop {
            if self.next.is_some() || self.then.is_some() {
                if let Some(skipped) = self.take_skipped() {
                    return Some(skipped);
                }
                return self.next.take().or_else(|| self.then.take().map(Framed::Packet));
            }
            if !self.step() {
                return self.take_skipped();
            }
        }
    }

    fn take_skipped(&mut self) -> Option<Framed> {
        let bytes = std::mem::take(&mut self.skipped);
        (bytes > 0).then_some(Framed::Skipped(Skipped { bytes, reason: self.reason }))
    }

    fn skip(&mut self, bytes: usize, reason: &'static str) {
        self.skipped += bytes as u64;
        self.reason = reason;
    }

    /// Whether something was done.
    fn step(&mut self) -> bool {
        if self.left > 0 {
            let here = usize::try_from(self.left).unwrap_or(usize::MAX);
            let here = here.min(PIECE).min(self.pending.len());
            let bytes = self.pending.split_to(here).freeze();
            self.left -= here as u64;
            if here > 0 {
                self.pass(bytes, false);
            }
            return here > 0;
        }
        if matches!(self.place, Place::Lost | Place::Between) && !self.seek() {
            return false;
        }
        let Some(start) = Start::parse(&self.pending) else {
            if self.pending.len() >= LONGEST_START {
                self.lose();
                return true;
            }
            return false;
        };
        let entered = matches!(start.id, SEGMENT | CLUSTER);
        if !entered && start.size.is_none() {
            self.lose();
            return true;
        }
        match start.id {
            EBML => {
                let unfinished = std::mem::take(&mut self.header).len();
                if self.place == Place::Header {
                    self.skip(unfinished, NO_START);
                }
                self.place = Place::Header;
            }
            CLUSTER if self.place == Place::Header => {
                let header = Arc::from(std::mem::take(&mut self.header));
                let format = Format { codec: Codec::WebM, sample_rate: 0, channels: 0 };
                self.next = Some(Framed::Epoch { format, header });
                self.place = Place::Clusters;
            }
            CLUSTER => self.place = Place::Clusters,
            _ => {}
        }
        self.left = if entered { 0 } else { start.size.unwrap_or(0) };
        let bytes = self.pending.split_to(start.length).freeze();
        self.pass(bytes, start.id == CLUSTER);
        true
    }

    fn pass(&mut self, bytes: Bytes, entry: bool) {
        if self.place != Place::Header {
            self.then = Some(Packet { bytes, samples: 0, entry, reservoir: 0 });
        } else if self.header.len() + bytes.len() > MOST_HEADER {
            let length = self.header.len() + bytes.len();
            self.header = Vec::new();
            self.left = 0;
            self.place = Place::Lost;
            self.skip(length, LARGE);
        } else {
            self.header.extend_from_slice(&bytes);
        }
    }

    /// What is here makes no sense.
    fn lose(&mut self) {
        let unfinished = std::mem::take(&mut self.header).len();
        self.pending.advance(1);
        self.skip(unfinished + 1, NO_START);
        self.place = if self.place == Place::Clusters { Place::Between } else { Place::Lost };
    }

    /// Skips to a start; whether there is one.
    fn seek(&mut self) -> bool {
        let between = self.place == Place::Between;
        let at = self
            .pending
            .windows(4)
            .position(|id| id == EBML.to_be_bytes() || (between && id == CLUSTER.to_be_bytes()));
        let before = at.unwrap_or(self.pending.len().saturating_sub(3));
        if before > 0 {
            self.pending.advance(before);
            self.skip(before, NO_START);
        }
        at.is_some()
    }
}

/// The id and the size that an element begins with (RFC 8794).
struct Start {
    id: u32,
    /// `None`: unknown.
    size: Option<u64>,
    length: usize,
}

impl Start {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let id_length = bytes.first()?.leading_zeros() as usize + 1;
        if id_length > 4 {
            return None;
        }
        let id = bytes.get(..id_length)?.iter().fold(0, |id, byte| id << 8 | u32::from(*byte));
        let first = *bytes.get(id_length)?;
        let size_length = first.leading_zeros() as usize + 1;
        if size_length > 8 {
            return None;
        }
        let length = id_length + size_length;
        let raw = bytes.get(id_length..length)?;
        let size = raw.iter().fold(0_u64, |size, byte| size << 8 | u64::from(*byte));
        let mask = (1_u64 << (7 * size_length)) - 1;
        let size = size & mask;
        Some(Self { id, size: (size != mask).then_some(size), length })
    }
}
