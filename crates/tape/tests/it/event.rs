//! Events beside the sound.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use airtime::ProgrammeTime;
use serde_json::json;
use tape::{Event, EventLog, Tape};

use crate::studio::{PATIENCE, Player, at, begin, clock, evening, options, secs, span};

fn title(at: ProgrammeTime, text: &str) -> Event {
    Event { at, kind: "title".to_owned(), payload: json!({ "raw": text }) }
}

#[test]
fn now_playing_is_folded_from_a_position() {
    let dir = tempfile::tempdir().unwrap();
    let log = EventLog::open(dir.path(), clock()).unwrap();
    let heard = Arc::new(AtomicU64::new(0));
    let count = heard.clone();
    log.on_record(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    let second = |n: f64| evening().saturating_add(secs(n));
    log.record(title(second(10.0), "second"));
    log.record(title(second(0.0), "first, told late"));
    log.record(Event { kind: "tally".to_owned(), ..title(second(5.0), "unknown") });
    let raw = |n: f64| log.latest("title", second(n)).map(|event| event.payload["raw"].clone());
    assert_eq!(raw(0.0), Some(json!("first, told late")));
    assert_eq!(raw(9.9), Some(json!("first, told late")));
    assert_eq!(raw(10.0), Some(json!("second")));
    assert_eq!(log.latest("title", second(0.0).saturating_sub(secs(1.0))), None);
    let between = log.between(span(second(0.0), second(10.0)));
    assert_eq!(
        between.iter().map(|event| event.at).collect::<Vec<_>>(),
        [second(0.0), second(5.0)]
    );
    assert_eq!(heard.load(Ordering::Relaxed), 3);
}

#[test]
fn events_are_there_after_a_restart_in_the_hour_of_their_time() {
    let dir = tempfile::tempdir().unwrap();
    let log = EventLog::open(dir.path(), clock()).unwrap();
    let next_hour = at("2026-11-24T04:00:00Z");
    let events = [
        title(evening(), "before"),
        Event { kind: "not-known-yet".to_owned(), ..title(next_hour, "after") },
        title(at("2026-11-23T20:15:00Z"), "corrected later"),
    ];
    for event in &events {
        log.record(event.clone());
    }
    assert!(log.settle(PATIENCE));
    for hour in ["2026-11-24T03Z", "2026-11-24T04Z", "2026-11-23T20Z"] {
        assert!(dir.path().join(format!("{hour}.events.jsonl")).exists());
    }
    drop(log);
    // A crash tore the last line.
    let path = dir.path().join("2026-11-24T04Z.events.jsonl");
    let mut file = std::fs::OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(b"{\"at\":12,\"ki").unwrap();

    let log = EventLog::open(dir.path(), clock()).unwrap();
    let all = span(at("2026-11-01T00:00:00Z"), at("2026-12-01T00:00:00Z"));
    let mut sorted = events.to_vec();
    sorted.sort_by_key(|event| event.at);
    assert_eq!(log.between(all), sorted);
    log.record(title(next_hour.saturating_add(secs(1.0)), "after the torn line"));
    drop(log);
    let log = EventLog::open(dir.path(), clock()).unwrap();
    assert_eq!(log.between(all).len(), 4);
}

/// Sixty thousand titles, six seconds apart, from [`evening`] on.
fn four_days_of_titles(log: &EventLog) {
    for minute in 0..60_000_u64 {
        let at = evening().saturating_add(Duration::from_secs(minute * 6));
        log.record(title(at, &minute.to_string()));
        if minute % 5000 == 0 {
            assert!(log.settle(PATIENCE));
        }
    }
    assert!(log.settle(PATIENCE));
}

#[test]
fn long_ago_is_read_from_disk() {
    let dir = tempfile::tempdir().unwrap();
    let log = EventLog::open(dir.path(), clock()).unwrap();
    four_days_of_titles(&log);
    for log in [log, EventLog::open(dir.path(), clock()).unwrap()] {
        for minute in [0, 1, 599, 600, 30_000, 59_999_u64] {
            let at = evening().saturating_add(Duration::from_secs(minute * 6 + 3));
            let found = log.search_latest("title", at).unwrap();
            assert_eq!(found.payload["raw"], json!(minute.to_string()));
        }
        let first = span(evening(), evening().saturating_add(Duration::from_secs(600)));
        assert_eq!(log.search_between(first).len(), 100);
        let all = span(evening(), evening().saturating_add(Duration::from_secs(360_000)));
        let found = log.search_between(all);
        assert_eq!(found.len(), 60_000);
        assert!(found.is_sorted_by(|a, b| a.at < b.at));
    }
}

#[test]
fn what_pumps_ask_never_waits_for_the_disk() {
    let dir = tempfile::tempdir().unwrap();
    let log = EventLog::open(dir.path(), clock()).unwrap();
    // A flood of another kind takes nothing from the titles.
    log.record(Event { kind: "airing".to_owned(), ..title(evening(), "the show") });
    four_days_of_titles(&log);
    // Whatever is read from now on is read from memory.
    std::fs::remove_dir_all(dir.path()).unwrap();
    let after = |minute: u64| evening().saturating_add(Duration::from_secs(minute * 6 + 3));
    for minute in [40_000, 40_001, 59_999] {
        let found = log.latest("title", after(minute)).unwrap();
        assert_eq!(found.payload["raw"], json!(minute.to_string()));
    }
    assert_eq!(log.latest("title", after(39_998)), None, "not in memory any more");
    assert_eq!(log.latest("airing", after(59_999)).unwrap().payload["raw"], json!("the show"));
    assert_eq!(log.between(span(after(49_999), after(50_099))).len(), 100);
    assert_eq!(log.between(span(evening(), after(59_999))).len(), 20_001);
}

#[test]
fn a_kind_that_is_not_in_memory_is_looked_for_further_back() {
    let dir = tempfile::tempdir().unwrap();
    let log = EventLog::open(dir.path(), clock()).unwrap();
    let long_ago = evening().saturating_sub(Duration::from_secs(2 * 3600));
    log.record(Event { kind: "airing".to_owned(), ..title(long_ago, "the show") });
    four_days_of_titles(&log);
    drop(log);
    // So many titles that the hour of the show isn't read at the start.
    let log = EventLog::open(dir.path(), clock()).unwrap();
    let now = evening().saturating_add(Duration::from_secs(10 * 3600));
    assert_eq!(log.latest("airing", now), None);
    assert_eq!(log.search_latest("airing", now).unwrap().at, long_ago);
}

#[test]
fn events_that_can_not_be_written_are_tried_again_and_come_once() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("stream");
    std::fs::write(&folder, b"").unwrap();
    let log = EventLog::open(&folder, clock()).unwrap();
    for second in 0..3 {
        log.record(title(evening().saturating_add(secs(f64::from(second))), "x"));
    }
    assert_eq!(log.latest("title", evening()).unwrap().at, evening());
    assert!(!log.settle(Duration::from_millis(10)));
    std::fs::remove_file(&folder).unwrap();
    assert!(log.settle(PATIENCE));
    drop(log);
    let log = EventLog::open(&folder, clock()).unwrap();
    assert_eq!(log.between(span(evening(), evening().saturating_add(secs(10.0)))).len(), 3);
}

#[test]
fn events_go_with_the_last_tape_of_their_hour() {
    let dir = tempfile::tempdir().unwrap();
    let clock = clock();
    let log = EventLog::open(dir.path(), clock.clone()).unwrap();
    for hours in 0..5 {
        let at = evening().saturating_sub(Duration::from_secs(hours * 3600));
        log.record(title(at, "x"));
    }
    let (tape, mut appender) = Tape::open(options(&dir.path().join("mp3")), clock.clone()).unwrap();
    begin(&mut appender);
    Player::starting_at(evening()).play(&mut appender, secs(1.0));
    assert!(tape.settle(PATIENCE) && log.settle(PATIENCE));
    clock.advance(Duration::from_secs(120));
    log.record(title(evening(), "wakes the writer"));
    assert!(log.settle(PATIENCE));
    drop(log);
    let left = std::fs::read_dir(dir.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|e| e == "jsonl"))
        .count();
    assert_eq!(left, 2, "the tape's first hour and the one before it");
}
