//! The one who records.

use std::sync::Arc;
use std::time::Duration;

use airtime::ProgrammeTime;
use bytes::{Bytes, BytesMut};
use codec::{Codec, Packet};
use serde::{Deserialize, Serialize};

use crate::block::id_at;
use crate::ring::Taped;
use crate::shape::shape;
use crate::{Block, ContinuityId, Epoch, Tape};

/// How long a block may play.
pub(crate) const BLOCK: Duration = Duration::from_millis(250);

/// A block is closed when it reaches this size, whatever it plays.
const BLOCK_BYTES: usize = 256 << 10;

/// An opaque block, whose length is not known, is closed at this size.
const OPAQUE_BYTES: usize = 16 << 10;

/// A block that begins this long after the last mark is marked: about one a second.
pub(crate) const MARK_EVERY: Duration = Duration::from_millis(875);

/// A granule position of a stream that has run for a million years.
const MOST_GRANULE: i64 = 1 << 59;

/// How far a packet may be off the end of the last and still follow it, microseconds.
const TOLERANCE: i64 = 100_000;

/// Why a run begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Discontinuity {
    /// The first audio since this process started.
    Start,
    /// Another input went on the air.
    Splice,
    /// The source's format changed.
    Format,
    /// Nothing was on the air for a while, or the clock stepped.
    Hole,
}

/// The one who records.
///
/// Dropping it closes the open block. It never waits for the disk.
#[derive(Debug)]
pub struct Appender {
    tape: Tape,
    run: Option<Run>,
    open: Option<Open>,
    sequence: u64,
    sample: u64,
    /// When the last packet ends.
    expected: Option<ProgrammeTime>,
    /// When the last packet began.
    last: Option<ProgrammeTime>,
}

/// The run being recorded.
#[derive(Debug)]
struct Run {
    epoch: Arc<Epoch>,
    continuity: ContinuityId,
    /// Set until the first packet of the run has come.
    fresh: Option<Discontinuity>,
    /// The last mark. Between marks time is counted from samples, here and by who reads back.
    mark_time: ProgrammeTime,
    mark_sample: u64,
    anchor: i64,
    /// The last block can't be taken apart: who reads it back finds what follows only by a mark.
    after_whole: bool,
}

/// The block being filled.
#[derive(Debug)]
struct Open {
    first: ProgrammeTime,
    sample: u64,
    samples: u64,
    bytes: BytesMut,
    entry: bool,
    mark: bool,
    whole: bool,
    why: Option<Discontinuity>,
    /// The last packet plays nothing by itself: it belongs with the next.
    dangling: bool,
}

impl Appender {
    pub(crate) fn new(tape: Tape) -> Self {
        let (sample, head) = {
            let ring = tape.shared.ring.read();
            (ring.next_sample, ring.head)
        };
        Self { tape, run: None, open: None, sequence: 1, sample, expected: head, last: head }
    }

    /// Begins an unbroken run: of another format, after a splice, or after a hole.
    pub fn begin(&mut self, epoch: Epoch, why: Discontinuity) {
        self.close();
        let epoch = match self.run.take() {
            Some(run) if *run.epoch == epoch => run.epoch,
            _ => Arc::new(epoch),
        };
        self.start(epoch, why);
    }

    /// Appends one packet whose first sample is on the air at `at`. A packet that begins over
    /// 100 ms off the end of the last is a discontinuity by itself; one that would lie before the
    /// head is refused and `false` returned, as is every packet before the first
    /// [`begin`](Self::begin).
    pub fn append(&mut self, packet: &Packet, at: ProgrammeTime) -> bool {
        let Some(run) = &self.run else { return false };
        let timed = run.epoch.is_counted();
        if let Some(expected) = self.expected {
            let off = at.micros_since(expected);
            if off < -TOLERANCE {
                return false;
            }
            if off > TOLERANCE && timed && run.fresh.is_none() {
                let epoch = run.epoch.clone();
                self.close();
                self.start(epoch, Discontinuity::Hole);
            }
        }
        self.take(packet, at, timed);
        true
    }

    /// Closes the open block, so that readers see it now. (It closes by itself at 250 ms.) A
    /// block whose last page plays nothing by itself waits for the page that does.
    pub fn flush(&mut self) {
        if self.open.as_ref().is_some_and(|open| !open.dangling) {
            self.close();
        }
    }

    fn start(&mut self, epoch: Arc<Epoch>, why: Discontinuity) {
        self.run = Some(Run {
            epoch,
            continuity: id_at(self.tape.shared.clock.now()),
            fresh: Some(why),
            mark_time: ProgrammeTime::EPOCH,
            mark_sample: self.sample,
            anchor: 0,
            after_whole: false,
        });
    }

    /// Adds a packet that has been let in.
    fn take(&mut self, packet: &Packet, at: ProgrammeTime, timed: bool) {
        let measure = self.measure(packet);
        self.close_before(packet, at, &measure);
        let Some(run) = &mut self.run else { return };
        let rate = run.epoch.format.sample_rate;
        // Never before what is already on the tape, so that times always rise.
        let earliest = self.last.map_or(at, |last| last.saturating_add(Duration::from_micros(1)));
        if self.open.is_none() {
            let nominal = run.mark_time.saturating_add(plays(self.sample - run.mark_sample, rate));
            let why = run.fresh.take();
            let anchored = measure.anchor.is_none_or(|anchor| anchor == run.anchor);
            let hour_turns = nominal.hour() != run.mark_time.hour();
            let mark = why.is_some()
                || !anchored
                || measure.whole
                || run.after_whole
                || hour_turns
                || !timed
                || nominal.since(run.mark_time) >= MARK_EVERY;
            let first = if why.is_some() {
                at.max(self.expected.unwrap_or(at))
            } else if mark {
                at.max(earliest)
            } else {
                nominal
            };
            if mark {
                run.mark_time = first;
                run.mark_sample = self.sample;
                run.anchor = measure.anchor.unwrap_or(run.anchor);
            }
            self.open = Some(Open {
                first,
                sample: self.sample,
                samples: 0,
                bytes: BytesMut::new(),
                entry: packet.entry,
                mark,
                whole: measure.whole,
                why,
                dangling: false,
            });
        }
        let Some(open) = &mut self.open else { return };
        let first = open.first.saturating_add(plays(open.samples, rate));
        open.bytes.extend_from_slice(&packet.bytes);
        open.samples += u64::from(packet.samples);
        open.dangling = timed && packet.samples == 0;
        self.sample += u64::from(packet.samples);
        self.last = Some(first);
        let end = if timed { open.first.saturating_add(plays(open.samples, rate)) } else { at };
        self.expected = Some(self.expected.map_or(end, |expected| expected.max(end)));
        if self.is_full(packet, at, &measure) {
            self.close();
        }
    }

    /// Whether the open block should be read without waiting for another packet.
    fn is_full(&self, packet: &Packet, at: ProgrammeTime, measure: &Measure) -> bool {
        let (Some(open), Some(run)) = (&self.open, &self.run) else { return false };
        let format = run.epoch.format;
        if open.bytes.len() >= BLOCK_BYTES {
            return true;
        }
        if format.codec == Codec::Opaque || format.sample_rate == 0 {
            return open.bytes.len() >= OPAQUE_BYTES || at.since(open.first) >= BLOCK;
        }
        let another = plays(open.samples + u64::from(packet.samples), format.sample_rate);
        let odd = measure.whole && format.codec != Codec::WebM;
        !open.dangling && (another > BLOCK || odd)
    }

    /// Closes the open block if `packet` doesn't belong in it.
    fn close_before(&mut self, packet: &Packet, at: ProgrammeTime, measure: &Measure) {
        let (Some(open), Some(run)) = (&self.open, &self.run) else { return };
        let format = run.epoch.format;
        let rate = format.sample_rate;
        let next = open.first.saturating_add(plays(open.samples, rate));
        let long = plays(open.samples + u64::from(packet.samples), rate) > BLOCK;
        let turns =
            next.hour() != open.first.hour() || (rate == 0 && at.hour() != open.first.hour());
        let fresh_cluster = format.codec == Codec::WebM && packet.entry;
        if turns
            || (long && !open.dangling)
            || (packet.entry && !open.entry)
            || fresh_cluster
            || open.whole != measure.whole
            || measure.anchor.is_some_and(|anchor| anchor != run.anchor && open.samples > 0)
        {
            self.close();
        } else if let (Some(anchor), Some(run), Some(open)) =
            (measure.anchor, &mut self.run, &mut self.open)
            && anchor != run.anchor
        {
            // Only pages without a granule position so far: they take the new anchor.
            run.anchor = anchor;
            run.mark_time = open.first;
            run.mark_sample = open.sample;
            open.mark = true;
        }
    }

    /// How the packet will look to who reads it back.
    fn measure(&self, packet: &Packet) -> Measure {
        let whole = Measure { whole: true, anchor: None };
        let Some(run) = &self.run else { return whole };
        let format = run.epoch.format;
        let Some(shape) = shape(format.codec, &packet.bytes) else { return whole };
        if shape.len != packet.bytes.len() {
            return whole;
        }
        if format.codec != Codec::Ogg {
            let regular = shape.samples == packet.samples && shape.rate == format.sample_rate;
            return Measure { whole: !regular, anchor: None };
        }
        let after = i64::try_from(self.sample + u64::from(packet.samples)).unwrap_or(i64::MAX);
        match shape.granule {
            // No index can hold it: by itself such a page is whole, and the next is counted anew.
            Some(granule) if granule >= MOST_GRANULE => whole,
            Some(granule) => Measure { whole: false, anchor: Some(after.saturating_sub(granule)) },
            None => Measure { whole: packet.samples > 0, anchor: None },
        }
    }

    fn close(&mut self) {
        let (Some(open), Some(run)) = (self.open.take(), &mut self.run) else { return };
        run.after_whole = open.whole;
        let block = Block {
            first: open.first,
            duration: plays(open.samples, run.epoch.format.sample_rate),
            sample: open.sample,
            samples: open.samples,
            sequence: self.sequence,
            continuity: run.continuity,
            discontinuity: open.why.is_some(),
            entry: open.entry,
            epoch: run.epoch.clone(),
            bytes: Bytes::from(open.bytes),
        };
        self.sequence += 1;
        self.tape.push(Taped {
            block: Arc::new(block),
            mark: open.mark,
            whole: open.whole,
            anchor: run.anchor,
            why: open.why,
        });
    }
}

impl Drop for Appender {
    fn drop(&mut self) {
        self.close();
    }
}

/// How a packet will look to who reads it back.
#[derive(Debug)]
struct Measure {
    /// It can't be taken apart or counted.
    whole: bool,
    /// Ogg: where it puts the anchor, if a packet ends on the page.
    anchor: Option<i64>,
}

/// How long so many samples play; nothing where the rate isn't known.
pub(crate) fn plays(samples: u64, rate: u32) -> Duration {
    if rate == 0 {
        return Duration::ZERO;
    }
    let micros = u128::from(samples) * 1_000_000 / u128::from(rate);
    Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
}
