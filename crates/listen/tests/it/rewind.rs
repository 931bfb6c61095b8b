//! Listening from a time on.

use std::time::Duration;

use airtime::{Clock as _, MediaOffset, ProgrammeTime};
use proptest::prelude::*;

use crate::studio::{FRAME, Plan, START, Studio, at, number, numbers};

fn seconds(studio: &Studio) -> f64 {
    (studio.clock.now().as_micros() - START) as f64 / 1e6
}

/// Airs two minutes, in pieces, so that the tape's own threads follow.
fn some_tape(studio: &mut Studio, length: u64) {
    for _ in 0..length {
        studio.air(Duration::from_secs(1));
        std::thread::yield_now();
    }
}

#[test]
fn from_a_time_the_first_frame_is_the_one_of_that_time() {
    let mut studio = Studio::new();
    some_tape(&mut studio, 60);
    // A `+` of an offset comes decoded as a space.
    for text in ["2026-11-24T05:00:10Z", "2026-11-24T06:00:10 01:00", "2026-11-24T06:00:10%2B01:00"]
    {
        let text = text.replace(' ', "+");
        let mut ear = studio.ask(&format!("/news.mp3?from={text}"), "");
        studio.hear(&mut ear, |ear| ear.body().len() > 20 * FRAME);
        let starts: ProgrammeTime = ear.header("Longwave-From").unwrap().parse().unwrap();
        assert!(starts >= at(10.0) && starts < at(10.3), "{starts}");
        let first = number(ear.body()) as i64 * 24_000 + START;
        assert_eq!(first, starts.as_micros());
    }
    let now = seconds(&studio);
    let mut ear = studio.ask("/news.mp3?from=-30", "");
    studio.hear(&mut ear, |ear| ear.body().len() > 20 * FRAME);
    let first = number(ear.body()) as f64 * 0.024;
    assert!((first - (now - 30.0)).abs() < 0.5, "{first} at {now}");
}

#[test]
fn audio_comes_as_fast_as_it_is_taken_up_to_the_burst_and_then_in_real_time() {
    let mut studio = Studio::new();
    some_tape(&mut studio, 80);
    let before = seconds(&studio);
    let mut ear = studio.ask("/news.mp3?from=2026-11-24T05:00:10Z", "");
    ear.rest();
    let burst = (ear.body().len() / FRAME) as f64 * 0.024;
    assert!((5.5..6.6).contains(&burst), "{burst} s at once");
    while seconds(&studio) < before + 60.0 {
        studio.air(Duration::from_millis(240));
        ear.read();
    }
    ear.rest();
    let heard = numbers(ear.body());
    assert!(heard.windows(2).all(|pair| pair[1] == pair[0] + 1));
    let sent = heard.len() as f64 * 0.024;
    assert!((60.0..67.0).contains(&sent), "{sent} s in 60 s and a burst of 6 s");
}

#[test]
fn what_left_memory_is_read_from_disk() {
    let mut plan = Plan::new();
    plan.ring = Duration::from_secs(10);
    let mut studio = plan.open();
    some_tape(&mut studio, 120);
    let mut ear = studio.ask("/news.mp3?from=2026-11-24T05:00:05Z", "");
    studio.hear(&mut ear, |ear| ear.body().len() > 2000 * FRAME);
    let heard = numbers(ear.body());
    assert!((5.0..5.5).contains(&(heard[0] as f64 * 0.024)));
    assert!(heard.windows(2).all(|pair| pair[1] == pair[0] + 1));
}

#[test]
fn titles_are_those_of_the_time_that_is_heard() {
    let mut studio = Studio::new();
    studio.title(0.0, "One");
    studio.title(20.0, "Two");
    studio.title(50.0, "Three");
    some_tape(&mut studio, 80);
    let mut ear = studio.ask("/news.mp3?from=2026-11-24T05:00:15Z", "Icy-MetaData: 1\r\n");
    studio.hear(&mut ear, |ear| ear.body().len() > 16_000 * 14);
    let text = String::from_utf8_lossy(ear.body()).into_owned();
    let place = |title: &str| text.find(&format!("StreamTitle='{title}';"));
    assert!(place("One").unwrap() < place("Two").unwrap());
    assert_eq!(place("Three"), None);
}

#[test]
fn outside_of_the_window_the_answer_names_it() {
    let mut studio = Studio::new();
    some_tape(&mut studio, 60);
    for from in ["2026-11-24T04:00:00Z", "2026-11-24T09:00:00Z"] {
        let mut ear = studio.ask(&format!("/news.mp3?from={from}"), "");
        ear.rest();
        assert!(ear.head().unwrap().starts_with("HTTP/1.1 404 "), "{:?}", ear.head());
        let text = String::from_utf8(ear.body().to_vec()).unwrap();
        assert!(text.contains("2026-11-24T05:00:00"), "{text}");
        assert!(ear.header("Longwave-Window").unwrap().starts_with("2026-11-24T05:00:00"));
    }
    for nonsense in ["yesterday", "2026-11-24T05:00:00", "-x", "-1e400", "--5"] {
        let mut ear = studio.ask(&format!("/news.mp3?from={nonsense}"), "");
        ear.rest();
        assert!(ear.head().unwrap().starts_with("HTTP/1.1 400 "), "{nonsense}");
    }
}

#[test]
fn inside_a_hole_the_next_audio_is_heard_and_that_is_said() {
    let mut studio = Studio::new();
    some_tape(&mut studio, 20);
    let last = studio.frames;
    studio.clock.advance(Duration::from_secs(30));
    some_tape(&mut studio, 20);
    let mut ear = studio.ask("/news.mp3?from=2026-11-24T05:00:30Z&sid=player-0001", "");
    studio.hear(&mut ear, |ear| ear.body().len() > 20 * FRAME);
    assert_eq!(number(ear.body()), last);
    let hole = ear.header("Longwave-Hole").unwrap();
    let (from, to) = hole.split_once('/').unwrap();
    let (from, to): (ProgrammeTime, ProgrammeTime) = (from.parse().unwrap(), to.parse().unwrap());
    assert!(from <= at(30.0) && at(30.0) < to, "{hole}");
    assert_eq!(ear.header("Longwave-From").unwrap(), to.to_string());
}

#[test]
fn the_time_map_knows_holes_and_outlives_its_player() {
    let mut studio = Studio::new();
    some_tape(&mut studio, 20);
    let second_run = studio.frames;
    studio.clock.advance(Duration::from_secs(30));
    some_tape(&mut studio, 20);
    let mut ear = studio.ask("/news.mp3?from=2026-11-24T05:00:10Z&sid=player-0001", "");
    studio.hear(&mut ear, |ear| ear.body().len() > 800 * FRAME);
    let map = studio.listen.time_map("player-0001").unwrap();
    assert_eq!(map.entries.len(), 2, "{map:?}");
    let heard = numbers(ear.body());
    assert!(heard.windows(2).all(|pair| pair[1] == pair[0] + 1), "the hole cost no frame");
    assert!(heard.contains(&second_run), "the second run is heard");
    // Every frame is where the map says that it is: those of the second run 30 s later.
    for (index, number) in heard.iter().enumerate() {
        let media = MediaOffset::from_micros(index as u64 * 24_000 + 12_000);
        let said = map.at(media).unwrap();
        let frame = *number as i64 * 24_000 + 12_000 + START;
        let hole = if *number < second_run { 0 } else { 30_000_000 };
        let off = said.as_micros() - frame - hole;
        assert!(off.abs() < 30_000, "{off} at {index}");
    }
    drop(ear);
    studio.air(Duration::from_secs(30));
    assert!(studio.listen.time_map("player-0001").is_some());
    studio.clock.advance(Duration::from_secs(700));
    assert!(studio.listen.time_map("player-0001").is_none());
    assert!(studio.listen.time_map("player-0002").is_none());
}

#[test]
fn a_player_that_comes_back_has_a_new_map() {
    let mut studio = Studio::new();
    some_tape(&mut studio, 30);
    let mut one = studio.ask("/news.mp3?sid=player-0001", "");
    studio.hear(&mut one, |ear| ear.body().len() > 300 * FRAME);
    let before = studio.listen.time_map("player-0001").unwrap().entries[0];
    let mut two = studio.ask("/news.mp3?from=-25&sid=player-0001", "");
    studio.hear(&mut two, |ear| ear.body().len() > 100 * FRAME);
    // The first connection ends later, and takes nothing of the second's with it.
    drop(one);
    studio.air(Duration::from_secs(10));
    let after = studio.listen.time_map("player-0001").unwrap().entries[0];
    assert_eq!(after.media, MediaOffset::from_micros(0));
    assert!(after.at < before.at);
    for wrong in ["short", "with%20space", &"x".repeat(65)] {
        let mut ear = studio.ask(&format!("/news.mp3?sid={wrong}"), "");
        ear.rest();
        assert!(ear.head().unwrap().starts_with("HTTP/1.1 400 "));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn every_second_of_media_maps_to_the_frame_heard_there(
        runs in proptest::collection::vec((400_u64..3000, 200_u64..9000), 1..5),
    ) {
        let mut studio = Studio::new();
        // When each frame is on the air.
        let mut when = Vec::new();
        for (air, silence) in &runs {
            for _ in 0..air.div_ceil(24) {
                when.push(studio.clock.now().as_micros());
                studio.air(Duration::from_millis(24));
            }
            studio.clock.advance(Duration::from_millis(*silence));
        }
        for _ in 0..300 {
            when.push(studio.clock.now().as_micros());
            studio.air(Duration::from_millis(24));
        }
        let mut ear = studio.ask("/news.mp3?from=2026-11-24T05:00:00Z&sid=player-0001", "");
        for _ in 0..2000 {
            if ear.body().len() >= 200 * FRAME {
                break;
            }
            if !ear.read() {
                for _ in 0..10 {
                    when.push(studio.clock.now().as_micros());
                    studio.air(Duration::from_millis(24));
                }
            }
        }
        let map = studio.listen.time_map("player-0001").unwrap();
        let heard = numbers(ear.body());
        prop_assert!(heard.len() >= 200);
        for (index, number) in heard.iter().enumerate() {
            let said = map.at(MediaOffset::from_micros(index as u64 * 24_000)).unwrap();
            let off = said.as_micros() - when[*number as usize];
            prop_assert!(off.abs() <= 21_000, "frame {} is {} µs off", number, off);
        }
    }
}
