//! What is dropped, what is kept, and who may hear it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use airtime::{Clock, ProgrammeClock, SimulatedClock, SimulatedSource, Span};
use tape::{
    Audience, Policy, RecordingState, Retention, SeekError, Tape, TapeError, TapeOptions, Trouble,
    Withholding,
};

use crate::studio::{
    PATIENCE, Player, at, begin, bytes_of, clock, evening, numbers, options, read_on, secs, span,
};

/// Four hours of tape, two seconds at each hour's beginning; it ends at 03:30.
fn four_hours(options: TapeOptions, clock: Arc<SimulatedClock>) -> (Tape, tape::Appender, Player) {
    let (tape, mut appender) = Tape::open(options, clock.clone()).unwrap();
    begin(&mut appender);
    let mut player = Player::starting_at(at("2026-11-24T00:00:00Z"));
    for hour in 0..4 {
        player.now = at("2026-11-24T00:00:00Z").saturating_add(secs(3600.0 * f64::from(hour)));
        player.play(&mut appender, secs(2.0));
        assert!(tape.settle(PATIENCE));
        clock.advance(secs(if hour < 3 { 3600.0 } else { 1800.0 }));
    }
    (tape, appender, player)
}

fn names(tape: &Tape) -> Vec<String> {
    tape.summary().files.iter().map(|file| file.name.clone()).collect()
}

#[test]
fn old_hours_are_dropped_and_pinned_ones_kept() {
    let dir = tempfile::tempdir().unwrap();
    let mut short = options(dir.path());
    short.retention.max_age = secs(3600.0 * 2.0);
    let first = Arc::new(SimulatedClock::starting_at(at("2026-11-24T00:00:00Z")));
    let (tape, appender, player) = four_hours(long(&short), first);
    drop((tape, appender));
    let second = at("2026-11-24T01:00:01Z");
    let clock = Arc::new(SimulatedClock::starting_at(at("2026-11-24T03:30:00Z")));
    let (tape, appender) = Tape::open(short.clone(), clock.clone()).unwrap();
    let pin = tape.pin(span(second, second.saturating_add(secs(0.1))), "clip").unwrap().unwrap();
    assert_eq!(names(&tape).len(), 4, "what the clock says alone makes nothing old");
    clock.advance(secs(3600.0 * 2.0));
    tape.retain();
    assert_eq!(names(&tape).len(), 4);
    clock.advance(secs(1.0));
    tape.retain();
    assert_eq!(names(&tape), ["2026-11-24T01Z.mp3", "2026-11-24T03Z.mp3"], "the newest stays");
    assert!(!dir.path().join("2026-11-24T00Z.index").exists());
    drop((tape, appender));

    let (tape, mut appender) = Tape::open(short, clock.clone()).unwrap();
    clock.advance(secs(3600.0 * 24.0));
    tape.retain();
    assert_eq!(names(&tape), ["2026-11-24T01Z.mp3", "2026-11-24T03Z.mp3"], "the newest stays");
    assert_eq!(tape.pins().len(), 1);
    assert!(tape.unpin(pin).unwrap() && !tape.unpin(pin).unwrap());
    tape.retain();
    assert_eq!(names(&tape), ["2026-11-24T03Z.mp3"]);

    // Counts go on.
    let before = tape.head().unwrap();
    begin(&mut appender);
    let mut again = Player { next: player.next, now: before.saturating_add(secs(1.0)) };
    again.play(&mut appender, secs(1.0));
    let (blocks, _) = read_on(&tape, tape.seek(before.saturating_add(secs(0.5))).unwrap().cursor);
    assert_eq!(blocks[0].sample, player.next * 1152);
}

/// The same, and nothing is too old.
fn long(options: &TapeOptions) -> TapeOptions {
    TapeOptions { retention: Retention::default(), ..options.clone() }
}

#[test]
fn an_hour_is_as_old_as_what_was_recorded_since() {
    let dir = tempfile::tempdir().unwrap();
    let mut short = options(dir.path());
    short.retention.max_age = secs(3600.0);
    let start = at("2026-11-24T00:59:00Z");
    let clock = Arc::new(SimulatedClock::starting_at(start));
    let mut player = Player::starting_at(start);
    // As many short runs as make an hour and more of tape, a fresh process each time.
    for _ in 0..7 {
        let (tape, mut appender) = Tape::open(short.clone(), clock.clone()).unwrap();
        begin(&mut appender);
        player.play(&mut appender, secs(600.0));
        assert!(tape.settle(PATIENCE));
        tape.retain();
        let first_is_kept = player.now.since(at("2026-11-24T01:00:00Z")) <= secs(3600.0);
        assert_eq!(names(&tape)[0] == "2026-11-24T00Z.mp3", first_is_kept);
    }
    assert!(dir.path().join("2026-11-24T01Z.mp3").exists());
}

#[test]
fn a_clock_that_is_set_wrong_drops_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut short = options(dir.path());
    short.retention.max_age = secs(3600.0 * 6.0);
    let source = SimulatedSource::starting_at(at("2026-11-24T00:00:00Z"));
    let clock = Arc::new(ProgrammeClock::on(source));
    let (tape, mut appender) = Tape::open(short.clone(), clock.clone()).unwrap();
    begin(&mut appender);
    let mut player = Player::starting_at(clock.now());
    for _ in 0..4 {
        player.now = clock.now();
        player.play(&mut appender, secs(2.0));
        clock.source().advance(secs(3600.0));
    }
    assert!(tape.settle(PATIENCE));
    // A day ahead, for a minute: long enough for audio to be recorded under the wrong date.
    clock.source().step(86_400 * 1_000_000);
    player.now = clock.now();
    player.play(&mut appender, secs(60.0));
    clock.source().advance(secs(61.0));
    assert!(tape.settle(PATIENCE));
    tape.retain();
    assert_eq!(names(&tape).len(), 5, "{:?}", names(&tape));
    drop((tape, appender));
    // Nor does opening the tape at the wrong time.
    let (tape, _appender) = Tape::open(short, clock.clone()).unwrap();
    tape.retain();
    assert_eq!(names(&tape).len(), 5);
    // True time ages what was recorded under either date.
    clock.source().advance(secs(3600.0 * 6.0 + 1.0));
    tape.retain();
    assert_eq!(names(&tape).len(), 1);
}

#[test]
fn the_oldest_hours_make_room_until_nothing_may_be_dropped() {
    let dir = tempfile::tempdir().unwrap();
    let mut small = options(dir.path());
    small.retention = Retention { max_bytes: 40_000, ..Retention::default() };
    let clock = clock();
    let (tape, mut appender, mut player) = four_hours(small, clock.clone());
    assert!(tape.summary().bytes < 60_000, "{}", tape.summary().bytes);
    assert_eq!(tape.recording(), RecordingState::Ok);
    player.play(&mut appender, secs(20.0));
    assert!(tape.settle(PATIENCE));
    assert!(matches!(tape.recording(), RecordingState::Stopped { .. }));
    let live = read_on(&tape, tape.behind_head(secs(1.0))).0;
    assert_eq!(numbers(&bytes_of(&live)).last(), Some(&(player.next - 1)));

    // The next hour's file takes the place of the one that was too large.
    clock.advance(secs(3600.0));
    player.now = at("2026-11-24T04:00:00Z");
    player.play(&mut appender, secs(2.0));
    assert!(tape.settle(PATIENCE));
    assert_eq!(tape.recording(), RecordingState::Ok);
    assert_eq!(names(&tape), ["2026-11-24T04Z.mp3"]);
}

#[test]
fn what_must_be_kept_is_counted_and_told() {
    let dir = tempfile::tempdir().unwrap();
    let (tape, appender, _) = four_hours(options(dir.path()), clock());
    let all = span(at("2026-11-24T00:00:00Z"), at("2026-11-24T04:00:00Z"));
    tape.hold(all, "a court").unwrap();
    assert_eq!(tape.troubles(), []);
    let bytes = tape.summary().bytes;
    drop((tape, appender));
    let mut small = options(dir.path());
    small.retention.max_bytes = 40_000;
    let (tape, _appender) = Tape::open(small, clock()).unwrap();
    assert_eq!(names(&tape).len(), 4);
    assert_eq!(tape.troubles(), [Trouble::KeptTooMuch { bytes, limit: 40_000 }]);
}

fn withholding(span: Span, policy: Policy) -> Withholding {
    Withholding { span, policy, who: "counsel".to_owned(), why: "order".to_owned() }
}

#[test]
fn a_decision_on_a_tape_that_nobody_records_changes_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let (tape, appender, _) = four_hours(options(dir.path()), clock());
    let shut = span(at("2026-11-24T01:00:00Z"), at("2026-11-24T01:30:00Z"));
    let decision = withholding(shut, Policy::Withheld);
    let now = at("2027-01-01T00:00:00Z");
    let refused = Tape::withhold_in(dir.path(), decision.clone(), now);
    assert!(matches!(refused, Err(TapeError::InUse { .. })));
    drop((tape, appender));
    let before = files(dir.path());
    Tape::withhold_in(dir.path(), decision, now).unwrap();
    let mut after = files(dir.path());
    after.retain(|(name, _)| name != "policy.jsonl");
    assert_eq!(after, before);
    let (tape, _appender) = Tape::open(options(dir.path()), clock()).unwrap();
    let seek = tape.seek(shut.from()).unwrap();
    assert_eq!(seek.starts, at("2026-11-24T02:00:00Z"));
}

/// The files of a folder, and what is in them.
fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn a_tape_opened_to_be_read_can_not_be_changed() {
    let dir = tempfile::tempdir().unwrap();
    let (tape, appender, _) = four_hours(options(dir.path()), clock());
    let shut = span(at("2026-11-24T01:00:00Z"), at("2026-11-24T01:30:00Z"));
    let pin = tape.pin(shut, "clip").unwrap().unwrap();
    drop((tape, appender));
    let before = files(dir.path());
    let tape = Tape::open_read_only(dir.path(), clock()).unwrap();
    let read_only = |error| matches!(error, TapeError::ReadOnly { .. });
    assert!(read_only(tape.withhold(withholding(shut, Policy::Withheld)).unwrap_err()));
    assert!(read_only(tape.pin(shut, "clip").unwrap_err()));
    assert!(read_only(tape.unpin(pin).unwrap_err()));
    tape.retain();
    assert_eq!(files(dir.path()), before);
}

#[test]
fn nothing_of_a_withheld_span_is_heard_at_its_edges() {
    let dir = tempfile::tempdir().unwrap();
    let mut live = options(dir.path());
    live.ring = secs(8.0);
    let (tape, mut appender) = Tape::open(live, clock()).unwrap();
    let start = tape.behind_head(Duration::ZERO);
    begin(&mut appender);
    let mut player = Player::starting_at(evening());
    player.play(&mut appender, secs(20.0));
    assert!(tape.settle(PATIENCE));
    // Off the edges of blocks and frames, on disk and in the ring.
    for from in [3.33, 15.1] {
        let from = evening().saturating_add(secs(from));
        let shut = span(from, from.saturating_add(secs(2.05)));
        tape.withhold(withholding(shut, Policy::Withheld)).unwrap();
        let (heard, gone) = read_on(&tape, start);
        assert_eq!(gone[0], Some(shut));
        let rest_of_a_frame = |lost: &Option<Span>| lost.unwrap().duration() < secs(0.024);
        assert!(gone[1..].iter().all(rest_of_a_frame), "{gone:?}");
        assert!(heard.iter().all(|block| block.end() <= shut.from() || block.first >= shut.to()));
        // No more is missing than the blocks at the edges.
        let missing = 20.0 - heard.iter().map(|block| block.duration.as_secs_f64()).sum::<f64>();
        assert!(missing < 2.05 + 0.5 + 0.024, "{missing}");
        for inside in [0.0, 1.0, 2.04] {
            let seek = tape.seek(shut.from().saturating_add(secs(inside))).unwrap();
            assert!(seek.starts >= shut.to());
        }
        let mut file = Vec::new();
        let report = tape.cut(span(evening(), player.now), &mut file).unwrap();
        let outside = (0..player.next).filter(|n| {
            let first = evening().saturating_add(Duration::from_millis(24 * n));
            first.saturating_add(Duration::from_millis(24)) <= shut.from() || first >= shut.to()
        });
        assert_eq!(report.frames, outside.count() as u64);
        tape.withhold(withholding(shut, Policy::Public)).unwrap();
    }
}

#[test]
fn what_is_for_live_listeners_only_is_not_heard_by_who_rewound_a_little() {
    let (tape, mut appender) = Tape::open(TapeOptions::default(), clock()).unwrap();
    let live = tape.behind_head(Duration::ZERO);
    begin(&mut appender);
    Player::starting_at(evening()).play(&mut appender, secs(20.0));
    let from = evening().saturating_add(secs(9.6));
    let shut = span(from, from.saturating_add(secs(4.8)));
    tape.withhold(withholding(shut, Policy::LiveOnly)).unwrap();
    assert_eq!(read_on(&tape, live).1, []);
    // All of it is in memory still, and they began before it.
    let seek = tape.seek(evening().saturating_add(secs(4.8))).unwrap();
    let (heard, gone) = read_on(&tape, seek.cursor);
    assert_eq!(gone, [Some(shut)]);
    assert!(heard.iter().all(|block| block.end() <= shut.from() || block.first >= shut.to()));
}

#[test]
fn decisions_that_can_not_be_read_close_the_tape_and_not_the_air() {
    for damage in ["middle", "newer"] {
        let dir = tempfile::tempdir().unwrap();
        let (tape, appender, player) = four_hours(options(dir.path()), clock());
        let shut = |hour: u32| {
            let from = at("2026-11-24T00:00:00Z").saturating_add(secs(3600.0 * f64::from(hour)));
            span(from, from.saturating_add(secs(1.0)))
        };
        for hour in 0..3 {
            tape.withhold(withholding(shut(hour), Policy::Withheld)).unwrap();
        }
        drop((tape, appender));
        let path = dir.path().join("policy.jsonl");
        let text = std::fs::read_to_string(&path).unwrap();
        // Only the last line's end is missing: it holds.
        std::fs::write(&path, &text[..text.len() - 1]).unwrap();
        let (tape, appender) = Tape::open(options(dir.path()), clock()).unwrap();
        assert!(tape.seek(shut(2).from()).unwrap().starts >= shut(2).to());
        drop((tape, appender));
        std::fs::write(&path, &text[..text.len() - 3]).unwrap();
        let (tape, appender) = Tape::open(options(dir.path()), clock()).unwrap();
        assert_eq!(tape.troubles(), [], "a torn last line was never acknowledged");
        assert_eq!(tape.seek(shut(2).from()).unwrap().starts, shut(2).from());
        assert!(tape.seek(shut(1).from()).unwrap().starts >= shut(1).to());
        // What follows a torn line makes no damage of it.
        tape.withhold(withholding(shut(2), Policy::Withheld)).unwrap();
        drop((tape, appender));
        let (tape, appender) = Tape::open(options(dir.path()), clock()).unwrap();
        assert_eq!(tape.troubles(), []);
        drop((tape, appender));

        let text = std::fs::read_to_string(&path).unwrap();
        let text = match damage {
            "middle" => text.replacen("\"span\"", "\"spam\"", 1),
            _ => text.replacen("withheld", "subscribers", 1),
        };
        std::fs::write(&path, text).unwrap();
        let damage = Tape::check(dir.path()).unwrap();
        assert!(matches!(&damage[..], [one] if one.file == "policy.jsonl"), "{damage:?}");
        let (tape, mut appender) = Tape::open(options(dir.path()), clock()).unwrap();
        assert!(matches!(tape.troubles()[..], [Trouble::DecisionsUnreadable { .. }]));
        let all = span(at("2026-11-24T00:00:00Z"), at("2026-11-24T04:00:00Z"));
        assert_eq!(tape.seek(shut(1).from()), Err(SeekError::Closed));
        assert!(tape.cut(all, &mut Vec::new()).is_err());
        let archive = tape.cut_as(Audience::Archive, all, &mut Vec::new()).unwrap();
        assert_eq!(archive.frames, player.next);
        // The air goes on, and is recorded.
        let live = tape.behind_head(Duration::ZERO);
        begin(&mut appender);
        let mut again = Player { next: player.next, now: at("2026-11-24T03:30:00Z") };
        again.play(&mut appender, secs(1.0));
        assert!(tape.settle(PATIENCE));
        assert_eq!(tape.recording(), RecordingState::Ok);
        let (heard, gone) = read_on(&tape, live);
        assert_eq!(gone, []);
        assert_eq!(numbers(&bytes_of(&heard)), (player.next..again.next).collect::<Vec<_>>());
    }
}

#[test]
fn pins_that_can_not_be_read_keep_everything() {
    let dir = tempfile::tempdir().unwrap();
    let (tape, appender, _) = four_hours(options(dir.path()), clock());
    tape.hold(span(at("2026-11-24T01:00:00Z"), at("2026-11-24T01:30:00Z")), "a court").unwrap();
    drop((tape, appender));
    let path = dir.path().join("pins.jsonl");
    let mut text = std::fs::read(&path).unwrap();
    text[3] ^= 0x20;
    std::fs::write(&path, text).unwrap();
    let clock = clock();
    assert_eq!(Tape::check(dir.path()).unwrap()[0].file, "pins.jsonl");
    let (tape, _appender) = Tape::open(options(dir.path()), clock.clone()).unwrap();
    assert!(matches!(tape.troubles()[..], [Trouble::PinsUnreadable { .. }]));
    clock.advance(secs(86_400.0));
    tape.retain();
    assert_eq!(names(&tape).len(), 4);
}

#[test]
fn what_is_withheld_stays_so_and_only_the_archive_gets_it() {
    let dir = tempfile::tempdir().unwrap();
    let (tape, mut appender) = Tape::open(options(dir.path()), clock()).unwrap();
    begin(&mut appender);
    let mut player = Player::starting_at(evening());
    player.play(&mut appender, secs(20.0));
    let shut = span(evening().saturating_add(secs(4.8)), evening().saturating_add(secs(9.6)));
    tape.withhold(withholding(shut, Policy::Sealed)).unwrap();
    drop((tape, appender));
    let (tape, _appender) = Tape::open(options(dir.path()), clock()).unwrap();
    let (cold, gone) = read_on(&tape, tape.seek(evening()).unwrap().cursor);
    assert_eq!(gone.iter().flatten().collect::<Vec<_>>(), [&shut]);
    let heard = numbers(&bytes_of(&cold));
    assert!(heard.iter().all(|n| *n < 200 || *n >= 400), "{heard:?}");
    let seek = tape.seek(evening().saturating_add(secs(6.0))).unwrap();
    assert_eq!((seek.starts, seek.hole.map(|hole| hole.to())), (shut.to(), Some(shut.to())));

    let all = span(evening(), player.now);
    let mut file = Vec::new();
    let report = tape.cut(all, &mut file).unwrap();
    assert_eq!((report.frames, report.holes), (player.next - 200, vec![shut]));
    let report = tape.cut_as(Audience::Archive, all, &mut Vec::new()).unwrap();
    assert_eq!((report.frames, report.holes), (player.next, vec![]));
}

#[test]
fn an_address_outlives_restarts() {
    let dir = tempfile::tempdir().unwrap();
    let (tape, mut appender) = Tape::open(options(dir.path()), clock()).unwrap();
    begin(&mut appender);
    let mut player = Player::starting_at(evening());
    player.play(&mut appender, secs(60.0));
    let wanted = span(evening().saturating_add(secs(28.0)), evening().saturating_add(secs(33.0)));
    let addresses = tape.address(wanted);
    assert_eq!(addresses.len(), 1, "{addresses:?}");
    assert_eq!(addresses[0].samples, 28 * 48_000..33 * 48_000);
    drop((tape, appender));
    let (tape, _appender) = Tape::open(options(dir.path()), clock()).unwrap();
    assert_eq!(tape.address(wanted), addresses);
    let found = tape.resolve(&addresses[0]).unwrap();
    assert_eq!(found.from(), wanted.from());
    assert!(wanted.to().since(found.to()) < Duration::from_micros(30));
    assert_eq!(tape.address(found), addresses);
    assert_eq!(tape.time_of(28 * 48_000), Some(wanted.from()));
    assert_eq!(tape.time_of(u64::MAX / 2), None);
    let mut lost = addresses[0].clone();
    lost.continuity = Default::default();
    assert_eq!(tape.resolve(&lost), None);
    assert!(clock().now() == evening());
}
