//! Cutting a span to a file.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use airtime::{ProgrammeTime, Span};
use codec::Codec;

use crate::appender::plays;
use crate::cut_mp3::Mp3Cut;
use crate::cut_ogg::OggCut;
use crate::cutter::{Cutter, PlainCut};
use crate::mark::{Flags, Mark};
use crate::policy::{Audience, Listening};
use crate::ring::Taped;
use crate::stretch::{Piece, of_mark, pieces};
use crate::{Epoch, SeekError, Tape, TapeError};

/// How long before the span frames are looked for that the first ones in it lean on.
const BEFORE: Duration = Duration::from_millis(2500);

/// How many marks (seconds) are in memory at a time.
const AT_A_TIME: usize = 4;

/// How long a cut waits for what is not written yet.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a cut holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutReport {
    /// From the first frame's first sample to the last one's end.
    pub span: Span,
    /// How much the file plays before the span begins: ADTS has no way of telling players to drop
    /// the frame that the first one's sound overlaps with. Nothing in other formats.
    pub before: Duration,
    /// How many frames (or pages).
    pub frames: u64,
    /// How many bytes were written.
    pub bytes: u64,
    /// Stretches of the span of which there is no audio.
    pub holes: Vec<Span>,
}

impl Tape {
    /// Writes the span's frames to `out`, exact to the frame, without encoding, as a file that any
    /// player plays. Only what is public is in it.
    ///
    /// Each frame whose start lies in the span is in it. What a decoder needs before them goes
    /// before: for MP3 what the first ones lean on, which the file's own header tells players to
    /// drop; for AAC one frame, which they hear ([`CutReport::before`]); for Opus 80 ms as pre-skip;
    /// for Vorbis a packet that plays nothing; for Ogg the header pages, with all pages numbered and
    /// timed from 0. Where the format changes, an Ogg file is chained; others end, and the rest is
    /// said to be a hole, as is what is not on the air yet.
    ///
    /// # Errors
    /// [`SeekError`] inside [`TapeError::Seek`] if there is nothing there; [`TapeError::Io`].
    pub fn cut(&self, span: Span, out: &mut dyn Write) -> Result<CutReport, TapeError> {
        self.cut_as(Audience::Public, span, out)
    }

    /// As [`cut`](Self::cut), for a given audience: the archive gets all that was recorded.
    ///
    /// # Errors
    /// As [`cut`](Self::cut).
    pub fn cut_as(
        &self,
        audience: Audience,
        span: Span,
        out: &mut dyn Write,
    ) -> Result<CutReport, TapeError> {
        self.settle(PATIENCE);
        // It is looked at twice, and the head goes on in between.
        let wanted = span;
        let span = match self.head() {
            Some(head) => Span::new(span.from(), span.to().min(head))
                .map_err(|_| SeekError::OutsideWindow { window: self.window() })?,
            None => span,
        };
        let mut out = Counted { out, bytes: 0 };
        let mut cut = Cut::default();
        let done = self.pieces(span, &mut |piece, epoch| {
            let public = audience == Audience::Archive || self.is_public(piece, epoch);
            cut.survey(span, piece, epoch, public);
            Ok(())
        });
        done.map_err(|source| self.cut_error("read", source))?;
        let Some(plan) = cut.plan else {
            return Err(match cut.uncounted {
                true => SeekError::NotRewindable,
                false if cut.closed => SeekError::Closed,
                false => SeekError::OutsideWindow { window: self.window() },
            }
            .into());
        };

        let mut cutter: Box<dyn Cutter> = match plan.epoch.format.codec {
            Codec::Mp3 => Box::new(Mp3Cut::new(plan.clone())),
            Codec::Ogg => Box::new(OggCut::default()),
            _ => Box::new(PlainCut::default()),
        };
        let mut run = Run { plan: plan.clone(), lead: VecDeque::new(), started: false, last: None };
        let done = self
            .pieces(span, &mut |piece, epoch| {
                let public = audience == Audience::Archive || self.is_public(piece, epoch);
                run.take(span, piece, epoch, public, &mut *cutter, &mut out)
            })
            .and_then(|()| cutter.finish(&mut out))
            .and_then(|()| out.flush());
        done.map_err(|source| self.cut_error("cut", source))?;

        let mut holes = match audience {
            Audience::Public => self.holes(wanted, Some(Listening::Again)),
            Audience::Archive => self.holes(wanted, None),
        };
        if let Some(rest) = plan.ends.and_then(|at| Span::new(at, wanted.to()).ok()) {
            holes.retain(|hole| hole.to() <= rest.from());
            holes.push(rest);
        }
        let report = Span::new(plan.first, plan.end)
            .map_err(|_| SeekError::OutsideWindow { window: self.window() })?;
        let before = plays(cutter.heard_before(), plan.epoch.format.sample_rate);
        Ok(CutReport { span: report, before, frames: plan.frames, bytes: out.bytes, holes })
    }

    fn is_public(&self, piece: &Piece, epoch: &Epoch) -> bool {
        let end = piece.end(epoch.format.sample_rate);
        self.shared.ring.read().closed.shuts(piece.first, end, Listening::Again).is_none()
    }

    fn cut_error(&self, what: &'static str, source: io::Error) -> TapeError {
        let dir = self.shared.disk.as_ref().map(|disk| disk.dir.clone());
        TapeError::Io { what, path: dir.unwrap_or_default(), source }
    }

    /// Shows `see` every piece of the span and of the moments before it, a few seconds in memory
    /// at a time.
    fn pieces(
        &self,
        span: Span,
        see: &mut dyn FnMut(&Piece, &Arc<Epoch>) -> io::Result<()>,
    ) -> io::Result<()> {
        let from = span.from().saturating_sub(BEFORE);
        let mut reached = 0;
        if let Some(disk) = &self.shared.disk {
            for hour in disk.archive.since(from) {
                let (extent, marks) = disk.archive.indexed(&hour)?;
                if extent.first >= span.to() {
                    break;
                }
                let epoch = hour.epoch()?;
                let start = marks.partition_point(|mark| mark.time <= from).saturating_sub(1);
                let end = marks.partition_point(|mark| mark.time < span.to());
                for at in (start..end).step_by(AT_A_TIME) {
                    let range = at..end.min(at + AT_A_TIME);
                    for piece in pieces(&hour, extent, &marks, range)? {
                        reached = piece.sample + piece.samples;
                        see(&piece, &epoch)?;
                    }
                }
                reached = reached.max(if end == marks.len() { extent.end_sample } else { 0 });
            }
            // What the disk has of the span is all seen; the ring may have more only at its end.
            reached = reached.max(disk.archive.end_sample());
        }
        let resident: Vec<Taped> = {
            let ring = self.shared.ring.read();
            let near = |taped: &&Taped| {
                taped.block.sample >= reached
                    && taped.block.end() > from
                    && taped.block.first < span.to()
            };
            ring.slots().filter(near).cloned().collect()
        };
        for taped in resident {
            for piece in taken_apart(&taped) {
                see(&piece, &taped.block.epoch)?;
            }
        }
        Ok(())
    }
}

/// The pieces of a block in memory.
fn taken_apart(taped: &Taped) -> Vec<Piece> {
    let block = &taped.block;
    let len = u32::try_from(block.bytes.len()).unwrap_or(u32::MAX);
    let samples = u32::try_from(block.samples).unwrap_or(u32::MAX);
    let mark = Mark {
        time: block.first,
        sample: block.sample,
        offset: 0,
        continuity: block.continuity,
        segment: 0,
        discontinuity: 0,
        anchor: taped.anchor,
        whole: taped.whole.then_some((len, samples)),
        lost: 0,
        flags: Flags { why: taped.why, entry: block.entry, ..Flags::default() },
    };
    let format = block.epoch.format;
    let mut found = Vec::new();
    let end = block.sample + block.samples;
    of_mark(format.codec, format.sample_rate, &mark, &block.bytes, end, &mut found);
    found
}

/// What is known of a cut before its first byte is written.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The first piece's; a file of frames holds no other.
    pub(crate) epoch: Arc<Epoch>,
    pub(crate) first: ProgrammeTime,
    pub(crate) end: ProgrammeTime,
    pub(crate) frames: u64,
    /// Bytes of those frames.
    pub(crate) bytes: u64,
    /// Where the format changes and the file has to end.
    pub(crate) ends: Option<ProgrammeTime>,
}

/// The first look at a span.
#[derive(Debug, Default)]
struct Cut {
    plan: Option<Plan>,
    uncounted: bool,
    /// There is audio that isn't for who asks.
    closed: bool,
}

impl Cut {
    fn survey(&mut self, span: Span, piece: &Piece, epoch: &Arc<Epoch>, public: bool) {
        if !epoch.is_counted() {
            self.uncounted = true;
            return;
        }
        if !span.contains(piece.first) {
            return;
        }
        if !public {
            self.closed = true;
            return;
        }
        let end = piece.first.saturating_add(plays(piece.samples, epoch.format.sample_rate));
        let len = piece.bytes.len();
        match &mut self.plan {
            None if piece.entry => {
                self.plan = Some(Plan {
                    epoch: epoch.clone(),
                    first: piece.first,
                    end,
                    frames: 1,
                    bytes: len as u64,
                    ends: None,
                });
            }
            None => {}
            Some(plan) if plan.ends.is_some() => {}
            Some(plan) if !plan.fits(epoch) => plan.ends = Some(piece.first),
            Some(plan) => {
                plan.end = end;
                plan.frames += 1;
                plan.bytes += len as u64;
            }
        }
    }
}

impl Plan {
    /// Whether audio of this epoch can be in the file.
    fn fits(&self, epoch: &Epoch) -> bool {
        let chained = epoch.format.codec == Codec::Ogg && self.epoch.format.codec == Codec::Ogg;
        chained || *epoch == *self.epoch
    }
}

/// The second look, which writes.
struct Run {
    plan: Plan,
    /// The last pieces before the cut begins, unbroken up to it.
    lead: VecDeque<Piece>,
    started: bool,
    last: Option<u64>,
}

impl Run {
    fn take(
        &mut self,
        span: Span,
        piece: &Piece,
        epoch: &Arc<Epoch>,
        public: bool,
        cutter: &mut dyn Cutter,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        if !self.plan.fits(epoch) || self.plan.ends.is_some_and(|ends| piece.first >= ends) {
            self.lead.clear();
            return Ok(());
        }
        if !public {
            self.lead.clear();
            self.last = None;
            return Ok(());
        }
        let joined = !piece.breaks && self.last == Some(piece.sample);
        self.last = Some(piece.sample + piece.samples);
        if !self.started && piece.first < self.plan.first {
            if !joined || (self.lead.is_empty() && !piece.entry) {
                self.lead.clear();
            }
            self.lead.push_back(piece.clone());
            if self.lead.len() > MAX_LEAD {
                self.lead.pop_front();
            }
            return Ok(());
        }
        if !span.contains(piece.first) {
            return Ok(());
        }
        if !self.started {
            self.started = true;
            let lead = if joined { std::mem::take(&mut self.lead).into() } else { Vec::new() };
            cutter.start(epoch, &lead, piece, out)?;
        }
        cutter.piece(piece, epoch, joined, out)
    }
}

/// Enough pages or frames for every format's needs.
const MAX_LEAD: usize = 32;

/// Counts what is written.
struct Counted<'a> {
    out: &'a mut dyn Write,
    bytes: u64,
}

impl Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
