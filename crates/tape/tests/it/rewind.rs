//! Rewinding listeners, segments, and streams that are not made of frames.

use std::collections::HashMap;
use std::time::Duration;

use airtime::{Clock, ProgrammeTime, SystemClock};
use codec::{Codec, Format, Packet};
use tape::{Cursor, Discontinuity, Epoch, Read, SeekError, Tape};

use crate::studio::{
    PATIENCE, Player, begin, bytes_of, clock, evening, mp3_frame, number, numbers, options,
    read_on, secs, span,
};

#[test]
fn a_thousand_listeners_at_as_many_places_all_get_on() {
    let dir = tempfile::tempdir().unwrap();
    let (tape, mut appender) = Tape::open(options(dir.path()), clock()).unwrap();
    begin(&mut appender);
    let mut player = Player::starting_at(evening());
    for _ in 0..11 {
        player.play(&mut appender, secs(100.0));
        assert!(tape.settle(PATIENCE));
    }
    let mut seats: Vec<(Cursor, u64, u64)> = (0..1000_u64)
        .map(|n| {
            let seek = tape.seek(evening().saturating_add(Duration::from_secs(n))).unwrap();
            (seek.cursor, (n * 1000).div_ceil(24), 0)
        })
        .collect();
    // The reader thread serves them all; none may wait for another for ever.
    let patience = SystemClock::start();
    loop {
        let mut left = 0;
        {
            let view = tape.view();
            for (cursor, next, heard) in &mut seats {
                for _ in 0..8 {
                    if *heard >= 5 * 1_000_000 {
                        break;
                    }
                    match view.read(*cursor) {
                        Read::Block(block) => {
                            for frame in block.bytes.chunks(192) {
                                assert_eq!(number(frame), *next);
                                *next += 1;
                            }
                            *heard += block.duration.as_micros() as u64;
                            *cursor = cursor.after(&block);
                        }
                        Read::Fetching => break,
                        other => panic!("{other:?}"),
                    }
                }
                left += usize::from(*heard < 5 * 1_000_000);
            }
        }
        if left == 0 {
            return;
        }
        assert!(patience.monotonic() < 6 * PATIENCE, "{left} never got on");
        std::thread::yield_now();
    }
}

#[test]
fn nobody_is_sent_back_in_time() {
    let dir = tempfile::tempdir().unwrap();
    let (tape, mut appender) = Tape::open(options(dir.path()), clock()).unwrap();
    begin(&mut appender);
    let mut player = Player::starting_at(evening());
    player.play(&mut appender, secs(10.0));
    assert!(tape.settle(PATIENCE));
    // Recording has ended; the air goes on.
    assert!(tape.close());
    let seek = tape.seek(evening().saturating_add(secs(3.0))).unwrap();
    player.play(&mut appender, secs(10.0));
    let (blocks, gone) = read_on(&tape, seek.cursor);
    let found = numbers(&bytes_of(&blocks));
    assert!(found.is_sorted_by(|a, b| a < b), "heard twice");
    assert_eq!(found.last(), Some(&(player.next - 1)));
    assert_eq!(gone.len(), 1);
}

#[test]
fn what_is_read_ahead_to_the_head_is_not_taken_for_gone() {
    let dir = tempfile::tempdir().unwrap();
    let (tape, mut appender) = Tape::open(options(dir.path()), clock()).unwrap();
    begin(&mut appender);
    let mut player = Player::starting_at(evening());
    player.play(&mut appender, secs(5.0));
    let first = player.next;
    drop(appender);
    assert!(tape.close());
    drop(tape);

    // Opened again, and not yet on the air: somebody who listens again is near the end.
    let (tape, mut appender) = Tape::open(options(dir.path()), clock()).unwrap();
    let head = tape.behind_head(Duration::ZERO);
    tape.fetch(head);
    begin(&mut appender);
    player.play(&mut appender, secs(10.0));
    let (blocks, gone) = read_on(&tape, head);
    assert_eq!(gone, []);
    assert_eq!(numbers(&bytes_of(&blocks)), (first..player.next).collect::<Vec<_>>());
}

#[test]
fn segments_are_counted_over_the_whole_tape() {
    let dir = tempfile::tempdir().unwrap();
    let (tape, mut appender) = Tape::open(options(dir.path()), clock()).unwrap();
    begin(&mut appender);
    let mut player = Player::starting_at(evening());
    player.play(&mut appender, secs(40.0));
    appender.begin(crate::studio::mp3(), Discontinuity::Splice);
    player.play(&mut appender, secs(20.0));
    assert!(tape.settle(PATIENCE));
    let all = span(evening(), player.now);
    let first = tape.segments(all);
    assert!(first.windows(2).all(|pair| pair[0].ordinal + 1 == pair[1].ordinal));
    assert!(first.windows(2).all(|pair| pair[0].samples.end == pair[1].samples.start));
    assert!(first.iter().rev().skip(1).all(|segment| segment.complete));
    let full = |length: Duration| length >= secs(6.0) && length < secs(7.2);
    assert!(first[..6].iter().all(|segment| full(segment.span.duration())), "{first:?}");
    assert_eq!(first.last().unwrap().discontinuity, first[0].discontinuity + 1);
    drop((tape, appender));

    let (tape, mut appender) = Tape::open(options(dir.path()), clock()).unwrap();
    assert_eq!(tape.segments(all), first);
    begin(&mut appender);
    player.now = player.now.saturating_add(secs(1.0));
    player.play(&mut appender, secs(10.0));
    assert!(tape.settle(PATIENCE));
    let longer = tape.segments(span(evening(), player.now));
    let before: HashMap<_, _> = longer.iter().map(|s| (s.ordinal, s.samples.clone())).collect();
    assert!(first.iter().all(|segment| before[&segment.ordinal] == segment.samples));
    assert_eq!(longer.last().unwrap().ordinal, first.last().unwrap().ordinal + 2);
    assert_eq!(longer.last().unwrap().discontinuity, first.last().unwrap().discontinuity + 1);
    let (blocks, _) = read_on(&tape, longer[2].cursor());
    assert_eq!(blocks[0].sample, longer[2].samples.start);
}

#[test]
fn clusters_are_read_back_as_they_came() {
    let dir = tempfile::tempdir().unwrap();
    let (tape, mut appender) = Tape::open(options(dir.path()), clock()).unwrap();
    let format = Format { codec: Codec::WebM, sample_rate: 48_000, channels: 2 };
    let header: std::sync::Arc<[u8]> = b"header of a file"[..].into();
    appender.begin(Epoch::new(format, header.clone()), Discontinuity::Start);
    let mut sent = Vec::new();
    for n in 0..200_u32 {
        let bytes = vec![n as u8; 100 + n as usize];
        sent.extend_from_slice(&bytes);
        let packet =
            Packet { bytes: bytes.into(), samples: 4800, entry: n % 10 == 0, reservoir: 0 };
        let at = evening().saturating_add(Duration::from_millis(u64::from(n) * 100));
        assert!(appender.append(&packet, at));
    }
    appender.flush();
    assert!(tape.settle(PATIENCE));
    drop((tape, appender));
    let (tape, _appender) = Tape::open(options(dir.path()), clock()).unwrap();
    let (blocks, gone) = read_on(&tape, tape.seek(evening()).unwrap().cursor);
    assert!(gone.is_empty() && bytes_of(&blocks) == sent);
    assert!(blocks.iter().all(|block| block.epoch.header == header));
    // A cluster begins each second.
    let seek = tape.seek(evening().saturating_add(secs(4.2))).unwrap();
    assert_eq!(seek.starts, evening().saturating_add(secs(5.0)));
    assert_eq!(tape.head(), Some(evening().saturating_add(secs(20.0))));
    let mut file = Vec::new();
    tape.cut(span(evening().saturating_add(secs(4.2)), tape.head().unwrap()), &mut file).unwrap();
    assert_eq!(file[..16], *header);
    assert_eq!(file[16], 50);
}

#[test]
fn what_can_not_be_counted_is_recorded_and_heard_live() {
    for (codec, header) in [(Codec::Opaque, &b""[..]), (Codec::WebM, b"head")] {
        let dir = tempfile::tempdir().unwrap();
        let (tape, mut appender) = Tape::open(options(dir.path()), clock()).unwrap();
        let format = Format { codec, sample_rate: 0, channels: 0 };
        appender.begin(Epoch::new(format, header), Discontinuity::Start);
        let start = tape.behind_head(Duration::ZERO);
        let mut sent = header.to_vec();
        for n in 0..200_u64 {
            sent.push(n as u8);
            let entry = codec == Codec::WebM && n % 5 == 0;
            let packet = Packet { bytes: vec![n as u8].into(), samples: 0, entry, reservoir: 0 };
            let at = evening().saturating_add(Duration::from_millis(n * 100));
            assert!(appender.append(&packet, at));
        }
        appender.flush();
        assert!(tape.settle(PATIENCE));
        // Who fell out of the ring goes on at the oldest place where a decoder may start.
        let (blocks, gone) = read_on(&tape, start);
        assert_eq!(gone.len(), 1);
        assert!(sent.ends_with(&bytes_of(&blocks)) && !blocks.is_empty());
        assert!(codec == Codec::Opaque || blocks[0].bytes[0] % 5 == 0);
        let name = format!("2026-11-24T03Z.{}", codec.extension());
        let recorded = std::fs::read(dir.path().join(&name)).unwrap();
        assert_eq!(recorded, sent, "recorded as received");
        assert_eq!(tape.summary().holes, [], "what can't be counted is audio too");
        drop((tape, appender));
        let (tape, _appender) = Tape::open(options(dir.path()), clock()).unwrap();
        assert_eq!(std::fs::read(dir.path().join(&name)).unwrap(), sent);
        assert!(tape.head() >= Some(evening().saturating_add(secs(19.0))));
        assert_eq!(tape.seek(evening()), Err(SeekError::NotRewindable));
    }
}

#[test]
fn a_source_that_is_a_little_fast_or_slow_is_followed_without_a_break() {
    for ppm in [-100_i64, 100] {
        let dir = tempfile::tempdir().unwrap();
        let (tape, mut appender) = Tape::open(options(dir.path()), clock()).unwrap();
        begin(&mut appender);
        let mut last = evening();
        for n in 0..50_000_i64 {
            let micros = n * 24_000 * (1_000_000 + ppm) / 1_000_000;
            last = ProgrammeTime::from_micros(evening().as_micros() + micros);
            assert!(appender.append(&mp3_frame(n as u64), last));
            if n % 2000 == 0 {
                assert!(tape.settle(PATIENCE));
            }
        }
        appender.flush();
        assert!(tape.settle(PATIENCE));
        let segments = tape.segments(span(evening(), last));
        assert!(segments.iter().all(|segment| segment.discontinuity == 0));
        let end = tape.time_of(49_999 * 1152).unwrap();
        assert!(end.micros_since(last).abs() < 200, "{end} {last}");
        assert!(tape.summary().holes.is_empty());
    }
    assert_eq!(clock().now(), evening());
}
