//! Coming in where a decoder has nothing to lean on.
//!
//! An MP3 frame may lean on up to 511 bytes of main data of the frames before it (the bit
//! reservoir, ISO/IEC 11172-3 2.4.2.7). A listener who joins was not sent those: a decoder would
//! play noise there, without a word. Such frames are made silent: their side information is
//! cleared, which says that they have no main data. Their bytes stay, for later frames to lean on.

use std::sync::Arc;

use bytes::BytesMut;
use codec::Codec;
use tape::Block;

/// With so much main data sent, no frame leans on anything earlier.
pub(crate) const ENOUGH: usize = 511;

/// Makes the frames silent that lean on more than the listener has: `there` bytes and what comes
/// in `blocks` themselves.
pub(crate) fn silence(blocks: &mut [Arc<Block>], mut there: usize) {
    for block in blocks {
        if there >= ENOUGH || block.epoch.format.codec != Codec::Mp3 {
            return;
        }
        let mut silenced: Option<BytesMut> = None;
        let mut offset = 0;
        while let Some(frame) = Frame::at(&block.bytes, offset) {
            if frame.leans_on > there {
                let bytes = silenced.get_or_insert_with(|| BytesMut::from(&block.bytes[..]));
                // Without its checksum, which would not fit any more.
                bytes[offset + 1] |= 1;
                bytes[offset + 4..frame.main_data].fill(0);
            }
            there += frame.end - frame.main_data;
            offset = frame.end;
        }
        if let Some(bytes) = silenced {
            let mut changed = (**block).clone();
            changed.bytes = bytes.freeze();
            *block = Arc::new(changed);
        }
    }
}

/// How much main data `block` brings; [`ENOUGH`] where nothing leans on earlier frames at all.
pub(crate) fn main_data(block: &Block) -> usize {
    if block.epoch.format.codec != Codec::Mp3 {
        return ENOUGH;
    }
    let (mut offset, mut sum) = (0, 0);
    while let Some(frame) = Frame::at(&block.bytes, offset) {
        sum += frame.end - frame.main_data;
        offset = frame.end;
    }
    sum
}

/// One layer III frame: places in its block.
struct Frame {
    /// Where its main data begins: after header, checksum and side information.
    main_data: usize,
    end: usize,
    /// Bytes of earlier main data that it needs.
    leans_on: usize,
}

impl Frame {
    /// The frame at `offset`, if a whole one is there. None of free format.
    fn at(bytes: &[u8], offset: usize) -> Option<Self> {
        let head: [u8; 4] = bytes.get(offset..offset + 4)?.try_into().ok()?;
        let [sync, kind, rate, mode] = head;
        if sync != 0xff || kind & 0xe0 != 0xe0 || (kind >> 1) & 3 != 1 {
            return None;
        }
        let version = (kind >> 3) & 3;
        let (first, halved) = match version {
            3 => (true, 0),
            2 => (false, 1),
            0 => (false, 2),
            _ => return None,
        };
        let bitrates = if first { &BITRATES } else { &LOW_BITRATES };
        let bitrate = *bitrates.get(usize::from(rate >> 4)).filter(|rate| **rate > 0)?;
        let sample_rate = SAMPLE_RATES.get(usize::from((rate >> 2) & 3))? >> halved;
        let per_rate = if first { 144_000 } else { 72_000 };
        let length = per_rate * bitrate / sample_rate + usize::from((rate >> 1) & 1);
        let mono = mode >> 6 == 3;
        let side = match (first, mono) {
            (true, false) => 32,
            (true, true) | (false, false) => 17,
            (false, true) => 9,
        };
        let checksum = if kind & 1 == 0 { 2 } else { 0 };
        let side_at = offset + 4 + checksum;
        let (main_data, end) = (side_at + side, offset + length);
        if end > bytes.len() || main_data > end {
            return None;
        }
        let leans_on = usize::from(bytes[side_at]);
        let leans_on =
            if first { leans_on << 1 | usize::from(bytes[side_at + 1] >> 7) } else { leans_on };
        Some(Self { main_data, end, leans_on })
    }
}

/// kbit/s of MPEG-1 layer III.
const BITRATES: [usize; 15] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];

/// kbit/s of MPEG-2 and 2.5 layer III.
const LOW_BITRATES: [usize; 15] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];

/// Samples per second of MPEG-1; MPEG-2 has half, 2.5 a quarter.
const SAMPLE_RATES: [usize; 3] = [44_100, 48_000, 32_000];
