//! What is dropped, what is kept, and who may hear it.

use std::sync::Arc;
use std::time::Duration;

use airtime::{Clock, SimulatedClock};
use tape::{Audience, Policy, RecordingState, Retention, Tape, TapeOptions, Withholding};

use crate::studio::{
    PATIENCE, Player, at, begin, bytes_of, clock, evening, numbers, options, read_on, secs, span,
};

/// Four hours of tape, two seconds at each hour's beginning.
fn four_hours(options: TapeOptions, clock: Arc<SimulatedClock>) -> (Tape, tape::Appender, Player) {
    let (tape, mut appender) = Tape::open(options, clock).unwrap();
    begin(&mut appender);
    let mut player = Player::starting_at(at("2026-11-24T00:00:00Z"));
    for hour in 0..4 {
        player.now = at("2026-11-24T00:00:00Z").saturating_add(secs(3600.0 * f64::from(hour)));
        player.play(&mut appender, secs(2.0));
    }
    assert!(tape.settle(PATIENCE));
    (tape, appender, player)
}

#[test]
fn old_hours_are_dropped_and_pinned_ones_kept() {
    let dir = tempfile::tempdir().unwrap();
    let mut short = options(dir.path());
    short.retention.max_age = secs(3600.0 * 2.0);
    let (tape, appender, player) = four_hours(short.clone(), clock());
    let second = at("2026-11-24T01:00:01Z");
    let pin = tape.pin(span(second, second.saturating_add(secs(0.1))), "clip").unwrap().unwrap();
    tape.retain(at("2026-11-24T03:30:00Z"));
    let names = |tape: &Tape| -> Vec<_> {
        tape.summary().files.iter().map(|file| file.name.clone()).collect()
    };
    assert_eq!(names(&tape), ["2026-11-24T01Z.mp3", "2026-11-24T02Z.mp3", "2026-11-24T03Z.mp3"]);
    assert!(!dir.path().join("2026-11-24T00Z.index").exists());
    drop((tape, appender));

    let clock = Arc::new(SimulatedClock::starting_at(at("2026-11-25T00:00:00Z")));
    let (tape, mut appender) = Tape::open(short, clock).unwrap();
    tape.retain(at("2026-11-25T00:00:00Z"));
    assert_eq!(names(&tape), ["2026-11-24T01Z.mp3", "2026-11-24T03Z.mp3"], "the newest stays");
    assert_eq!(tape.pins().len(), 1);
    assert!(tape.unpin(pin).unwrap() && !tape.unpin(pin).unwrap());
    tape.retain(at("2026-11-25T00:00:00Z"));
    assert_eq!(names(&tape), ["2026-11-24T03Z.mp3"]);

    // Counts go on.
    let before = tape.head().unwrap();
    begin(&mut appender);
    let mut again = Player { next: player.next, now: before.saturating_add(secs(1.0)) };
    again.play(&mut appender, secs(1.0));
    let (blocks, _) = read_on(&tape, tape.seek(before.saturating_add(secs(0.5))).unwrap().cursor);
    assert_eq!(blocks[0].sample, player.next * 1152);
}

#[test]
fn the_oldest_hours_make_room_until_nothing_may_be_dropped() {
    let dir = tempfile::tempdir().unwrap();
    let mut small = options(dir.path());
    small.retention = Retention { max_bytes: 40_000, ..Retention::default() };
    let (tape, mut appender, mut player) = four_hours(small, clock());
    assert!(tape.summary().bytes < 60_000, "{}", tape.summary().bytes);
    assert_eq!(tape.recording(), RecordingState::Ok);
    player.play(&mut appender, secs(20.0));
    assert!(tape.settle(PATIENCE));
    assert!(matches!(tape.recording(), RecordingState::Stopped { .. }));
    let live = read_on(&tape, tape.behind_head(secs(1.0))).0;
    assert_eq!(numbers(&bytes_of(&live)).last(), Some(&(player.next - 1)));
}

#[test]
fn what_is_withheld_stays_so_and_only_the_archive_gets_it() {
    let dir = tempfile::tempdir().unwrap();
    let (tape, mut appender) = Tape::open(options(dir.path()), clock()).unwrap();
    begin(&mut appender);
    let mut player = Player::starting_at(evening());
    player.play(&mut appender, secs(20.0));
    let shut = span(evening().saturating_add(secs(4.8)), evening().saturating_add(secs(9.6)));
    tape.withhold(Withholding {
        span: shut,
        policy: Policy::Sealed,
        who: "counsel".to_owned(),
        why: "order".to_owned(),
    })
    .unwrap();
    drop((tape, appender));
    let (tape, _appender) = Tape::open(options(dir.path()), clock()).unwrap();
    let (cold, gone) = read_on(&tape, tape.seek(evening()).unwrap().cursor);
    assert_eq!(gone.iter().flatten().collect::<Vec<_>>(), [&shut]);
    let heard = numbers(&bytes_of(&cold));
    // Blocks are served whole: the one that the span begins in is the last before it.
    assert!(heard.iter().all(|n| *n < 200 + 9 || *n >= 400), "{heard:?}");
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
