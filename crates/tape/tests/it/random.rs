//! Random recordings, restarts and cuts.

use std::time::Duration;

use airtime::ProgrammeTime;
use proptest::prelude::*;
use tape::{Discontinuity, Tape};

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
        1 => Just(Step::Flush),
    ];
    prop::collection::vec(step, 1..24)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn everything_let_in_is_read_once_and_in_order(
        steps in steps(),
        cut in (0.0..1.0_f64, 0.0..1.0_f64),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let mut opened = Some(Tape::open(options(dir.path()), clock()).unwrap());
        let mut is_mp3 = true;
        let mut now = evening();
        let mut next = 0;
        let mut kept: Vec<(u64, bool)> = Vec::new();
        begin(&mut opened.as_mut().unwrap().1);
        for step in steps {
            let appender = &mut opened.as_mut().unwrap().1;
            match step {
                Step::Play(count, jitter) => {
                    for index in 0..usize::from(count) {
                        let off = i64::from(jitter[index % jitter.len()]);
                        let at = ProgrammeTime::from_micros(now.as_micros() + off);
                        let packet = if is_mp3 { mp3_frame(next) } else { adts_frame(next) };
                        if appender.append(&packet, at) {
                            kept.push((next, is_mp3));
                        }
                        next += 1;
                        now = now.saturating_add(Duration::from_micros(
                            u64::from(packet.samples) * 1000 / 48,
                        ));
                    }
                }
                Step::Wait(millis) => now = now.saturating_add(Duration::from_millis(millis.into())),
                Step::Back(millis) => now = now.saturating_sub(Duration::from_millis(millis.into())),
                Step::Splice | Step::Format => {
                    is_mp3 ^= matches!(step, Step::Format);
                    let epoch = if is_mp3 { mp3() } else { adts() };
                    appender.begin(epoch, Discontinuity::Splice);
                }
                Step::Restart => {
                    drop(opened.take());
                    let mut again = Tape::open(options(dir.path()), clock()).unwrap();
                    again.1.begin(if is_mp3 { mp3() } else { adts() }, Discontinuity::Start);
                    opened = Some(again);
                }
                Step::Flush => appender.flush(),
            }
        }
        let (tape, mut appender) = opened.take().unwrap();
        appender.flush();
        prop_assert!(tape.settle(PATIENCE));
        let Some(window) = tape.window() else {
            prop_assert!(kept.is_empty());
            return Ok(());
        };

        let seek = tape.seek(window.from()).unwrap();
        prop_assert_eq!(seek.starts, window.from());
        let (blocks, gone) = read_on(&tape, seek.cursor);
        prop_assert!(gone.is_empty(), "{:?}", gone);
        let mut found = Vec::new();
        for block in &blocks {
            let mp3 = block.epoch.format.codec == codec::Codec::Mp3;
            for frame in block.bytes.chunks(if mp3 { 192 } else { 20 }) {
                let number = if mp3 {
                    number(frame)
                } else {
                    u64::from_be_bytes(frame[12..20].try_into().unwrap())
                };
                found.push((number, mp3));
            }
        }
        prop_assert_eq!(&found, &kept);
        for pair in blocks.windows(2) {
            prop_assert_eq!(pair[0].sample + pair[0].samples, pair[1].sample);
            prop_assert!(pair[0].first <= pair[1].first, "time runs back");
        }
        prop_assert_eq!(Tape::check(dir.path()).unwrap(), []);

        // Two cuts that meet hold every frame once.
        let length = window.duration().as_secs_f64();
        let middle = window.from().saturating_add(secs(length * cut.0.max(cut.1)));
        let mut frames = 0;
        if tape.seek(window.from()).unwrap().cursor == seek.cursor
            && kept.iter().all(|(_, mp3)| *mp3 == kept[0].1)
            && window.from() < middle
            && middle < window.to()
        {
            for part in [span(window.from(), middle), span(middle, window.to())] {
                frames += tape.cut(part, &mut Vec::new()).map_or(0, |report| report.frames);
            }
            prop_assert_eq!(frames, kept.len() as u64);
        }
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
