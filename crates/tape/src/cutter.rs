//! How a cut of each format is written.

use std::io::{self, Write};
use std::sync::Arc;

use codec::Codec;

use crate::Epoch;
use crate::stretch::Piece;

/// Writes one format's file.
pub(crate) trait Cutter {
    /// What goes before the first piece. `lead` is what was on the air right before it, unbroken.
    fn start(
        &mut self,
        epoch: &Arc<Epoch>,
        lead: &[Piece],
        first: &Piece,
        out: &mut dyn Write,
    ) -> io::Result<()>;

    /// A piece of the span; `joined` if it goes on from the piece before.
    fn piece(
        &mut self,
        piece: &Piece,
        epoch: &Arc<Epoch>,
        joined: bool,
        out: &mut dyn Write,
    ) -> io::Result<()>;

    /// What goes after the last piece.
    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()>;

    /// Samples before the first piece's that players are not told to drop.
    fn heard_before(&self) -> u64 {
        0
    }
}

/// AAC frames and WebM clusters, as they are.
#[derive(Debug, Default)]
pub(crate) struct PlainCut {
    started: bool,
    before: u64,
}

impl Cutter for PlainCut {
    fn start(
        &mut self,
        epoch: &Arc<Epoch>,
        lead: &[Piece],
        _first: &Piece,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        out.write_all(&epoch.header)?;
        // An AAC frame is heard right only after the one before it (its window overlaps).
        match lead.last() {
            Some(before) if epoch.format.codec == Codec::Aac => {
                self.before = before.samples;
                out.write_all(&before.bytes)
            }
            _ => Ok(()),
        }
    }

    fn heard_before(&self) -> u64 {
        self.before
    }

    fn piece(
        &mut self,
        piece: &Piece,
        _epoch: &Arc<Epoch>,
        joined: bool,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        // After a join, wait for a place where a decoder may start.
        self.started = piece.entry || (self.started && joined);
        if self.started { out.write_all(&piece.bytes) } else { Ok(()) }
    }

    fn finish(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}
