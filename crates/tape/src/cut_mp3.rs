//! A cut of MP3 frames.
//!
//! Frames may lean on the main data of frames before them (the bit reservoir). A few of those are
//! put before the first frame of the span, behind a frame of silence that carries what they lean on
//! themselves, and a header frame tells players to drop them all; a frame that leans on what is not
//! in the file even so is made silent.

use std::io::{self, Write};
use std::sync::Arc;

use codec::Packet;
use codec::mp3::{FURTHEST, FrameHeader, Splicer, carrier_frame, header_frame, silent_frame};

use crate::Epoch;
use crate::cut::Plan;
use crate::cutter::Cutter;
use crate::stretch::Piece;

/// Frames before the first that are put into the file, behind the one that carries what lies before
/// them. The header frame can name 4095 samples.
const LEAD: usize = 3;

/// Samples that every decoder is late by; players add them to the delay that a header frame
/// names, and take them off the padding.
const DECODER_DELAY: u64 = 529;

#[derive(Debug)]
pub(crate) struct Mp3Cut {
    plan: Plan,
    splicer: Splicer,
}

impl Mp3Cut {
    pub(crate) fn new(plan: Plan) -> Self {
        Self { plan, splicer: Splicer::new() }
    }

    fn frame(&mut self, piece: &Piece, out: &mut dyn Write) -> io::Result<()> {
        let packet = Packet {
            bytes: piece.bytes.clone(),
            samples: u32::try_from(piece.samples).unwrap_or(0),
            entry: piece.entry,
            reservoir: 0,
        };
        out.write_all(&self.splicer.splice(packet).bytes)
    }
}

impl Cutter for Mp3Cut {
    fn start(
        &mut self,
        _epoch: &Arc<Epoch>,
        lead: &[Piece],
        first: &Piece,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let (before, lead) = lead.split_at(lead.len().saturating_sub(LEAD));
        let made = match (before, lead) {
            // A decoder's delay can only be made up for by audio: without any, by silence.
            ([], []) => silent_frame(&first.bytes),
            ([], _) => None,
            _ => carrier(before, lead, first).map(|(frame, carried)| {
                self.splicer = Splicer::behind(carried);
                frame
            }),
        };
        let count = lead.len() as u64 + u64::from(made.is_some());
        let added = lead.iter().map(|piece| piece.bytes.len()).sum::<usize>()
            + made.as_ref().map_or(0, Vec::len);
        let frames = u32::try_from(self.plan.frames + count).unwrap_or(u32::MAX);
        let bytes = u32::try_from(self.plan.bytes + added as u64).unwrap_or(u32::MAX);
        let delay = (count * first.samples).saturating_sub(DECODER_DELAY);
        let delay = u16::try_from(delay).unwrap_or(u16::MAX);
        if let Some(head) =
            header_frame(&first.bytes, frames, bytes, None, delay, DECODER_DELAY as u16)
        {
            out.write_all(&head)?;
        }
        if let Some(made) = made {
            out.write_all(&made)?;
        }
        for piece in lead {
            self.frame(piece, out)?;
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
            self.splicer.restart();
        }
        self.frame(piece, out)
    }

    fn finish(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

/// A frame of silence with what is needed of the main data before `lead`, and how much it holds: by the last of `lead`,
/// whose sound overlaps with that of `first`, and by `first` and what follows it.
fn carrier(before: &[Piece], lead: &[Piece], first: &Piece) -> Option<(Vec<u8>, usize)> {
    let mut main_data = Vec::new();
    for piece in before {
        let header = FrameHeader::parse(&piece.bytes)?;
        main_data.extend_from_slice(piece.bytes.get(header.main_data_at()..header.length)?);
    }
    let mut least = 0;
    let mut since = 0;
    for (index, piece) in lead.iter().chain([first]).enumerate() {
        let header = FrameHeader::parse(&piece.bytes)?;
        if index + 1 >= lead.len() {
            let leans = usize::from(header.main_data_begin(&piece.bytes));
            least = least.max(leans.saturating_sub(since));
        }
        since += header.main_data_length();
    }
    let least = least.max(FURTHEST.saturating_sub(since)).min(main_data.len());
    carrier_frame(&first.bytes, &main_data, least)
}
