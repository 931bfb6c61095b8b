//! Building an index from the audio alone.
//!
//! Time can't be known from frames: it is guessed from what lies before, and marked as a guess.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::time::Duration;

use airtime::ProgrammeTime;
use codec::{Codec, Format, ogg};

use crate::Discontinuity;
use crate::appender::{BLOCK, MARK_EVERY, plays};
use crate::block::id_at;
use crate::hour::{Extent, HourName};
use crate::mark::{Flags, IndexHead, Mark};
use crate::segment::SEGMENT;
use crate::shape::{Frame, shape};

/// How much audio is held at a time.
const CHUNK: usize = 1 << 20;

/// How far records are apart: a little more than the recorder's own, so that none is missed where
/// none is missing.
const EVERY: Duration = MARK_EVERY.saturating_add(BLOCK).saturating_add(Duration::from_millis(125));

/// A page that claims to play longer than this begins another count.
const MAX_PAGE: u64 = 60 * 48_000;

/// What lies about a file on the tape.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Before {
    pub(crate) extent: Option<Extent>,
    pub(crate) last: Option<Mark>,
    /// The first record of the file behind it: its counts are given, and are not to be passed.
    pub(crate) next: Option<Mark>,
}

/// An index made from audio.
#[derive(Debug)]
pub(crate) struct Rebuilt {
    pub(crate) head: IndexHead,
    pub(crate) extent: Extent,
    pub(crate) marks: Vec<Mark>,
}

/// Indexes a file of which nothing is known but its name.
pub(crate) fn whole(
    audio: &File,
    audio_len: u64,
    codec: Codec,
    name: HourName,
    before: Before,
) -> io::Result<Option<Rebuilt>> {
    let mut start = vec![0; usize::try_from(audio_len).unwrap_or(CHUNK).min(CHUNK)];
    audio.read_exact_at(&mut start, 0)?;
    let Some((format, header_len)) = beginning(codec, &start) else { return Ok(None) };
    let time = before.extent.map_or(name.hour, |extent| extent.end.max(name.hour));
    let mark = Mark {
        time,
        sample: before.extent.map_or(0, |extent| extent.end_sample),
        offset: header_len,
        continuity: id_at(time),
        segment: before.last.map_or(0, |last| last.segment + 1),
        discontinuity: before.last.map_or(0, |last| last.discontinuity + 1),
        anchor: 0,
        whole: None,
        lost: 0,
        flags: Flags {
            why: Some(Discontinuity::Hole),
            estimated: true,
            entry: true,
            ..Flags::default()
        },
    };
    let rebuilt = from(audio, audio_len, format, mark, None)?;
    Ok(rebuilt.map(|mut rebuilt| {
        rebuilt.head = IndexHead { hour: name.hour, format, header_len };
        fit(&mut rebuilt, before);
        rebuilt
    }))
}

/// Makes an index's counts and times go on to those of the file behind it.
fn fit(rebuilt: &mut Rebuilt, before: Before) {
    let (Some(next), Some(last)) = (before.next, rebuilt.marks.last().copied()) else { return };
    let broken = u64::from(next.flags.breaks());
    let (segments, discontinuities) =
        (next.segment.saturating_sub(broken), next.discontinuity.saturating_sub(broken));
    let (mut more_segments, mut more_discontinuities, mut more_samples) = (0, 0, 0);
    let extent = &mut rebuilt.extent;
    if before.last.is_none() {
        // The oldest of the tape: what it began to count with was dropped, and isn't 0.
        more_segments = segments.saturating_sub(last.segment);
        more_discontinuities = discontinuities.saturating_sub(last.discontinuity);
        more_samples = next.before().saturating_sub(extent.end_sample);
    }
    // One run goes on over the hour's turn, or ends before it.
    let runs_on = !next.flags.breaks();
    let late = if runs_on { next.time.since(extent.end) } else { Duration::ZERO };
    let early = extent.end.since(next.time);
    let moved = |time: ProgrammeTime| {
        let moved = time.saturating_add(late).saturating_sub(early);
        before.extent.map_or(moved, |extent| moved.max(extent.end))
    };
    extent.first = moved(extent.first);
    extent.end = moved(extent.end);
    extent.first_sample += more_samples;
    extent.end_sample += more_samples;
    for mark in &mut rebuilt.marks {
        mark.time = moved(mark.time);
        if runs_on {
            mark.continuity = next.continuity;
        }
        mark.sample += more_samples;
        mark.anchor = mark.anchor.saturating_add_unsigned(more_samples);
        mark.segment = (mark.segment + more_segments).min(segments);
        mark.discontinuity = (mark.discontinuity + more_discontinuities).min(discontinuities);
    }
}

/// Indexes what lies behind `mark`, which must be known to be good, and so must `anchor` be, if
/// it is known (Ogg). Damaged bytes are skipped.
pub(crate) fn from(
    audio: &File,
    audio_len: u64,
    format: Format,
    mark: Mark,
    anchor: Option<i64>,
) -> io::Result<Option<Rebuilt>> {
    let rate = format.sample_rate;
    let mut marks = vec![mark];
    let mut segment_began = mark.time;
    let mut reader = Frames::new(audio, audio_len, format.codec, mark, anchor);
    let mut good = mark.offset;
    while let Some((frame, offset, broken)) = reader.next()? {
        let last = marks[marks.len() - 1];
        let due = plays(frame.sample - last.sample, rate) >= EVERY && frame.entry;
        if offset == mark.offset {
            marks[0].anchor = reader.anchor;
        } else if due || broken {
            let mut next = later(&last, &frame, rate);
            next.offset = offset;
            next.anchor = reader.anchor;
            next.flags.gap = broken;
            next.flags.entry = frame.entry;
            let long = frame.entry && next.time.since(segment_began) >= SEGMENT;
            if broken || long {
                segment_began = next.time;
                next.segment += 1;
            }
            next.discontinuity += u64::from(broken);
            marks.push(next);
        }
        good = offset + frame.len as u64;
    }
    if good == mark.offset {
        return Ok(None);
    }
    let last = marks[marks.len() - 1];
    let extent = Extent {
        first: mark.time,
        end: last.time.saturating_add(plays(reader.sample - last.sample, rate)),
        first_sample: mark.sample,
        end_sample: reader.sample,
        bytes: good,
    };
    let head = IndexHead { hour: mark.time.hour(), format, header_len: mark.offset };
    Ok(Some(Rebuilt { head, extent, marks }))
}

/// The record for a frame that follows `mark` in its run.
fn later(mark: &Mark, frame: &Frame, rate: u32) -> Mark {
    let started = plays(frame.sample - mark.sample, rate);
    Mark {
        time: mark.time.saturating_add(started),
        sample: frame.sample,
        whole: None,
        lost: 0,
        flags: Flags { estimated: true, entry: frame.entry, ..Flags::default() },
        ..*mark
    }
}

/// Where frames may go on behind a piece that can't be taken apart.
pub(crate) fn behind_whole(mark: &Mark, rate: u32) -> Mark {
    let (len, samples) = mark.whole.unwrap_or_default();
    Mark {
        time: mark.time.saturating_add(plays(samples.into(), rate)),
        sample: mark.sample + u64::from(samples),
        offset: mark.offset + u64::from(len),
        whole: None,
        lost: 0,
        flags: Flags { estimated: true, entry: true, ..Flags::default() },
        ..*mark
    }
}

/// Steps over the frames of a whole file, a piece of it in memory at a time.
struct Frames<'a> {
    audio: &'a File,
    audio_len: u64,
    codec: Codec,
    buffer: Vec<u8>,
    /// Where the buffer begins in the file, and how much of it is done with.
    base: u64,
    used: usize,
    sample: u64,
    anchor: i64,
    /// The next page sets the anchor.
    unanchored: bool,
}

impl<'a> Frames<'a> {
    fn new(audio: &'a File, audio_len: u64, codec: Codec, mark: Mark, anchor: Option<i64>) -> Self {
        Self {
            audio,
            audio_len,
            codec,
            buffer: Vec::new(),
            base: mark.offset,
            used: 0,
            sample: mark.sample,
            anchor: anchor.unwrap_or_default(),
            unanchored: anchor.is_none(),
        }
    }

    /// The next frame, its place in the file, and whether anything before it was damaged.
    fn next(&mut self) -> io::Result<Option<(Frame, u64, bool)>> {
        let mut broken = false;
        loop {
            if self.buffer.len() - self.used < CHUNK / 4 {
                self.fill()?;
            }
            let rest = &self.buffer[self.used..];
            if rest.is_empty() {
                return Ok(None);
            }
            let Some(shape) = shape(self.codec, rest).filter(|found| {
                // Another must follow at once: else it is a chance likeness.
                !broken || shape(self.codec, &rest[found.len..]).is_some()
            }) else {
                broken = true;
                self.used += 1;
                continue;
            };
            let offset = self.base + self.used as u64;
            let samples = match (self.codec, shape.granule) {
                (Codec::Ogg, Some(granule)) => self.paged(granule, &mut broken),
                _ => u64::from(shape.samples),
            };
            let frame = Frame {
                offset: 0,
                len: shape.len,
                sample: self.sample,
                samples,
                entry: shape.entry,
            };
            self.used += shape.len;
            self.sample += samples;
            return Ok(Some((frame, offset, broken)));
        }
    }

    /// The samples of a page that ends at `granule`.
    fn paged(&mut self, granule: i64, broken: &mut bool) -> u64 {
        let sample = i64::try_from(self.sample).unwrap_or(i64::MAX);
        if self.unanchored {
            self.unanchored = false;
            // What the page plays isn't known without the one before; a page of a file that
            // begins a stream begins at 0.
            let plays = if (0..48_000 * 2).contains(&granule) { granule } else { 0 };
            self.anchor = sample.saturating_add(plays).saturating_sub(granule);
        }
        let after = granule.saturating_add(self.anchor);
        let samples = u64::try_from(after).ok().and_then(|after| after.checked_sub(self.sample));
        match samples.filter(|samples| *samples <= MAX_PAGE) {
            Some(samples) => samples,
            None => {
                self.anchor = sample.saturating_sub(granule);
                *broken = true;
                0
            }
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        self.buffer.drain(..self.used);
        self.base += self.used as u64;
        self.used = 0;
        let have = self.buffer.len();
        let left = self.audio_len.saturating_sub(self.base + have as u64);
        let more = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
        self.buffer.resize(have + more, 0);
        self.audio.read_exact_at(&mut self.buffer[have..], self.base + have as u64)
    }
}

/// What a file's first bytes say of its format, and how long its header is.
fn beginning(codec: Codec, start: &[u8]) -> Option<(Format, u64)> {
    match codec {
        Codec::Mp3 => {
            let rate = shape(codec, start)?.rate;
            let channels = if start.get(3)? >> 6 == 3 { 1 } else { 2 };
            Some((Format { codec, sample_rate: rate, channels }, 0))
        }
        Codec::Aac => {
            let rate = shape(codec, start)?.rate;
            let channels = (start.get(2)? & 1) << 2 | start.get(3)? >> 6;
            Some((Format { codec, sample_rate: rate, channels }, 0))
        }
        Codec::Ogg => {
            let first = shape(codec, start)?;
            let format = ogg::format(start.get(..first.len)?)?;
            // Header pages have no audio, so their granule position is 0 (RFC 7845 section 3).
            let mut header = 0;
            while let Some(page) = shape(codec, start.get(header..)?) {
                if page.granule.unwrap_or(1) != 0 {
                    break;
                }
                header += page.len;
            }
            Some((format, header as u64))
        }
        Codec::WebM | Codec::Opaque => None,
    }
}
