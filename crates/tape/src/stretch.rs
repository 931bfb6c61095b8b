//! Reading a stretch of an hour file back, frame by frame.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use airtime::ProgrammeTime;
use bytes::Bytes;
use codec::Codec;

use crate::appender::{BLOCK, plays};
use crate::hour::{Extent, HourFile};
use crate::mark::Mark;
use crate::shape::Walk;
use crate::{Block, ContinuityId, Epoch};

/// One frame, page or piece, with its place on the tape.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub(crate) first: ProgrammeTime,
    pub(crate) sample: u64,
    pub(crate) samples: u64,
    pub(crate) entry: bool,
    pub(crate) continuity: ContinuityId,
    /// A mark is here: a block begins.
    pub(crate) mark: bool,
    /// A decoder must start afresh here.
    pub(crate) breaks: bool,
    pub(crate) bytes: Bytes,
}

impl Piece {
    /// When its last sample has been played.
    pub(crate) fn end(&self, rate: u32) -> ProgrammeTime {
        self.first.saturating_add(plays(self.samples, rate))
    }
}

/// The pieces between the marks of `range` (which is cut off at the last mark).
pub(crate) fn pieces(
    hour: &HourFile,
    extent: Extent,
    marks: &[Mark],
    range: Range<usize>,
) -> io::Result<Vec<Piece>> {
    let range = range.start..range.end.min(marks.len());
    let Some(first) = marks.get(range.start) else { return Ok(Vec::new()) };
    let end = marks.get(range.end).map_or(extent.bytes, |mark| mark.offset);
    let bytes = Bytes::from(hour.read(first.offset, end)?);
    let mut pieces = Vec::new();
    for index in range {
        let mark = marks[index];
        let next = marks.get(index + 1);
        let from = usize::try_from(mark.offset - first.offset).unwrap_or(usize::MAX);
        let to = next.map_or(bytes.len(), |next| {
            usize::try_from(next.offset - first.offset).unwrap_or(usize::MAX)
        });
        let part = bytes.slice(from.min(bytes.len())..to.min(bytes.len()));
        let limit = next.map_or(extent.end_sample, Mark::before);
        of_mark(hour.format.codec, hour.format.sample_rate, &mark, &part, limit, &mut pieces);
    }
    Ok(pieces)
}

/// The pieces of `part`, which begins at `mark`; none reaches beyond the sample `limit`.
pub(crate) fn of_mark(
    codec: Codec,
    rate: u32,
    mark: &Mark,
    part: &Bytes,
    limit: u64,
    pieces: &mut Vec<Piece>,
) {
    let mut piece = Piece {
        first: mark.time,
        sample: mark.sample,
        samples: 0,
        entry: mark.flags.entry,
        continuity: mark.continuity,
        mark: true,
        breaks: mark.flags.breaks(),
        bytes: Bytes::new(),
    };
    if let Some((len, samples)) = mark.whole {
        if part.len() >= len as usize {
            piece.samples = u64::from(samples);
            piece.bytes = part.slice(..len as usize);
            pieces.push(piece);
        }
        return;
    }
    for frame in Walk::new(codec, part, mark.sample, mark.anchor) {
        if frame.sample + frame.samples > limit {
            break;
        }
        piece.first = mark.time.saturating_add(plays(frame.sample - mark.sample, rate));
        piece.sample = frame.sample;
        piece.samples = frame.samples;
        piece.entry = frame.entry;
        piece.bytes = part.slice(frame.offset..frame.offset + frame.len);
        pieces.push(piece.clone());
        piece.mark = false;
        piece.breaks = false;
    }
}

/// Puts pieces together into blocks, cut where the appender cut them. What plays nothing by itself
/// goes with what follows it; without that it is left out, since a reader would never get past it.
pub(crate) fn blocks(pieces: &[Piece], epoch: &Arc<Epoch>) -> Vec<Block> {
    let rate = epoch.format.sample_rate;
    let mut blocks = Vec::new();
    let mut start = 0;
    while start < pieces.len() {
        let first = &pieces[start];
        let mut end = start + 1;
        let mut samples = first.samples;
        while let Some(next) = pieces.get(end) {
            let long = plays(samples + next.samples, rate) > BLOCK && samples > 0;
            let dangling = pieces[end - 1].samples == 0;
            let apart = next.mark || (next.entry && !first.entry) || (long && !dangling);
            let broken = next.sample != first.sample + samples || next.breaks;
            if broken || (apart && samples > 0) {
                break;
            }
            samples += next.samples;
            end += 1;
        }
        if samples == 0 {
            start = end;
            continue;
        }
        blocks.push(Block {
            first: first.first,
            duration: plays(samples, rate),
            sample: first.sample,
            samples,
            sequence: 0,
            continuity: first.continuity,
            discontinuity: first.breaks,
            entry: first.entry,
            epoch: epoch.clone(),
            bytes: joined(&pieces[start..end]),
        });
        start = end;
    }
    blocks
}

/// The bytes of pieces that lie behind each other. Always a copy, of one piece too: a part of what
/// was read would keep all of that in memory for as long as the block is cached.
fn joined(pieces: &[Piece]) -> Bytes {
    let parts: Vec<&[u8]> = pieces.iter().map(|piece| &piece.bytes[..]).collect();
    Bytes::from(parts.concat())
}
