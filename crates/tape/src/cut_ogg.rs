//! A cut of Ogg pages.

use std::io::{self, Write};
use std::sync::Arc;

use codec::Codec;

use crate::Epoch;
use crate::cutter::Cutter;
use crate::shape::shape;
use crate::stretch::Piece;

/// What an Opus decoder needs to hear before it is right: 80 ms (RFC 7845 section 4.2).
const OPUS_ROLL: u64 = 3840;

/// Header-type bits of a page (RFC 3533 section 6).
const CONTINUED: u8 = 1;
const BEGINS: u8 = 2;
const ENDS: u8 = 4;

#[derive(Debug, Default)]
pub(crate) struct OggCut {
    epoch: Option<Arc<Epoch>>,
    serial: u32,
    sequence: u32,
    /// Samples of this logical stream so far.
    played: u64,
    /// The last page: it is only known to be the last when another epoch, or the end, comes.
    held: Option<Vec<u8>>,
    started: bool,
}

impl OggCut {
    /// Begins a logical stream whose first page is `first`; `roll` samples are there for the
    /// decoder only. Opus is told to drop them, and what its encoder had put before a source's
    /// very first page: that page plays more than it counts for.
    fn begin(
        &mut self,
        epoch: &Arc<Epoch>,
        roll: u64,
        first: &Piece,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        self.end(out)?;
        self.epoch = Some(epoch.clone());
        self.serial += 1;
        self.sequence = 0;
        self.played = 0;
        self.started = false;
        let mut skip = None;
        if let Some(delay) = opus_delay(epoch) {
            let counted = shape(Codec::Ogg, &first.bytes).and_then(|page| page.granule);
            let opening = counted.is_some_and(|granule| {
                u64::try_from(granule).is_ok_and(|granule| granule == first.samples + delay)
            });
            self.played = if opening { delay } else { 0 };
            skip = u16::try_from(roll + self.played).ok();
        }
        let mut rest = &epoch.header[..];
        while let Some(page) = shape(Codec::Ogg, rest) {
            let (bytes, behind) = rest.split_at(page.len);
            rest = behind;
            let mut bytes = bytes.to_vec();
            let body = 27 + usize::from(bytes[26]);
            if let Some(skip) = skip
                && let Some(head) = bytes.get_mut(body..).filter(|b| b.starts_with(b"OpusHead"))
                && let Some(field) = head.get_mut(10..12)
            {
                field.copy_from_slice(&skip.to_le_bytes());
            }
            bytes[5] &= CONTINUED | BEGINS;
            self.stamp(&mut bytes);
            out.write_all(&bytes)?;
        }
        Ok(())
    }

    /// Ends the logical stream.
    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let Some(mut page) = self.held.take() else { return Ok(()) };
        page[5] |= ENDS;
        seal(&mut page);
        out.write_all(&page)
    }

    fn page(&mut self, piece: &Piece, joined: bool, out: &mut dyn Write) -> io::Result<()> {
        // The beginning of a packet that goes on from before a join is not there.
        self.started = piece.entry || (self.started && joined);
        if !self.started || piece.bytes.len() < 27 {
            return Ok(());
        }
        if let Some(page) = self.held.take() {
            out.write_all(&page)?;
        }
        self.played += piece.samples;
        let mut bytes = piece.bytes.to_vec();
        bytes[5] &= CONTINUED;
        let ended = bytes[6..14] != [0xff; 8];
        if ended {
            bytes[6..14].copy_from_slice(&self.played.to_le_bytes());
        }
        self.stamp(&mut bytes);
        self.held = Some(bytes);
        Ok(())
    }

    /// Gives the page its stream's serial and the next number.
    fn stamp(&mut self, page: &mut [u8]) {
        page[14..18].copy_from_slice(&self.serial.to_le_bytes());
        page[18..22].copy_from_slice(&self.sequence.to_le_bytes());
        self.sequence += 1;
        seal(page);
    }
}

impl Cutter for OggCut {
    fn start(
        &mut self,
        epoch: &Arc<Epoch>,
        lead: &[Piece],
        first: &Piece,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        if opus_delay(epoch).is_none() {
            return self.begin(epoch, 0, first, out);
        }
        // The fewest pages that are enough, from one where a packet begins.
        let mut skip = 0;
        let mut from = lead.len();
        while from > 0 {
            let more = skip + lead[from - 1].samples;
            if more > u64::from(u16::MAX) {
                break;
            }
            skip = more;
            from -= 1;
            if lead[from].entry && skip >= OPUS_ROLL {
                break;
            }
        }
        if lead.get(from).is_some_and(|piece| !piece.entry) {
            (from, skip) = (lead.len(), 0);
        }
        let roll = &lead[from..];
        self.begin(epoch, skip, roll.first().unwrap_or(first), out)?;
        for piece in roll {
            self.page(piece, true, out)?;
        }
        Ok(())
    }

    fn piece(
        &mut self,
        piece: &Piece,
        epoch: &Arc<Epoch>,
        joined: bool,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        if self.epoch.as_ref().is_none_or(|own| own != epoch) {
            self.begin(epoch, 0, piece, out)?;
        }
        self.page(piece, joined, out)
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.end(out)
    }
}

/// Samples that an Opus encoder put before the audio; `None` for other streams.
fn opus_delay(epoch: &Epoch) -> Option<u64> {
    let head = epoch.header.get(28..)?;
    let delay = head.get(10..12).filter(|_| head.starts_with(b"OpusHead"))?;
    Some(u64::from(u16::from_le_bytes(delay.try_into().ok()?)))
}

/// Writes the page's checksum (RFC 3533 section 6: polynomial 0x04c11db7, nothing inverted).
fn seal(page: &mut [u8]) {
    page[22..26].fill(0);
    let mut sum = 0_u32;
    for byte in page.iter() {
        sum = sum << 8 ^ TABLE[usize::from((sum >> 24) as u8 ^ byte)];
    }
    page[22..26].copy_from_slice(&sum.to_le_bytes());
}

static TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut sum = (index as u32) << 24;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum & 0x8000_0000 != 0 { sum << 1 ^ 0x04c1_1db7 } else { sum << 1 };
            bit += 1;
        }
        table[index] = sum;
        index += 1;
    }
    table
};
