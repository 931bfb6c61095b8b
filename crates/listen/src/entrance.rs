//! Coming in where a decoder has nothing to lean on.
//!
//! An MP3 frame may lean on up to 511 bytes of main data of the frames before it (the bit
//! reservoir, ISO/IEC 11172-3 2.4.2.7). A listener who joins was not sent those: a decoder would
//! play noise there, without a word. Such frames are made silent; their bytes stay for later frames
//! to lean on.

use std::sync::Arc;

use bytes::BytesMut;
use codec::Codec;
use codec::mp3::{FrameHeader, silenced_after};
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
        let mut changed: Option<BytesMut> = None;
        let mut offset = 0;
        for (header, frame) in frames(block) {
            if usize::from(header.main_data_begin(frame)) > there
                && let Some(silent) = silenced_after(frame, there)
            {
                let bytes = changed.get_or_insert_with(|| BytesMut::from(&block.bytes[..]));
                bytes[offset..offset + frame.len()].copy_from_slice(&silent);
            }
            there += header.main_data_length();
            offset += frame.len();
        }
        if let Some(bytes) = changed {
            let mut silent = (**block).clone();
            silent.bytes = bytes.freeze();
            *block = Arc::new(silent);
        }
    }
}

/// How much main data `block` brings; [`ENOUGH`] where nothing leans on earlier frames at all.
pub(crate) fn main_data(block: &Block) -> usize {
    if block.epoch.format.codec != Codec::Mp3 {
        return ENOUGH;
    }
    match frames(block).map(|(header, _)| header.main_data_length()).sum() {
        // Nothing can be told of such frames (free format): they are sent as they are.
        0 => ENOUGH,
        more => more,
    }
}

/// The whole frames at the start of a block.
fn frames(block: &Block) -> impl Iterator<Item = (FrameHeader, &[u8])> {
    let mut rest = &block.bytes[..];
    std::iter::from_fn(move || {
        let header = FrameHeader::parse(rest)?;
        let (frame, after) = rest.split_at_checked(header.length)?;
        rest = after;
        Some((header, frame))
    })
}
