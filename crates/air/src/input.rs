//! The input buffer: bytes in, as they come; packets out, at a steady pace.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use airtime::{MediaOffset, Pacer, PacerSettings, ProgrammeTime};
use codec::{Codec, Framed, Framer, Packet, Skipped};
use tape::Epoch;

use crate::feed::{Due, Feed};
use crate::icy::{IcyPiece, IcyReader};
use crate::silence::Probe;
use crate::title::{RawTitle, Title};

/// An input waits for room when it holds this much audio (or twice its buffer).
const MOST_AUDIO: Duration = Duration::from_secs(30);

/// An input waits for room when it holds this many bytes.
const MOST_BYTES: usize = 8 << 20;

/// Waiting for a full buffer takes no longer than the buffer and this, for a source that keeps
/// up but for a little.
const FILL_SLACK: Duration = Duration::from_millis(500);

/// Audio that comes back after the buffer ran dry is watched for so long before it is trusted.
const SETTLE: Duration = Duration::from_millis(500);

/// A source that gave way for want of audio waits for twice as much each time, up to this …
const LONGEST_REFILL: Duration = Duration::from_secs(16);

/// … and at least this …
const SHORTEST_REFILL: Duration = Duration::from_millis(500);

/// … until it has been on the air for so long without a break.
const STEADY: Duration = Duration::from_secs(15 * 60);

/// A title that waits is counted as so many bytes.
const TITLE_HELD: usize = 1024;

/// How long after its time the next packet may come before the buffer counts as dry.
const GRACE: Duration = Duration::from_millis(100);

/// The same, where nothing could take its place.
const GRACE_ALONE: Duration = Duration::from_secs(1);

/// What was left out is logged at most this often.
const LOG_EVERY: Duration = Duration::from_secs(10);

/// What the framer leaves out of a stream that is whole all the same.
const NO_LOSS: [&str; 2] = ["a tag", "the header frame of a file"];

/// The audio of one source, relay or followed mount, between its arrival and the air.
#[derive(Debug)]
pub(crate) struct Input {
    /// Who it is, for the log.
    name: String,
    codec: Codec,
    content_type: Option<Arc<str>>,
    framer: Framer,
    icy: Option<IcyReader>,
    charset: Option<String>,
    /// What has to be there before it goes on the air.
    buffer: Duration,
    queue: VecDeque<Queued>,
    /// Packets in the queue.
    packets: usize,
    /// Bytes that the queue holds: packets, headers and titles.
    held: usize,
    /// Bytes received.
    received: u64,
    pacer: Pacer,
    phase: Phase,
    /// Where the newest packet ends, counted over all that arrived.
    arrived: MediaOffset,
    /// Where the packet at the front begins.
    front: MediaOffset,
    /// Of the newest epoch: where it begins, its rate, and its samples so far.
    run: Run,
    /// What the packet at the front is encoded as.
    epoch: Option<Epoch>,
    /// What the packet at the front belongs to.
    title: Option<Title>,
    /// Where that began, and what it ended.
    title_before: Option<(Title, MediaOffset)>,
    refill: Refill,
    /// What arrives is listened to.
    probe: Option<Probe>,
    /// When the last packet arrived.
    last_audio: Option<ProgrammeTime>,
    /// Something was left out before the next packet.
    torn: bool,
    /// No more will come.
    ended: bool,
    skipped: Tally,
    late: Tally,
}

#[derive(Debug)]
enum Queued {
    Epoch(Epoch),
    Title(Box<Title>),
    Packet { packet: Packet, to: MediaOffset, joined: bool },
}

impl Queued {
    fn is_packet(&self) -> bool {
        matches!(self, Self::Packet { .. })
    }

    /// The bytes that it holds, or some more.
    fn held(&self) -> usize {
        match self {
            Self::Epoch(epoch) => epoch.header.len(),
            Self::Title(_) => TITLE_HELD,
            Self::Packet { packet, .. } => packet.bytes.len(),
        }
    }
}

/// How much is to be there before it goes on the air again, for a source that comes slower than it
/// plays: with its usual buffer it would be on and off the air every few seconds, for ever.
#[derive(Debug, Default)]
struct Refill {
    /// How often it gave way lately.
    times: u32,
    /// It gave way, and has not been held up only.
    due: bool,
    /// Since when it has been on the air.
    since: Option<ProgrammeTime>,
}

impl Refill {
    /// What has to be there, of a source with this buffer.
    fn of(&self, buffer: Duration) -> Duration {
        if self.times == 0 {
            return buffer;
        }
        let doubled = buffer.max(SHORTEST_REFILL).saturating_mul(1 << self.times.min(8));
        doubled.min(LONGEST_REFILL.max(buffer))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Off the air. Since when there is audio to fill the buffer with.
    Filling { since: Option<ProgrammeTime> },
    /// On the air.
    Rolling,
    /// Ran dry on the air. Since when there is audio again.
    Stalled { again: Option<ProgrammeTime> },
}

#[derive(Debug, Default)]
struct Run {
    base: u64,
    rate: u32,
    samples: u64,
}

impl Run {
    fn end(&self) -> MediaOffset {
        let plays = match self.rate {
            0 => 0,
            rate => u128::from(self.samples) * 1_000_000 / u128::from(rate),
        };
        MediaOffset::from_micros(self.base.saturating_add(u64::try_from(plays).unwrap_or(u64::MAX)))
    }
}

/// Counts what is left out, to be logged now and then.
#[derive(Debug, Default)]
struct Tally {
    count: u64,
    logged: Option<ProgrammeTime>,
}

impl Tally {
    /// Adds; how many are to be logged now.
    fn add(&mut self, count: u64, now: ProgrammeTime) -> Option<u64> {
        self.count += count;
        if self.logged.is_some_and(|logged| now.since(logged) < LOG_EVERY) {
            return None;
        }
        self.logged = Some(now);
        Some(std::mem::take(&mut self.count))
    }
}

/// How an input is made.
#[derive(Debug)]
pub(crate) struct InputSetup {
    pub(crate) name: String,
    pub(crate) codec: Codec,
    /// What its source says that it is, for what can't be looked into.
    pub(crate) content_type: Option<Arc<str>>,
    /// Who says the titles that are interleaved with the audio.
    pub(crate) titles: &'static str,
    pub(crate) buffer: Duration,
    pub(crate) icy_interval: Option<u32>,
    pub(crate) charset: Option<String>,
}

impl Input {
    pub(crate) fn new(setup: InputSetup) -> Self {
        Self {
            name: setup.name,
            codec: setup.codec,
            content_type: setup.content_type.filter(|_| setup.codec == Codec::Opaque),
            framer: Framer::new(setup.codec),
            icy: setup.icy_interval.and_then(|every| IcyReader::new(every, setup.titles)),
            charset: setup.charset,
            buffer: setup.buffer,
            queue: VecDeque::new(),
            packets: 0,
            held: 0,
            received: 0,
            pacer: Pacer::new(PacerSettings::default()),
            phase: Phase::Filling { since: None },
            arrived: MediaOffset::default(),
            front: MediaOffset::default(),
            run: Run::default(),
            epoch: None,
            title: None,
            title_before: None,
            refill: Refill::default(),
            probe: None,
            last_audio: None,
            torn: false,
            ended: false,
            skipped: Tally::default(),
            late: Tally::default(),
        }
    }

    /// Takes bytes as they were received; did they complete any audio?
    pub(crate) fn push(&mut self, bytes: &[u8], now: ProgrammeTime) -> bool {
        self.received += bytes.len() as u64;
        match self.icy.take() {
            None => self.push_audio(bytes, now),
            Some(mut icy) => {
                let mut rest = bytes;
                let mut any = false;
                while let Some(piece) = icy.next(&mut rest) {
                    match piece {
                        IcyPiece::Audio(audio) => any |= self.push_audio(audio, now),
                        IcyPiece::Title(raw) => {
                            let title = raw.decode(self.charset.as_deref(), now);
                            self.push_title(title);
                        }
                    }
                }
                self.icy = Some(icy);
                any
            }
        }
    }

    /// Begins to read another stream of bytes that follows the first.
    pub(crate) fn push_fresh(&mut self, header: &[u8], now: ProgrammeTime) {
        self.framer = Framer::new(self.codec);
        self.torn = true;
        self.push_audio(header, now);
    }

    /// What is pushed from now on is called so.
    pub(crate) fn push_title(&mut self, title: Title) {
        self.queue(Queued::Title(Box::new(title)));
    }

    /// What arrives from now on is listened to, or isn't any more.
    pub(crate) fn listen(&mut self, probe: Option<Probe>) {
        let newest = self.queue.iter().rev().find_map(|queued| match queued {
            Queued::Epoch(epoch) => Some(epoch),
            _ => None,
        });
        let epoch = newest.or(self.epoch.as_ref()).cloned();
        self.probe = probe;
        if let (Some(probe), Some(epoch)) = (&mut self.probe, epoch) {
            probe.begin(epoch);
        }
    }

    /// No more will come; what is there is played out.
    pub(crate) fn end(&mut self) {
        self.ended = true;
    }

    pub(crate) fn set_buffer(&mut self, buffer: Duration) {
        self.buffer = buffer;
    }

    pub(crate) fn set_charset(&mut self, charset: Option<String>) {
        self.charset = charset;
    }

    /// Before the first audio: what the source played when it was last here.
    pub(crate) fn remember_title(&mut self, title: Option<Title>) {
        self.title = title;
    }

    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    /// Audio that waits to go on the air.
    pub(crate) fn buffered(&self) -> Duration {
        Duration::from_micros(self.arrived.as_micros().saturating_sub(self.front.as_micros()))
    }

    /// Should more be pushed?
    pub(crate) fn has_room(&self) -> bool {
        self.buffered() < MOST_AUDIO.max(self.buffer * 2) && self.held < MOST_BYTES
    }

    /// The newest title, on the air or still waiting.
    pub(crate) fn newest_title(&self) -> Option<Title> {
        let waiting = self.queue.iter().rev().find_map(|queued| match queued {
            Queued::Title(title) => Some(Title::clone(title)),
            _ => None,
        });
        waiting.or_else(|| self.title.clone())
    }

    /// Has it anything left to play?
    pub(crate) fn is_empty(&self) -> bool {
        self.packets == 0
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Off the air: gives up filling with audio that comes slower than it would play.
    pub(crate) fn trim(&mut self, now: ProgrammeTime) {
        let Phase::Filling { since } = &mut self.phase else { return };
        let needed = self.refill.of(self.buffer);
        let slow = since.is_some_and(|since| now.since(since) > needed * 3 / 2 + FILL_SLACK);
        if slow && self.arrived.as_micros() - self.front.as_micros() < micros(needed) {
            *since = None;
            self.drop_until(|_, _| false);
            tracing::warn!(source = %self.name, "audio comes slower than it plays: not put on the air");
        }
    }

    /// Off the air, behind something better: keeps only the newest buffer's worth.
    pub(crate) fn keep_newest(&mut self) {
        // And a frame or two, so that there is never less.
        let keep = micros(self.refill.of(self.buffer).max(FILL_SLACK) + GRACE);
        let arrived = self.arrived.as_micros();
        self.drop_until(|from, _| from.as_micros() + keep >= arrived);
    }

    /// The clock has stepped: what was waited for until then was not waited for since then.
    pub(crate) fn clock_stepped(&mut self, now: ProgrammeTime) {
        match &mut self.phase {
            // What is there is as good as it was.
            Phase::Filling { since: Some(since) } => {
                let waited = self.refill.of(self.buffer) + FILL_SLACK;
                *since = now.saturating_sub(waited);
            }
            Phase::Stalled { again: Some(again) } => *again = now,
            _ => {}
        }
        self.last_audio = self.last_audio.map(|_| now);
        self.refill.since = self.refill.since.map(|_| now);
    }

    /// It ran dry on the air, and something else takes its place.
    pub(crate) fn gave_way(&mut self, now: ProgrammeTime) {
        if self.refill.since.take().is_some_and(|since| now.since(since) >= STEADY) {
            self.refill.times = 0;
        }
        self.refill.due = true;
    }

    fn push_audio(&mut self, bytes: &[u8], now: ProgrammeTime) -> bool {
        self.framer.push(bytes);
        let before = self.arrived;
        let mut any = false;
        while let Some(framed) = self.framer.next() {
            match framed {
                Framed::Epoch { format, header } => {
                    let content_type = self.content_type.clone();
                    self.take_epoch(Epoch { format, header, content_type }, now);
                }
                Framed::Packet(packet) => {
                    any = true;
                    self.take_packet(packet, now);
                }
                // A tag between two frames is no loss.
                Framed::Skipped(skipped) if NO_LOSS.contains(&skipped.reason) => {}
                Framed::Skipped(skipped) => {
                    self.torn = true;
                    self.note_skipped(skipped, now);
                }
            }
        }
        if !any {
            return false;
        }
        self.last_audio = Some(now);
        match &mut self.phase {
            Phase::Filling { since: since @ None } => *since = Some(now),
            Phase::Stalled { again: again @ None } => *again = Some(now),
            _ => {}
        }
        if self.arrived > before {
            self.pacer.arrived(now, self.arrived);
        }
        true
    }

    fn take_epoch(&mut self, epoch: Epoch, now: ProgrammeTime) {
        if epoch.format.codec == Codec::Ogg {
            let title = title_of(&epoch.header, now);
            // A chain whose comments say nothing ends the title of the last.
            if !title.line().is_empty() || self.run.rate > 0 {
                self.push_title(title);
            }
        }
        if let Some(probe) = &mut self.probe {
            probe.begin(epoch.clone());
        }
        let base = self.run.end().as_micros();
        self.run = Run { base, rate: epoch.format.sample_rate, samples: 0 };
        self.queue(Queued::Epoch(epoch));
    }

    fn take_packet(&mut self, packet: Packet, now: ProgrammeTime) {
        if let Some(probe) = &mut self.probe {
            probe.pass(&packet, now);
        }
        self.run.samples += u64::from(packet.samples);
        self.arrived = self.run.end();
        let joined = !std::mem::take(&mut self.torn);
        self.queue(Queued::Packet { packet, to: self.arrived, joined });
    }

    /// Of several epochs or titles with no audio in between only the last one counts, and is kept.
    fn queue(&mut self, queued: Queued) {
        let kind = std::mem::discriminant(&queued);
        match queued {
            Queued::Packet { .. } => self.packets += 1,
            Queued::Epoch(_) | Queued::Title(_) => {
                let behind = self.queue.iter().rev().take_while(|it| !it.is_packet());
                let same = behind.zip(1..).find(|(it, _)| std::mem::discriminant(*it) == kind);
                if let Some((_, from_back)) = same
                    && let Some(before) = self.queue.remove(self.queue.len() - from_back)
                {
                    self.held -= before.held();
                }
            }
        }
        self.held += queued.held();
        self.queue.push_back(queued);
    }

    /// Takes what is at the front.
    fn unqueue(&mut self) -> Option<Queued> {
        let queued = self.queue.pop_front()?;
        self.held -= queued.held();
        match &queued {
            Queued::Epoch(epoch) => self.epoch = Some(epoch.clone()),
            Queued::Title(title) => {
                let before = self.title.replace(Title::clone(title));
                self.title_before = before.map(|before| (before, self.front));
            }
            Queued::Packet { .. } => self.packets -= 1,
        }
        Some(queued)
    }

    fn note_skipped(&mut self, skipped: Skipped, now: ProgrammeTime) {
        if let Some(bytes) = self.skipped.add(skipped.bytes, now) {
            let reason = skipped.reason;
            tracing::warn!(source = %self.name, bytes, reason, "no audio: left out");
        }
    }

    /// Drops packets from the front until `keep(begins, packet)`; how many. Epochs and titles on
    /// the way are taken over.
    fn drop_until(&mut self, keep: impl Fn(MediaOffset, &Packet) -> bool) -> u64 {
        let mut dropped = 0;
        while let Some(queued) = self.queue.front() {
            if let Queued::Packet { packet, .. } = queued
                && keep(self.front, packet)
            {
                break;
            }
            if let Some(Queued::Packet { to, .. }) = self.unqueue() {
                self.front = to;
                dropped += 1;
            }
        }
        dropped
    }

    /// Is what plays known to the microsecond?
    fn is_timed(&self) -> bool {
        self.run.rate > 0
    }

    /// Does what came after a silence reach beyond now, as if it had only been held up?
    fn backlog_covers(&self, now: ProgrammeTime) -> bool {
        let reaches = self.pacer.air_time(self.arrived);
        reaches >= now.saturating_add(self.buffer / 2)
    }
}

impl Feed for Input {
    fn ready(&mut self, now: ProgrammeTime) -> bool {
        if self.is_empty() {
            return false;
        }
        if let Phase::Stalled { again } = self.phase {
            let Some(again) = again else { return false };
            if now.since(again) < SETTLE && !self.ended {
                return false;
            }
            if self.is_timed() && self.backlog_covers(now) {
                // It was held up, and is not slow.
                self.refill.due = false;
                return true;
            }
            if std::mem::take(&mut self.refill.due) {
                self.refill.times = self.refill.times.saturating_add(1);
            }
            self.phase = Phase::Filling { since: Some(again) };
        }
        let Phase::Filling { since: Some(since) } = self.phase else { return false };
        let buffered = self.buffered();
        let needed = self.refill.of(self.buffer);
        let waited = now.since(since) >= needed + FILL_SLACK;
        !self.is_timed()
            || self.ended
            || !self.has_room()
            || buffered >= needed
            || (waited && self.refill.times == 0 && buffered >= needed * 3 / 4)
    }

    fn start(&mut self, from: ProgrammeTime, now: ProgrammeTime) {
        if let Phase::Stalled { .. } = self.phase {
            let pacer = std::mem::replace(&mut self.pacer, Pacer::new(PacerSettings::default()));
            let late = self.drop_until(|begins, _| pacer.air_time(begins) >= from);
            self.pacer = pacer;
            if late > 0
                && let Some(frames) = self.late.add(late, now)
            {
                tracing::warn!(source = %self.name, frames, "late: their time has passed");
            }
        }
        // A decoder has to be able to start at the first.
        let codec = self.codec;
        self.drop_until(|_, packet| packet.entry || codec == Codec::Opaque);
        self.pacer.start(from, self.front);
        self.phase = Phase::Rolling;
        self.refill.since = Some(now);
    }

    fn is_dry(&self, now: ProgrammeTime, alone: bool) -> bool {
        if !self.is_empty() {
            return false;
        }
        if self.ended {
            return true;
        }
        let grace = if alone { GRACE_ALONE } else { GRACE };
        if !self.is_timed() {
            return self.last_audio.is_none_or(|last| now.since(last) > GRACE_ALONE);
        }
        now.since(self.pacer.air_time(self.front)) > grace
    }

    fn stop(&mut self) {
        self.phase = if self.is_empty() {
            Phase::Stalled { again: None }
        } else {
            // It was good enough before: it need not wait for the last of its buffer.
            let waited = self.refill.of(self.buffer) + FILL_SLACK;
            Phase::Filling { since: self.last_audio.map(|last| last.saturating_sub(waited)) }
        };
    }

    fn next_due(&mut self, now: ProgrammeTime) -> Option<Due> {
        let timed = self.is_timed();
        if let Queued::Packet { to, .. } = self.queue.front()?
            && timed
            && self.pacer.air_time(*to) > now
        {
            return None;
        }
        match self.unqueue()? {
            Queued::Epoch(_) => Some(Due::Epoch),
            Queued::Title(title) => Some(Due::Title(*title)),
            Queued::Packet { packet, to, joined } => {
                let (at, end) = if timed {
                    (self.pacer.air_time(self.front), self.pacer.air_time(to))
                } else {
                    (now, now)
                };
                self.front = to;
                Some(Due::Packet { packet, joined, at, end })
            }
        }
    }

    fn epoch(&self) -> Option<&Epoch> {
        self.epoch.as_ref()
    }

    fn title(&self) -> Option<Title> {
        self.title.clone()
    }

    fn title_before(&self) -> Option<(Title, Duration)> {
        let (before, until) = self.title_before.as_ref()?;
        let ago = self.front.as_micros().saturating_sub(until.as_micros());
        Some((before.clone(), Duration::from_micros(ago)))
    }
}

/// What an Ogg stream's own comments say.
fn title_of(header: &[u8], now: ProgrammeTime) -> Title {
    let comments = codec::ogg::comments(header);
    let field = |name: &str| {
        let (_, value) = comments.iter().find(|(known, _)| known == name)?;
        Some((name.to_ascii_lowercase(), value.clone().into_bytes()))
    };
    let names = ["ARTIST", "TITLE", "ALBUM", "ISRC", "COMPOSER", "LABEL"];
    let mut fields: Vec<_> = names.into_iter().filter_map(field).collect();
    if let Some((_, publisher)) = field("ORGANIZATION") {
        fields.push(("label".to_owned(), publisher));
    }
    RawTitle { fields, charset: Some("utf-8".to_owned()), source: "ogg" }.decode(None, now)
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
