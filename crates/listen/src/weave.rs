//! What is sent to one listener next: the reply's head, headers of Ogg and WebM, blocks, and titles
//! between their bytes; and where that stands after a socket took only part of it.

use std::io::{self, IoSlice};
use std::sync::Arc;
use std::time::Duration;

use airtime::ProgrammeTime;
use bytes::Bytes;
use tape::{Block, Cursor, Epoch};

use crate::icy::Interleave;
use crate::line::Line;
use crate::run::{Run, Titles};

/// Pieces that are handed to a socket in one call.
const PIECES: usize = 64;

/// How far one listener has come.
#[derive(Debug)]
pub(crate) struct Weave {
    /// Goes first: the reply's head, the rest of a header or of a title.
    front: Bytes,
    /// A block of which part was sent. It is kept whatever becomes of the tape: a listener is
    /// never cut off inside of a frame.
    within: Option<Within>,
    /// What the listener's decoder knows of.
    epoch: Option<Arc<Epoch>>,
    /// Where titles are due.
    icy: Option<Interleave>,
}

/// A block of which part was sent.
#[derive(Debug)]
struct Within {
    block: Arc<Block>,
    /// So many of its bytes were.
    offset: usize,
    /// The header that it needs was sent, or none was needed.
    opened: bool,
}

/// What came of a try to send.
#[derive(Debug)]
pub(crate) struct Sent {
    /// Bytes, of everything.
    pub(crate) bytes: usize,
    /// How many blocks of the run were taken up: sent, or begun and kept.
    pub(crate) taken: usize,
    /// Where to read on.
    pub(crate) cursor: Cursor,
    /// The listener takes no more for now.
    pub(crate) blocked: bool,
}

impl Weave {
    /// Nothing was sent yet; `front` goes first.
    pub(crate) fn new(front: Bytes, icy: Option<Interleave>) -> Self {
        Self { front, within: None, epoch: None, icy }
    }

    /// Are titles sent?
    pub(crate) fn has_titles(&self) -> bool {
        self.icy.is_some()
    }

    /// Something is left over that must go before anything else.
    pub(crate) fn is_midway(&self) -> bool {
        self.within.is_some() || !self.front.is_empty()
    }

    /// Sends what is left over and then `run`, as far as `line` takes it.
    ///
    /// # Errors
    /// If the listener is gone.
    pub(crate) fn send(&mut self, line: &mut Line, run: &Run) -> io::Result<Sent> {
        let mut bytes = 0;
        let mut walker = Walker::new(self, run);
        loop {
            let before = walker.clone();
            let mut pieces = [IoSlice::new(&[]); PIECES];
            let (mut count, mut length) = (0, 0);
            while count < PIECES {
                let Some((_, piece)) = walker.next() else { break };
                pieces[count] = IoSlice::new(piece);
                count += 1;
                length += piece.len();
            }
            if count == 0 {
                let stop = walker.stop(run);
                let blocked = line.holds_back();
                let (taken, cursor) = self.keep(stop);
                return Ok(Sent { bytes, taken, cursor, blocked });
            }
            let sent = line.send(&pieces[..count])?;
            bytes += sent;
            if sent < length {
                let stop = before.after(sent).stop(run);
                let (taken, cursor) = self.keep(stop);
                return Ok(Sent { bytes, taken, cursor, blocked: true });
            }
        }
    }

    /// Tries once to send what is left over, so that a listener who is let go is not cut off
    /// inside of a frame.
    pub(crate) fn finish(&mut self, line: &mut Line, cursor: Cursor) {
        if self.is_midway() {
            // Who is gone needs no end.
            let _ = self.send(line, &Run::empty(cursor));
        }
    }

    fn keep(&mut self, stop: Stop) -> (usize, Cursor) {
        self.front = stop.front;
        self.within = stop.within;
        self.epoch = stop.epoch;
        self.icy = stop.icy;
        (stop.taken, stop.cursor)
    }
}

/// Where a walk stopped, free of what it walked over.
struct Stop {
    front: Bytes,
    within: Option<Within>,
    epoch: Option<Arc<Epoch>>,
    icy: Option<Interleave>,
    taken: usize,
    cursor: Cursor,
}

/// Goes over all that is to be sent, piece by piece.
#[derive(Clone)]
struct Walker<'a> {
    front: &'a [u8],
    within: Option<&'a Arc<Block>>,
    blocks: &'a [Arc<Block>],
    /// Which block is next; block 0 is `within`, if there is one.
    index: usize,
    offset: usize,
    opened: bool,
    epoch: Option<&'a Arc<Epoch>>,
    icy: Option<Interleave>,
    titles: Option<&'a Titles>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Front,
    Header,
    Title,
    Audio,
}

impl<'a> Walker<'a> {
    fn new(weave: &'a Weave, run: &'a Run) -> Self {
        Self {
            front: &weave.front,
            within: weave.within.as_ref().map(|within| &within.block),
            blocks: &run.blocks,
            index: 0,
            offset: weave.within.as_ref().map_or(0, |within| within.offset),
            opened: weave.within.as_ref().is_some_and(|within| within.opened),
            epoch: weave.epoch.as_ref(),
            icy: weave.icy,
            titles: run.titles.as_ref(),
        }
    }

    fn block(&self) -> Option<&'a Arc<Block>> {
        match (self.within, self.index) {
            (Some(block), 0) => Some(block),
            (Some(_), index) => self.blocks.get(index - 1),
            (None, index) => self.blocks.get(index),
        }
    }

    fn next(&mut self) -> Option<(Kind, &'a [u8])> {
        if !self.front.is_empty() {
            return Some((Kind::Front, std::mem::take(&mut self.front)));
        }
        loop {
            let block = self.block()?;
            if !self.opened {
                self.opened = true;
                let known = self.epoch.replace(&block.epoch);
                if !block.epoch.header.is_empty() && needs_header(known, block) {
                    return Some((Kind::Header, &block.epoch.header));
                }
            }
            let rest = block.bytes.get(self.offset..).unwrap_or_default();
            if rest.is_empty() {
                self.pass_block();
                continue;
            }
            let Some(icy) = &mut self.icy else {
                self.pass_block();
                return Some((Kind::Audio, rest));
            };
            let until = icy.until_title();
            if until == 0 {
                let at = time_of(block, self.offset);
                let title = self.titles.and_then(|titles| titles.at(at));
                return Some((Kind::Title, icy.title(title)));
            }
            let n = rest.len().min(until);
            icy.pass(n);
            if n == rest.len() {
                self.pass_block();
            } else {
                self.offset += n;
            }
            return Some((Kind::Audio, &rest[..n]));
        }
    }

    fn pass_block(&mut self) {
        self.index += 1;
        self.offset = 0;
        self.opened = false;
    }

    /// The walker after exactly `sent` bytes.
    fn after(mut self, mut sent: usize) -> Self {
        while sent > 0 {
            let before = self.clone();
            let Some((kind, piece)) = self.next() else { break };
            if sent >= piece.len() {
                sent -= piece.len();
                continue;
            }
            match kind {
                Kind::Audio => {
                    self = before;
                    self.opened = true;
                    self.epoch = self.block().map(|block| &block.epoch);
                    self.offset += sent;
                    if let Some(icy) = &mut self.icy {
                        icy.pass(sent);
                    }
                }
                Kind::Front | Kind::Header | Kind::Title => self.front = &piece[sent..],
            }
            break;
        }
        self
    }

    fn stop(self, run: &Run) -> Stop {
        let had_within = usize::from(self.within.is_some());
        let current = self.block();
        // A block is held on to where part of it was sent, or something that belongs before its
        // next byte.
        let held = current.filter(|_| {
            self.opened || !self.front.is_empty() || (had_within == 1 && self.index == 0)
        });
        let passed = self.index.saturating_sub(had_within);
        let taken = if held.is_some() && self.index >= had_within { passed + 1 } else { passed };
        let cursor = if taken == run.blocks.len() {
            run.next
        } else {
            taken.checked_sub(1).map_or(run.start, |last| run.start.after(&run.blocks[last]))
        };
        Stop {
            front: Bytes::copy_from_slice(self.front),
            within: held.map(|block| Within {
                block: block.clone(),
                offset: self.offset,
                opened: self.opened,
            }),
            epoch: self.epoch.cloned(),
            icy: self.icy,
            taken,
            cursor,
        }
    }
}

/// Whether a decoder that knows `known` must be sent the header of `block`'s epoch: at its first
/// block, where another epoch begins, and where the run is broken (a chained Ogg stream may begin
/// again with the very same header).
fn needs_header(known: Option<&Arc<Epoch>>, block: &Block) -> bool {
    let same =
        known.is_some_and(|known| Arc::ptr_eq(known, &block.epoch) || **known == *block.epoch);
    !same || block.discontinuity
}

/// When the byte at `offset` is heard, as near as its place among the block's bytes tells.
fn time_of(block: &Block, offset: usize) -> ProgrammeTime {
    let length = block.bytes.len().max(1) as u128;
    let nanos = block.duration.as_nanos() * (offset as u128) / length;
    block.first.saturating_add(Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
}
