//! A cut of MP3 frames.
//!
//! Frames may lean on the main data of frames before them (the bit reservoir, ISO/IEC 11172-3
//! 2.4.3.4.5.4). Where those are not in the file, a frame is made silent; its bytes stay, so that
//! later frames can lean on them. A header frame as LAME writes it tells players to drop what is
//! only there to be leaned on.

use std::io::{self, Write};
use std::sync::Arc;

use crate::Epoch;
use crate::cut::Plan;
use crate::cutter::Cutter;
use crate::shape::shape;
use crate::stretch::Piece;

/// Frames before the first that are put into the file. The header frame can name 4095 samples.
const LEAD: usize = 4;

/// Samples that every decoder is late by; players add them to the delay in the header frame.
const DECODER_DELAY: usize = 529;

#[derive(Debug)]
pub(crate) struct Mp3Cut {
    plan: Plan,
    /// Main data since the last join.
    reservoir: usize,
}

impl Mp3Cut {
    pub(crate) fn new(plan: Plan) -> Self {
        Self { plan, reservoir: 0 }
    }

    fn frame(&mut self, bytes: &[u8], out: &mut dyn Write) -> io::Result<()> {
        let Some(side) = SideInfo::of(bytes) else { return out.write_all(bytes) };
        let leans_on = side.main_data_begin(bytes);
        let there = leans_on <= self.reservoir;
        // No frame can reach back further than 511 bytes.
        self.reservoir = (self.reservoir + side.main_data(bytes)).min(4096);
        if there { out.write_all(bytes) } else { out.write_all(&side.silenced(bytes)) }
    }
}

impl Cutter for Mp3Cut {
    fn start(
        &mut self,
        epoch: &Arc<Epoch>,
        lead: &[Piece],
        first: &Piece,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let lead = &lead[lead.len().saturating_sub(LEAD)..];
        let made = match (lead, SideInfo::of(&first.bytes)) {
            // A decoder's delay can only be made up for by audio: without any, by silence.
            ([], Some(side)) => vec![side.blank(&first.bytes)],
            _ => Vec::new(),
        };
        let samples = usize::try_from(first.samples).unwrap_or(0);
        let count = lead.len() + made.len();
        let delay = (count * samples).saturating_sub(DECODER_DELAY);
        let before: usize = lead.iter().map(|piece| piece.bytes.len()).sum::<usize>()
            + made.iter().map(Vec::len).sum::<usize>();
        if let Some(info) = info_frame(&first.bytes, epoch, &self.plan, count, before, delay) {
            out.write_all(&info)?;
        }
        for bytes in &made {
            out.write_all(bytes)?;
        }
        for piece in lead {
            self.frame(&piece.bytes, out)?;
        }
        Ok(())
    }

    fn piece(
        &mut self,
        piece: &Piece,
        _epoch: &Arc<Epoch>,
        joined: bool,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        if !joined {
            self.reservoir = 0;
        }
        self.frame(&piece.bytes, out)
    }

    fn finish(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

/// Where a frame's side information lies.
#[derive(Clone, Copy, Debug)]
struct SideInfo {
    from: usize,
    to: usize,
    mpeg1: bool,
    guarded: bool,
}

impl SideInfo {
    fn of(frame: &[u8]) -> Option<Self> {
        let head = frame.get(..4)?;
        let mpeg1 = head[1] & 0x08 != 0;
        let guarded = head[1] & 1 == 0;
        let mono = head[3] >> 6 == 3;
        let from = if guarded { 6 } else { 4 };
        let len = match (mpeg1, mono) {
            (true, false) => 32,
            (true, true) | (false, false) => 17,
            (false, true) => 9,
        };
        let to = from + len;
        (to <= frame.len()).then_some(Self { from, to, mpeg1, guarded })
    }

    /// How many bytes of main data before this frame's own it begins with.
    fn main_data_begin(self, frame: &[u8]) -> usize {
        let first = usize::from(frame[self.from]);
        if self.mpeg1 { first << 1 | usize::from(frame[self.from + 1] >> 7) } else { first }
    }

    fn main_data(self, frame: &[u8]) -> usize {
        frame.len() - self.to
    }

    /// The frame with side information that says: nothing to hear. What others lean on stays.
    fn silenced(self, frame: &[u8]) -> Vec<u8> {
        let mut frame = frame.to_vec();
        frame[self.from..self.to].fill(0);
        if self.guarded {
            let sum = crc16(frame[2..4].iter().chain(&frame[self.from..self.to]));
            frame[4..6].copy_from_slice(&sum.to_be_bytes());
        }
        frame
    }

    /// A silent frame like this one, without any main data.
    fn blank(self, frame: &[u8]) -> Vec<u8> {
        let mut frame = self.silenced(frame);
        frame[self.to..].fill(0);
        frame
    }
}

/// The checksum of a guarded frame (ISO/IEC 11172-3 2.4.3.1).
fn crc16<'a>(bytes: impl Iterator<Item = &'a u8>) -> u16 {
    let mut sum = 0xffff_u16;
    for byte in bytes {
        sum ^= u16::from(*byte) << 8;
        for _ in 0..8 {
            sum = if sum & 0x8000 != 0 { sum << 1 ^ 0x8005 } else { sum << 1 };
        }
    }
    sum
}

/// The header frame: a silent frame in whose main data the Xing and LAME tags lie.
fn info_frame(
    first: &[u8],
    epoch: &Epoch,
    plan: &Plan,
    lead: usize,
    lead_bytes: usize,
    delay: usize,
) -> Option<Vec<u8>> {
    const TAG: usize = 16 + 36;
    let mut head: [u8; 4] = first.get(..4)?.try_into().ok()?;
    // Not guarded, not padded; the first bit rate from the frame's own on that has room.
    head[1] |= 1;
    head[2] &= !2;
    let side = {
        let mut probe = first.to_vec();
        probe[..4].copy_from_slice(&head);
        SideInfo::of(&probe)?
    };
    let (head, len) = (head[2] >> 4..15).find_map(|rate| {
        let mut head = head;
        head[2] = rate << 4 | head[2] & 0x0f;
        let mut probe = head.to_vec();
        probe.resize(2048, 0);
        let len = shape(epoch.format.codec, &probe)?.len;
        (len >= side.to + TAG).then_some((head, len))
    })?;
    let mut frame = vec![0; len];
    frame[..4].copy_from_slice(&head);
    let count = u32::try_from(plan.frames + lead as u64).ok()?;
    let bytes = u32::try_from(plan.bytes + lead_bytes as u64 + len as u64).unwrap_or(0);
    let tag = &mut frame[side.to..];
    tag[..4].copy_from_slice(if plan.constant { b"Info" } else { b"Xing" });
    // Number of frames and number of bytes are there.
    tag[7] = if bytes > 0 { 3 } else { 1 };
    tag[8..12].copy_from_slice(&count.to_be_bytes());
    let lame = if bytes > 0 {
        tag[12..16].copy_from_slice(&bytes.to_be_bytes());
        &mut tag[16..]
    } else {
        &mut tag[12..]
    };
    lame[..9].copy_from_slice(b"LAME3.100");
    // Twelve bits each: samples to drop before, and after, both less the decoder's delay.
    let both = u32::try_from(delay.min(4095)).ok()? << 12 | u32::try_from(DECODER_DELAY).ok()?;
    lame[21..24].copy_from_slice(&both.to_be_bytes()[1..]);
    Some(frame)
}
