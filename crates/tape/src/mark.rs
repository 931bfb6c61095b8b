//! The index of an hour file: a versioned header and fixed, checksummed records.
//!
//! All numbers are little-endian. Each record ends with the CRC-32 of what is before it in the
//! record, so that a torn one is told from a whole one.

use airtime::ProgrammeTime;
use codec::{Codec, Format};
use uuid::Uuid;

use crate::{ContinuityId, Discontinuity};

/// Bytes of an index's header.
pub(crate) const HEAD: usize = 64;
/// Bytes of a record.
pub(crate) const RECORD: usize = 88;

const MAGIC: &[u8; 8] = b"LWTAPE\r\n";
const VERSION: u32 = 1;

/// What an index says of its whole file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct IndexHead {
    pub(crate) hour: ProgrammeTime,
    pub(crate) format: Format,
    /// How many bytes of the audio file are the header that every joiner needs.
    pub(crate) header_len: u64,
}

impl IndexHead {
    pub(crate) fn to_bytes(self) -> [u8; HEAD] {
        let mut out = [0; HEAD];
        out[..8].copy_from_slice(MAGIC);
        out[8..12].copy_from_slice(&VERSION.to_le_bytes());
        out[12..16].copy_from_slice(&(RECORD as u32).to_le_bytes());
        out[16..24].copy_from_slice(&self.hour.as_micros().to_le_bytes());
        out[24] = match self.format.codec {
            Codec::Mp3 => 1,
            Codec::Aac => 2,
            Codec::Ogg => 3,
            Codec::WebM => 4,
            Codec::Opaque => 5,
        };
        out[25] = self.format.channels;
        out[28..32].copy_from_slice(&self.format.sample_rate.to_le_bytes());
        out[32..40].copy_from_slice(&self.header_len.to_le_bytes());
        seal(&mut out);
        out
    }

    /// `None` if it is torn, damaged, or of a version that isn't known here.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.get(..HEAD)?;
        let known = bytes.starts_with(MAGIC)
            && u32_at(bytes, 8)? == VERSION
            && u32_at(bytes, 12)? as usize == RECORD;
        if !known || !is_sealed(bytes) {
            return None;
        }
        let codec = match bytes[24] {
            1 => Codec::Mp3,
            2 => Codec::Aac,
            3 => Codec::Ogg,
            4 => Codec::WebM,
            5 => Codec::Opaque,
            _ => return None,
        };
        Some(Self {
            hour: ProgrammeTime::from_micros(i64_at(bytes, 16)?),
            format: Format { codec, sample_rate: u32_at(bytes, 28)?, channels: bytes[25] },
            header_len: u64_at(bytes, 32)?,
        })
    }
}

/// One record of an index: where a second, a run, or what can't be counted on begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) time: ProgrammeTime,
    pub(crate) sample: u64,
    /// Of the audio file.
    pub(crate) offset: u64,
    pub(crate) continuity: ContinuityId,
    /// Which segment of about six seconds, counted over the whole tape.
    pub(crate) segment: u64,
    /// How many discontinuities there were on the tape up to and with this record.
    pub(crate) discontinuity: u64,
    /// Ogg: what to add to a granule position to get the tape's sample after the page.
    pub(crate) anchor: i64,
    /// If what follows can't be taken apart: its bytes and samples.
    pub(crate) whole: Option<(u32, u32)>,
    /// How many samples right before this could not be recorded, or are damaged.
    pub(crate) lost: u64,
    pub(crate) flags: Flags,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    /// A run begins here.
    pub(crate) why: Option<Discontinuity>,
    /// Audio that was on the air right before this could not be recorded, or is damaged.
    pub(crate) gap: bool,
    /// The time was lost and is a guess.
    pub(crate) estimated: bool,
    /// A decoder may start here.
    pub(crate) entry: bool,
    /// The time was that of a clock which nothing had set.
    pub(crate) unsynchronised: bool,
}

impl Mark {
    /// The tape's sample after the audio before this.
    pub(crate) fn before(&self) -> u64 {
        self.sample.saturating_sub(self.lost)
    }
}

impl Flags {
    /// A decoder must start afresh here.
    pub(crate) fn breaks(self) -> bool {
        self.why.is_some() || self.gap
    }
}

const GAP: u32 = 1 << 1;
const ESTIMATED: u32 = 1 << 2;
const ENTRY: u32 = 1 << 3;
const WHOLE: u32 = 1 << 4;
const UNSYNCHRONISED: u32 = 1 << 5;
/// No count of a true tape comes near this.
const MOST: u64 = 1 << 60;
/// The reason of a run's beginning is in the second byte; 0 if no run begins.
const WHY_SHIFT: u32 = 8;

impl Mark {
    pub(crate) fn to_bytes(self) -> [u8; RECORD] {
        let mut out = [0; RECORD];
        out[..8].copy_from_slice(&self.time.as_micros().to_le_bytes());
        out[8..16].copy_from_slice(&self.sample.to_le_bytes());
        out[16..24].copy_from_slice(&self.offset.to_le_bytes());
        out[24..40].copy_from_slice(self.continuity.as_bytes());
        out[40..48].copy_from_slice(&self.segment.to_le_bytes());
        out[48..56].copy_from_slice(&self.discontinuity.to_le_bytes());
        out[56..64].copy_from_slice(&self.anchor.to_le_bytes());
        let (len, samples) = self.whole.unwrap_or_default();
        out[64..68].copy_from_slice(&len.to_le_bytes());
        out[68..72].copy_from_slice(&samples.to_le_bytes());
        let why = match self.flags.why {
            None => 0,
            Some(Discontinuity::Start) => 1,
            Some(Discontinuity::Splice) => 2,
            Some(Discontinuity::Format) => 3,
            Some(Discontinuity::Hole) => 4,
        };
        let mut flags = why << WHY_SHIFT;
        for (set, bit) in [
            (self.flags.gap, GAP),
            (self.flags.estimated, ESTIMATED),
            (self.flags.entry, ENTRY),
            (self.whole.is_some(), WHOLE),
            (self.flags.unsynchronised, UNSYNCHRONISED),
        ] {
            if set {
                flags |= bit;
            }
        }
        out[72..76].copy_from_slice(&u32::to_le_bytes(flags));
        out[76..84].copy_from_slice(&self.lost.to_le_bytes());
        seal(&mut out);
        out
    }

    /// `None` if it is torn or damaged.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.get(..RECORD)?;
        if !is_sealed(bytes) {
            return None;
        }
        let flags = u32_at(bytes, 72)?;
        let why = match flags >> WHY_SHIFT & 0xff {
            1 => Some(Discontinuity::Start),
            2 => Some(Discontinuity::Splice),
            3 => Some(Discontinuity::Format),
            4 => Some(Discontinuity::Hole),
            _ => None,
        };
        let whole = (u32_at(bytes, 64)?, u32_at(bytes, 68)?);
        let mark = Self {
            time: ProgrammeTime::from_micros(i64_at(bytes, 0)?),
            sample: u64_at(bytes, 8)?,
            offset: u64_at(bytes, 16)?,
            continuity: Uuid::from_slice(bytes.get(24..40)?).ok()?,
            segment: u64_at(bytes, 40)?,
            discontinuity: u64_at(bytes, 48)?,
            anchor: i64_at(bytes, 56)?,
            whole: (flags & WHOLE != 0).then_some(whole),
            lost: u64_at(bytes, 76)?,
            flags: Flags {
                why,
                gap: flags & GAP != 0,
                estimated: flags & ESTIMATED != 0,
                entry: flags & ENTRY != 0,
                unsynchronised: flags & UNSYNCHRONISED != 0,
            },
        };
        // So that counting on from it can't overflow.
        let counts = [
            mark.sample,
            mark.offset,
            mark.segment,
            mark.discontinuity,
            mark.anchor.unsigned_abs(),
        ];
        counts.iter().all(|count| *count < MOST).then_some(mark)
    }
}

/// A whole index.
pub(crate) fn index_bytes(head: &IndexHead, marks: &[Mark]) -> Vec<u8> {
    let records = marks.iter().flat_map(|mark| mark.to_bytes());
    head.to_bytes().into_iter().chain(records).collect()
}

/// The whole records of an index's bytes (without its header), damaged ones left out.
pub(crate) fn marks_in(bytes: &[u8]) -> impl DoubleEndedIterator<Item = Option<Mark>> {
    bytes.chunks_exact(RECORD).map(Mark::from_bytes)
}

fn seal(bytes: &mut [u8]) {
    if let Some((body, sum)) = bytes.split_last_chunk_mut::<4>() {
        *sum = crc32fast::hash(body).to_le_bytes();
    }
}

fn is_sealed(bytes: &[u8]) -> bool {
    bytes
        .split_last_chunk::<4>()
        .is_some_and(|(body, sum)| crc32fast::hash(body).to_le_bytes() == *sum)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

fn i64_at(bytes: &[u8], at: usize) -> Option<i64> {
    Some(i64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}
