//! The unit of the tape.

use std::sync::Arc;
use std::time::Duration;

use airtime::ProgrammeTime;
use bytes::Bytes;
use codec::{Codec, Format};
use uuid::{NoContext, Timestamp, Uuid};

/// Names an unbroken run of audio: every discontinuity begins another.
pub type ContinuityId = Uuid;

/// A fresh id, sorted by the programme time at which it was made.
pub(crate) fn id_at(now: ProgrammeTime) -> Uuid {
    let micros = u64::try_from(now.as_micros()).unwrap_or(0);
    let (seconds, micros) = (micros / 1_000_000, micros % 1_000_000);
    let nanos = u32::try_from(micros * 1000).unwrap_or(0);
    Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, nanos))
}

/// A run of packets of one format, and what a decoder needs before the first of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Epoch {
    /// The format.
    pub format: Format,
    /// What every joiner must be sent first (Ogg and WebM headers; else empty).
    pub header: Arc<[u8]>,
    /// What its source said that it is, where the format doesn't say it (opaque). It is not
    /// written down: what can't be looked into can't be heard again.
    pub content_type: Option<Arc<str>>,
}

impl Epoch {
    /// Of a format that says itself what it is.
    pub fn new(format: Format, header: impl Into<Arc<[u8]>>) -> Self {
        Self { format, header: header.into(), content_type: None }
    }

    /// Whether its samples can be counted: what can't be counted can't be rewound.
    pub(crate) fn is_counted(&self) -> bool {
        counts(self.format)
    }
}

/// Whether the samples of a format can be counted.
pub(crate) fn counts(format: Format) -> bool {
    format.codec != Codec::Opaque && format.sample_rate > 0
}

/// Up to 250 ms of whole frames (Ogg: pages). Immutable and shared: the head's ring, the disk, the
/// listeners and HLS all carry this type.
#[derive(Clone, Debug)]
pub struct Block {
    /// When its first sample is on the air.
    pub first: ProgrammeTime,
    /// How long it plays.
    pub duration: Duration,
    /// Index of its first sample, counted over the whole tape.
    pub sample: u64,
    /// How many samples (per channel) it plays.
    pub samples: u64,
    /// Counts blocks, by one, over the whole tape while this process runs.
    pub sequence: u64,
    /// The unbroken run that it belongs to.
    pub continuity: ContinuityId,
    /// It is the first of its run.
    pub discontinuity: bool,
    /// A decoder that has the epoch's header may start at its first byte.
    pub entry: bool,
    /// Its format, and what joiners need first.
    pub epoch: Arc<Epoch>,
    /// The encoded bytes.
    pub bytes: Bytes,
}

impl Block {
    /// The moment right after its last sample.
    pub fn end(&self) -> ProgrammeTime {
        self.first.saturating_add(self.duration)
    }
}
