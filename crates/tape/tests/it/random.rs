//! Random recordings, restarts and cuts.

use std::sync::Arc;
use std::time::Duration;

use airtime::{ProgrammeTime, SimulatedClock, Span};
use proptest::prelude::*;
use tape::{Appender, Block, Discontinuity, Epoch, Policy, Retention, Tape, Withholding};
use tempfile::TempDir;

use crate::power::Powered;
use crate::studio::{
    PATIENCE, Player, adts, adts_frame, begin, clock, evening, mp3, mp3_frame, number, options,
    read_on, secs, span,
};

#[derive(Clone, Debug)]
enum Step {
    /// Plays so many frames, each off its time by some of these microseconds.
    Play(u16, Vec<i16>),
    /// Nothing is on the air, or the clock steps forward.
    Wait(u32),
    /// The clock steps back: packets come for times that are on tape already.
    Back(u32),
    Splice,
    Format,
    Restart,
    /// The process is killed.
    Kill,
    /// The power fails; this decides what becomes of what wasn't synced.
    Power(u64),
    Flush,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let jitter = prop::collection::vec(-9000_i16..9000, 1..8);
    let step = prop_oneof![
        6 => (1_u16..300, jitter).prop_map(|(count, jitter)| Step::Play(count, jitter)),
        2 => (150_u32..20_000).prop_map(Step::Wait),
        1 => (150_u32..5000).prop_map(Step::Back),
        1 => Just(Step::Splice),
        1 => Just(Step::Format),
        1 => Just(Step::Restart),
        1 => Just(Step::Kill),
        1 => any::<u64>().prop_map(Step::Power),
        1 => Just(Step::Flush),
    ];
    prop::collection::vec(step, 1..24)
}

/// A frame that was let in: its number, and whether it is MP3.
type Let = (u64, bool);

/// A tape on a disk that may lose its power, and what must be on it.
struct Studio {
    dir: TempDir,
    disk: Powered,
    clock: Arc<SimulatedClock>,
    opened: Option<(Tape, Appender)>,
    is_mp3: bool,
    now: ProgrammeTime,
    /// When the last frame that was let in ends, at least and at most: one that was early ends
    /// when it says, or is put behind those before it. None may be let in much before.
    reached: Option<(ProgrammeTime, ProgrammeTime)>,
    next: u64,
    kept: Vec<Let>,
}

/// A packet up to 100 ms before the end of the last follows it; times are off by some jitter.
const EARLY: i64 = 100_000;
const SLACK: i64 = 20_000;

impl Studio {
    fn new() -> Self {
        let mut studio = Self {
            dir: tempfile::tempdir().unwrap(),
            disk: Powered::default(),
            clock: clock(),
            opened: None,
            is_mp3: true,
            now: evening(),
            reached: None,
            next: 0,
            kept: Vec::new(),
        };
        studio.open();
        studio
    }

    fn open(&mut self) {
        let disk = Arc::new(self.disk.clone());
        let mut opened = Tape::open_on(options(self.dir.path()), self.clock.clone(), disk).unwrap();
        opened.1.begin(self.epoch(), Discontinuity::Start);
        self.reached = opened.0.head().map(|head| (head, head));
        self.opened = Some(opened);
    }

    fn epoch(&self) -> Epoch {
        if self.is_mp3 { mp3() } else { adts() }
    }

    fn play(&mut self, count: u16, jitter: &[i16]) -> Result<(), TestCaseError> {
        for index in 0..usize::from(count) {
            let off = i64::from(jitter[index % jitter.len()]);
            let at = ProgrammeTime::from_micros(self.now.as_micros() + off);
            let packet = if self.is_mp3 { mp3_frame(self.next) } else { adts_frame(self.next) };
            let length = Duration::from_micros(u64::from(packet.samples) * 1000 / 48);
            let (tape, appender) = self.opened.as_mut().unwrap();
            let (least, most) = self.reached.unwrap_or((at, at));
            let early = (least.micros_since(at), most.micros_since(at));
            if appender.append(&packet, at) {
                prop_assert!(early.0 <= EARLY + SLACK, "let in {:?} us too early", early);
                self.kept.push((self.next, self.is_mp3));
                let end = at.saturating_add(length);
                self.reached = Some((least.max(end), most.max(at).saturating_add(length)));
            } else {
                prop_assert!(early.1 >= EARLY - SLACK, "refused though {:?} us early", early);
            }
            self.next += 1;
            self.now = self.now.saturating_add(length);
            if index % 4 == 3 {
                self.clock.advance(length * 4);
                prop_assert!(tape.settle(PATIENCE));
            }
        }
        Ok(())
    }

    fn step(&mut self, step: Step) -> Result<(), TestCaseError> {
        let (tape, appender) = self.opened.as_mut().unwrap();
        match step {
            Step::Play(count, jitter) => self.play(count, &jitter)?,
            Step::Wait(millis) => {
                self.now = self.now.saturating_add(Duration::from_millis(millis.into()));
            }
            Step::Back(millis) => {
                self.now = self.now.saturating_sub(Duration::from_millis(millis.into()));
            }
            Step::Splice | Step::Format => {
                self.is_mp3 ^= matches!(step, Step::Format);
                let epoch = if self.is_mp3 { mp3() } else { adts() };
                appender.begin(epoch, Discontinuity::Splice);
            }
            Step::Restart => {
                self.opened = None;
                self.open();
            }
            Step::Kill | Step::Power(_) => {
                prop_assert!(tape.settle(PATIENCE));
                let after = tempfile::tempdir().unwrap();
                let most = match step {
                    Step::Power(luck) => {
                        self.disk.fails(self.dir.path(), after.path(), luck);
                        2_000_000_u64.div_ceil(1_024_000 / 48)
                    }
                    _ => {
                        crate::crash::copy(self.dir.path(), after.path());
                        250_000 / (1_024_000 / 48)
                    }
                };
                self.opened = None;
                self.dir = after;
                self.open();
                let found = self.on_tape()?;
                let lost = self.kept.len().saturating_sub(found.len());
                prop_assert!(lost as u64 <= most, "{} frames lost", lost);
                prop_assert_eq!(&found[..], &self.kept[..found.len()]);
                self.kept.truncate(found.len());
            }
            Step::Flush => appender.flush(),
        }
        Ok(())
    }

    /// All that is on tape, read from its beginning.
    fn on_tape(&self) -> Result<Vec<Let>, TestCaseError> {
        let (tape, _) = self.opened.as_ref().unwrap();
        let Some(window) = tape.window() else { return Ok(Vec::new()) };
        let seek = tape.seek(window.from()).unwrap();
        prop_assert_eq!(seek.starts, window.from());
        let (blocks, gone) = read_on(tape, seek.cursor);
        prop_assert!(gone.is_empty(), "{:?}", gone);
        for pair in blocks.windows(2) {
            prop_assert_eq!(pair[0].sample + pair[0].samples, pair[1].sample);
            prop_assert!(pair[0].first <= pair[1].first, "time runs back");
        }
        Ok(frames(&blocks))
    }
}

fn frames(blocks: &[Arc<Block>]) -> Vec<Let> {
    let of = |block: &Arc<Block>| {
        let mp3 = block.epoch.format.codec == codec::Codec::Mp3;
        let frames = block.bytes.chunks(if mp3 { 192 } else { 20 });
        frames.map(|frame| (number_of(frame, mp3), mp3)).collect::<Vec<_>>()
    };
    blocks.iter().flat_map(of).collect()
}

fn number_of(frame: &[u8], mp3: bool) -> u64 {
    if mp3 { number(frame) } else { u64::from_be_bytes(frame[12..20].try_into().unwrap()) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn everything_let_in_is_read_once_and_in_order(
        steps in steps(),
        cut in (0.0..1.0_f64, 0.0..1.0_f64),
    ) {
        let mut studio = Studio::new();
        for step in steps {
            studio.step(step)?;
        }
        let (tape, appender) = studio.opened.as_mut().unwrap();
        appender.flush();
        prop_assert!(tape.settle(PATIENCE));
        prop_assert_eq!(studio.on_tape()?, studio.kept.clone());
        prop_assert_eq!(Tape::check(studio.dir.path()).unwrap(), []);
        let kept = &studio.kept;
        let (tape, _) = studio.opened.as_ref().unwrap();
        let Some(window) = tape.window() else {
            prop_assert!(kept.is_empty());
            return Ok(());
        };

        // Two cuts that meet hold every frame once, and nothing else.
        let at = |part: f64| window.from().saturating_add(window.duration().mul_f64(part));
        let middle = at(cut.0.max(cut.1));
        let one_format = kept.iter().all(|(_, mp3)| *mp3 == kept[0].1);
        if one_format && window.from() < middle && middle < window.to() {
            let size = if kept[0].1 { 192 } else { 20 };
            let mut found = Vec::new();
            for part in [span(window.from(), middle), span(middle, window.to())] {
                let mut file = Vec::new();
                // The last part may be shorter than a frame.
                let Ok(report) = tape.cut(part, &mut file) else { continue };
                prop_assert_eq!(report.bytes, file.len() as u64);
                let all: Vec<&[u8]> = file.chunks(size).collect();
                let own = all.len() - usize::try_from(report.frames).unwrap();
                found.extend(all[own..].iter().map(|frame| (number_of(frame, kept[0].1), kept[0].1)));
            }
            prop_assert_eq!(&found, kept);
        }

        // Of what is withheld nothing is heard; of the rest, all but the blocks at its edges.
        let Ok(shut) = Span::new(at(cut.0.min(cut.1)), middle) else { return Ok(()) };
        let whole = read_on(tape, tape.seek(window.from()).unwrap().cursor).0;
        let (who, why) = ("desk".to_owned(), "rights".to_owned());
        tape.withhold(Withholding { span: shut, policy: Policy::Withheld, who, why }).unwrap();
        let Ok(seek) = tape.seek(window.from()) else {
            prop_assert!(whole.iter().all(|block| block.first < shut.to()));
            return Ok(());
        };
        let heard = read_on(tape, seek.cursor).0;
        prop_assert!(heard.iter().all(|block| block.end() <= shut.from() || block.first >= shut.to()));
        let edge = Duration::from_millis(251);
        let far: Vec<_> = whole
            .into_iter()
            .filter(|block| {
                block.end().saturating_add(edge) <= shut.from()
                    || block.first >= shut.to().saturating_add(edge)
            })
            .collect();
        let heard = frames(&heard);
        prop_assert!(heard.is_sorted_by(|a, b| a.0 < b.0));
        prop_assert!(frames(&far).iter().all(|frame| heard.contains(frame)));
    }

    #[test]
    fn what_is_kept_is_what_the_limit_allows(
        hours in prop::collection::vec(1_u64..60, 1..8),
        pinned in prop::option::of(0_usize..8),
        limit in 1_u64..200_000,
    ) {
        let dir = tempfile::tempdir().unwrap();
        let clock = clock();
        let mut options = options(dir.path());
        options.retention = Retention { max_bytes: limit, max_age: secs(86_400.0) };
        let (tape, mut appender) = Tape::open(options, clock.clone()).unwrap();
        begin(&mut appender);
        let mut player = Player::starting_at(evening().hour());
        let mut starts = Vec::new();
        for (number, frames) in hours.iter().enumerate() {
            player.now = evening().hour().saturating_add(secs(3600.0 * number as f64));
            starts.push(player.now);
            if pinned == Some(number) {
                tape.pin(span(player.now, player.now.saturating_add(secs(1.0))), "clip").unwrap();
            }
            player.play(&mut appender, Duration::from_millis(24 * frames));
            prop_assert!(tape.settle(PATIENCE));
            clock.advance(secs(3600.0));
        }
        tape.retain();
        let files = tape.summary().files;
        // The newest is there; whatever else could go, went.
        let (newest, others) = files.split_last().unwrap();
        prop_assert_eq!(newest.span.unwrap().from(), starts[starts.len() - 1]);
        let rewind: Vec<_> = files.iter().filter(|file| !file.kept).collect();
        let bytes: u64 = rewind.iter().map(|file| file.bytes).sum();
        prop_assert!(bytes <= limit || others.iter().all(|file| file.kept), "{} of {}", bytes, limit);
        if let Some(start) = pinned.and_then(|pinned| starts.get(pinned)) {
            prop_assert!(files.iter().any(|file| file.span.unwrap().from() == *start && file.kept));
        }
        // What is kept is the newest stretch, and nothing was dropped that had room.
        let dropped = hours.len() - files.len();
        if dropped > 0 && pinned.is_none() {
            prop_assert!(bytes + 192 * hours[dropped - 1] > limit);
        }
        prop_assert_eq!(Tape::check(dir.path()).unwrap(), []);
    }
}

/// Bytes of an index's header and of a record.
const HEAD: usize = 64;
const RECORD: usize = 88;

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn an_index_that_lies_leads_nobody_astray(
        lies in prop::collection::vec((0_usize..60, 0_usize..84, any::<[u8; 8]>()), 1..5),
        head in prop::option::of((0_usize..60, any::<u8>())),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let (tape, mut appender) = Tape::open(options(dir.path()), clock()).unwrap();
        begin(&mut appender);
        Player::starting_at(evening()).play(&mut appender, secs(60.0));
        prop_assert!(tape.close());
        drop((tape, appender));
        let path = dir.path().join("2026-11-24T04Z.index");
        let mut index = std::fs::read(&path).unwrap();
        // Lies with a good checksum.
        if let Some((at, byte)) = head {
            index[at] = byte;
            let sum = crc32fast::hash(&index[..HEAD - 4]);
            index[HEAD - 4..HEAD].copy_from_slice(&sum.to_le_bytes());
        }
        let count = (index.len() - HEAD) / RECORD;
        for (record, at, bytes) in lies {
            let record = &mut index[HEAD + record % count * RECORD..][..RECORD];
            let to = (at + 8).min(RECORD - 4);
            record[at..to].copy_from_slice(&bytes[..to - at]);
            let sum = crc32fast::hash(&record[..RECORD - 4]);
            record[RECORD - 4..].copy_from_slice(&sum.to_le_bytes());
        }
        std::fs::write(&path, index).unwrap();

        Tape::check(dir.path()).unwrap();
        let (tape, mut appender) = Tape::open(options(dir.path()), clock()).unwrap();
        let Some(window) = tape.window() else { return Ok(()) };
        if let Ok(seek) = tape.seek(window.from()) {
            let (blocks, _) = read_on(&tape, seek.cursor);
            prop_assert!(blocks.len() < 2000);
        }
        let _ = (tape.summary(), tape.segments(window), tape.address(window));
        let _ = tape.cut(window, &mut Vec::new());
        begin(&mut appender);
        let next = window.to().saturating_add(secs(1.0));
        if next < evening().saturating_add(Duration::from_secs(1 << 32)) {
            Player::starting_at(next).play(&mut appender, secs(1.0));
        }
    }
}
