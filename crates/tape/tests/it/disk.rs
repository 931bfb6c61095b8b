//! Writing down, reading back, opening again.

use std::sync::Arc;
use std::time::Duration;

use airtime::{Clock as _, ProgrammeClock, SimulatedSource};
use codec::Packet;
use tape::{Discontinuity, Policy, Read, RecordingState, SeekError, Tape, TapeError, Withholding};

use crate::studio::{
    PATIENCE, Player, adts, adts_frame, at, begin, bytes_of, clock, evening, mp3_frame, numbers,
    options, read_on, secs, span,
};

#[test]
fn what_is_read_from_disk_is_what_was_live() {
    let dir = tempfile::tempdir().unwrap();
    let mut live_options = options(dir.path());
    live_options.ring = secs(3600.0);
    let (tape, mut appender) = Tape::open(live_options, clock()).unwrap();
    let start = tape.behind_head(Duration::ZERO);
    begin(&mut appender);
    let mut player = Player::starting_at(evening());
    player.play(&mut appender, secs(45.0));
    player.now = player.now.saturating_add(secs(3.0));
    player.play(&mut appender, secs(20.0));
    let (live, _) = read_on(&tape, start);
    assert!(tape.close());
    drop((tape, appender));

    let (tape, _appender) = Tape::open(options(dir.path()), clock()).unwrap();
    let seek = tape.seek(evening()).unwrap();
    assert_eq!((seek.starts, seek.hole), (evening(), None));
    let (cold, gone) = read_on(&tape, seek.cursor);
    assert!(gone.is_empty(), "{gone:?}");
    assert_eq!(bytes_of(&cold), bytes_of(&live));
    assert_eq!(numbers(&bytes_of(&cold)), (0..player.next).collect::<Vec<_>>());
    assert_eq!(cold.len(), live.len());
    for (cold, live) in cold.iter().zip(&live) {
        assert_eq!(
            (cold.first, cold.sample, cold.samples),
            (live.first, live.sample, live.samples)
        );
        assert_eq!((cold.continuity, cold.discontinuity), (live.continuity, live.discontinuity));
        assert_eq!((&cold.epoch, cold.entry), (&live.epoch, live.entry));
    }
    assert_eq!(tape.head(), Some(player.now));
    let mut names: Vec<_> = std::fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let hours = [
        "2026-11-24T03Z.index",
        "2026-11-24T03Z.mp3",
        "2026-11-24T04Z.index",
        "2026-11-24T04Z.mp3",
    ];
    assert_eq!(names, [&[".lock"][..], &hours].concat());
    let hour = std::fs::read(dir.path().join("2026-11-24T03Z.mp3")).unwrap();
    assert_eq!(hour.len(), 1250 * 192, "every frame that starts in the hour's last 30 s");
}

#[test]
fn a_slow_reader_goes_on_from_disk_and_catches_up() {
    let dir = tempfile::tempdir().unwrap();
    let (tape, mut appender) = Tape::open(options(dir.path()), clock()).unwrap();
    let start = tape.behind_head(Duration::ZERO);
    begin(&mut appender);
    let mut player = Player::starting_at(evening());
    player.play(&mut appender, secs(60.0));
    let (blocks, gone) = read_on(&tape, start);
    assert!(gone.is_empty(), "{gone:?}");
    assert_eq!(numbers(&bytes_of(&blocks)), (0..player.next).collect::<Vec<_>>());
    assert_eq!(tape.recording(), RecordingState::Ok);
}

#[test]
fn a_seek_is_exact_to_the_frame_and_names_holes() {
    let dir = tempfile::tempdir().unwrap();
    let (tape, mut appender) = Tape::open(options(dir.path()), clock()).unwrap();
    begin(&mut appender);
    let mut player = Player::starting_at(evening());
    player.play(&mut appender, secs(12.0));
    let ended = player.now;
    player.now = ended.saturating_add(secs(10.0));
    let began = player.now;
    player.play(&mut appender, secs(12.0));
    assert!(tape.settle(PATIENCE));
    for millis in [0, 1, 23, 24, 25, 999, 1000, 5555, 11_900] {
        let wanted = evening().saturating_add(Duration::from_millis(millis));
        let seek = tape.seek(wanted).unwrap();
        let frame = millis.div_ceil(24);
        assert_eq!(seek.starts, evening().saturating_add(Duration::from_millis(frame * 24)));
        assert_eq!(seek.hole, None);
        let (blocks, _) = read_on(&tape, seek.cursor);
        assert_eq!(numbers(&bytes_of(&blocks)), (frame..player.next).collect::<Vec<_>>());
    }
    let wanted = ended.saturating_add(secs(2.0));
    let seek = tape.seek(wanted).unwrap();
    assert_eq!((seek.starts, seek.hole), (began, Some(span(wanted, began))));
    let window = Some(span(evening(), player.now));
    assert_eq!(tape.seek(at("2026-11-24T02:00:00Z")), Err(SeekError::OutsideWindow { window }));
    let later = player.now.saturating_add(Duration::from_micros(1));
    assert_eq!(tape.seek(later), Err(SeekError::OutsideWindow { window }));
}

#[test]
fn a_seek_in_the_ring_is_exact_to_the_block() {
    let dir = tempfile::tempdir().unwrap();
    let mut roomy = options(dir.path());
    roomy.ring = secs(60.0);
    let (tape, mut appender) = Tape::open(roomy, clock()).unwrap();
    begin(&mut appender);
    let mut player = Player::starting_at(evening());
    player.play(&mut appender, secs(12.0));
    // Ten frames make a block.
    for millis in [0, 1, 239, 240, 241, 999, 1000, 5555, 11_700] {
        let wanted = evening().saturating_add(Duration::from_millis(millis));
        let seek = tape.seek(wanted).unwrap();
        let frame = millis.div_ceil(240) * 10;
        assert_eq!(seek.starts, evening().saturating_add(Duration::from_millis(frame * 24)));
        assert_eq!(seek.hole, None);
        let (blocks, _) = read_on(&tape, seek.cursor);
        assert_eq!(numbers(&bytes_of(&blocks)), (frame..player.next).collect::<Vec<_>>());
    }
}

#[test]
fn a_seek_from_the_last_block_on_is_the_head() {
    let dir = tempfile::tempdir().unwrap();
    let clock = clock();
    let (tape, mut appender) = Tape::open(options(dir.path()), clock.clone()).unwrap();
    begin(&mut appender);
    let mut player = Player::starting_at(evening());
    player.play(&mut appender, secs(12.0));
    clock.advance(secs(12.4));
    assert!(player.now < clock.now());
    let last = tape.view().read(tape.behind_head(secs(0.0)));
    let Read::Block(last) = last else { panic!("{last:?}") };
    let first = player.next;
    let seeks = [last.first.saturating_add(secs(0.001)), player.now, clock.now()].map(|at| {
        let seek = tape.seek(at).unwrap();
        assert_eq!((seek.starts, seek.hole), (player.now, None));
        seek.cursor
    });
    player.play(&mut appender, secs(1.0));
    for cursor in seeks {
        let (blocks, gone) = read_on(&tape, cursor);
        assert_eq!(gone, []);
        assert_eq!(numbers(&bytes_of(&blocks)), (first..player.next).collect::<Vec<_>>());
    }

    // Where the last of it is withheld, it is the head too, and the hole is told.
    let from = player.now.saturating_sub(secs(3.0));
    let withhold = |to| {
        let span = span(from, to);
        let who = "desk".to_owned();
        let why = "rights".to_owned();
        tape.withhold(Withholding { span, policy: Policy::Withheld, who, why }).unwrap();
    };
    assert!(tape.settle(PATIENCE));
    withhold(player.now);
    let seek = tape.seek(from).unwrap();
    assert_eq!((seek.starts, seek.hole), (player.now, Some(span(from, player.now))));
    // What isn't on the air yet is withheld as well: nothing is to be heard.
    withhold(player.now.saturating_add(secs(3600.0)));
    assert_eq!(tape.seek(from), Err(SeekError::Closed));
}

#[test]
fn a_change_of_format_opens_another_file() {
    let dir = tempfile::tempdir().unwrap();
    let (tape, mut appender) = Tape::open(options(dir.path()), clock()).unwrap();
    begin(&mut appender);
    let mut player = Player::starting_at(evening());
    player.play(&mut appender, secs(3.0));
    appender.begin(adts(), Discontinuity::Format);
    for number in 0..100 {
        let at = player.now.saturating_add(Duration::from_micros(number * 1_024_000 / 48));
        assert!(appender.append(&adts_frame(number), at));
    }
    appender.flush();
    assert!(tape.settle(PATIENCE));
    assert!(dir.path().join("2026-11-24T03Z.mp3").exists());
    assert!(dir.path().join("2026-11-24T03Z-2.aac").exists());
    let (blocks, gone) = read_on(&tape, tape.seek(evening()).unwrap().cursor);
    assert!(gone.is_empty(), "{gone:?}");
    let formats: Vec<_> = blocks.iter().map(|block| block.epoch.format.codec).collect();
    assert!(formats.is_sorted_by_key(|codec| codec.extension() != "mp3"));
    assert_eq!(blocks.iter().map(|block| block.bytes.len()).sum::<usize>(), 125 * 192 + 100 * 20);
}

#[test]
fn only_one_process_records() {
    let dir = tempfile::tempdir().unwrap();
    let first = Tape::open(options(dir.path()), clock()).unwrap();
    let second = Tape::open(options(dir.path()), clock());
    assert!(matches!(second, Err(TapeError::InUse { .. })));
    drop(first);
    Tape::open(options(dir.path()), clock()).unwrap();
}

#[test]
fn frames_behind_a_piece_that_is_none_are_read_back() {
    let dir = tempfile::tempdir().unwrap();
    let (tape, mut appender) = Tape::open(options(dir.path()), clock()).unwrap();
    begin(&mut appender);
    let mut player = Player::starting_at(evening());
    let mut sent = Vec::new();
    for n in 0..400_u64 {
        let frame = mp3_frame(n);
        // Now and then something that the tape can't take apart.
        let bytes = if n % 50 == 7 { vec![n as u8; 100].into() } else { frame.bytes };
        sent.extend_from_slice(&bytes);
        assert!(appender.append(&Packet { bytes, ..frame }, player.now));
        player.now = player.now.saturating_add(Duration::from_millis(24));
    }
    appender.flush();
    assert!(tape.settle(PATIENCE));
    drop((tape, appender));
    let (tape, _appender) = Tape::open(options(dir.path()), clock()).unwrap();
    let (cold, gone) = read_on(&tape, tape.seek(evening()).unwrap().cursor);
    assert_eq!(gone, []);
    assert!(bytes_of(&cold) == sent, "{} of {}", bytes_of(&cold).len(), sent.len());
    assert_eq!(Tape::check(dir.path()).unwrap(), []);
    drop(tape);

    // The records behind the last such piece are lost: the frames there are not.
    let index = dir.path().join("2026-11-24T03Z.index");
    let len = std::fs::metadata(&index).unwrap().len();
    for lost in 0..20 {
        let crashed = tempfile::tempdir().unwrap();
        for name in ["2026-11-24T03Z.index", "2026-11-24T03Z.mp3"] {
            std::fs::copy(dir.path().join(name), crashed.path().join(name)).unwrap();
        }
        let file =
            std::fs::File::options().write(true).open(crashed.path().join("2026-11-24T03Z.index"));
        file.unwrap().set_len(len - lost * 88).unwrap();
        let (tape, _appender) = Tape::open(options(crashed.path()), clock()).unwrap();
        let (cold, _) = read_on(&tape, tape.seek(evening()).unwrap().cursor);
        let found = bytes_of(&cold);
        let frames = found.len();
        // Of the lost records' pieces that are no frames nothing can be known.
        assert!(sent.len() - frames <= 100 * lost as usize, "{frames} of {}", sent.len());
    }
}

#[test]
fn a_clock_that_nothing_set_is_marked_on_the_tape() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(ProgrammeClock::on(SimulatedSource::starting_at(evening())));
    clock.source().set_unsynchronised(Some(true));
    let (tape, mut appender) = Tape::open(options(dir.path()), clock.clone()).unwrap();
    begin(&mut appender);
    let mut player = Player::starting_at(evening());
    player.play(&mut appender, secs(3.0));
    assert!(tape.settle(PATIENCE));
    clock.source().set_unsynchronised(Some(false));
    clock.source().advance(secs(30.0));
    player.now = at("2026-11-24T04:00:00Z");
    player.play(&mut appender, secs(3.0));
    assert!(tape.settle(PATIENCE));
    drop((tape, appender));
    let tape = Tape::open_read_only(dir.path(), clock).unwrap();
    let marked: Vec<_> = tape.summary().files.iter().map(|file| file.unsynchronised).collect();
    assert_eq!(marked, [true, false]);
}

#[test]
fn a_leap_second_loses_and_doubles_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let start = at("2026-12-31T23:59:30Z");
    let clock = Arc::new(ProgrammeClock::on(SimulatedSource::starting_at(start)));
    let (tape, mut appender) = Tape::open(options(dir.path()), clock.clone()).unwrap();
    begin(&mut appender);
    let mut next = 0;
    // A frame every 24 ms by the steady clock, at whatever moment programme time says it is.
    let mut play = |seconds: u64| {
        for _ in 0..seconds * 1000 / 24 {
            assert!(appender.append(&mp3_frame(next), clock.now()));
            next += 1;
            clock.source().advance(Duration::from_millis(24));
            if next % 40 == 0 {
                assert!(tape.settle(PATIENCE));
            }
        }
        next
    };
    play(30);
    // The kernel inserts the second 23:59:60 by setting the wall clock back.
    clock.source().step(-1_000_000);
    // Slewed away at 500 ppm, it takes a little more than half an hour.
    let all = play(2400);
    assert!(clock.status().behind_wall.abs() < 10_000, "{:?}", clock.status());
    drop(appender);
    assert!(tape.settle(PATIENCE));
    assert_eq!(tape.summary().holes, []);
    let (blocks, gone) = read_on(&tape, tape.seek(start).unwrap().cursor);
    assert_eq!(gone, []);
    assert_eq!(numbers(&bytes_of(&blocks)), (0..all).collect::<Vec<_>>());
    assert_eq!(blocks.iter().filter(|block| block.discontinuity).count(), 1);
    assert!(blocks.is_sorted_by(|a, b| a.first < b.first));
    // Programme time went on; it is what the wall clock says in the end.
    let length = tape.window().unwrap().duration().as_secs_f64();
    assert!((length - (all as f64 * 0.024 - 1.0)).abs() < 0.1, "{length}");
}
