//! What is on the air when: source, fallback, return.

use std::time::Duration;

use air::OnAir;
use lineup::{Fallback, Mount};

use crate::rig::{
    FRAME_TIME, Rig, STEP, Speaker, assert_in_order, assert_no_hole, audio, builtin, mount, path,
    seconds,
};

#[test]
fn without_a_source_the_loop_is_on_the_air_at_once_and_in_real_time() {
    let rig = Rig::with_loop();
    rig.run(20.0);
    assert_eq!(rig.on_air(), OnAir::Loop("news".to_owned()));
    assert!(rig.audible());
    let found = rig.found();
    assert_no_hole(&found, Duration::from_millis(2));
    let heard = found.len() as f64 * FRAME_TIME.as_secs_f64();
    assert!((19.5..=20.0).contains(&heard), "{heard} s of 20 s");
    // Round and round.
    let length = rig.numbers(b'L').iter().max().unwrap() + 1;
    for (index, found) in found.iter().enumerate() {
        assert_eq!(found.n, index as u32 % length);
    }
    assert_eq!(found.iter().filter(|it| it.begins).count(), 1);
}

#[test]
fn a_source_takes_over_from_the_loop_without_a_gap_and_gives_it_back() {
    let rig = Rig::with_loop();
    rig.run(3.0);
    let mut source = Speaker::new(rig.open(), b'S');
    rig.run_with(10.0, |_| assert!(source.send(STEP, 1.0)));
    assert_eq!(rig.on_air(), OnAir::Source);
    let sent = source.next();
    drop(source);
    let dropped = rig.now();
    rig.run(5.0);
    assert_eq!(rig.on_air(), OnAir::Loop("news".to_owned()));

    let found = rig.found();
    assert_no_hole(&found, Duration::from_millis(2));
    let numbers = rig.numbers(b'S');
    assert_eq!(numbers[0], 0, "nothing of the source is lost at its beginning");
    assert_in_order(&numbers);
    // But for the last, which the framer can't tell from a broken one.
    assert!(numbers.len() as u32 + 3 >= sent, "what was buffered is played out");
    let splices: Vec<_> = found.iter().filter(|it| it.begins).map(|it| it.voice).collect();
    assert_eq!(splices, [b'L', b'S', b'L']);
    let back = found.iter().rev().find(|it| it.begins).unwrap();
    // The buffer of a second was played out first.
    assert!(back.at.since(dropped) <= seconds(2.0));
    // The loop goes on from where it was.
    let loops = rig.numbers(b'L');
    assert_in_order(&loops[..100]);
    let gone = found.iter().position(|it| it.voice == b'S').unwrap();
    assert_eq!(back.n, found[gone - 1].n + 1);
}

#[test]
fn a_source_that_falls_silent_is_replaced_within_a_second_of_running_dry() {
    let rig = Rig::with_loop();
    let mut source = Speaker::new(rig.open(), b'S');
    rig.run_with(5.0, |_| assert!(source.send(STEP, 1.0)));
    assert_eq!(rig.on_air(), OnAir::Source);
    rig.run(2.2);
    assert_eq!(rig.on_air(), OnAir::Loop("news".to_owned()));
    assert_no_hole(&rig.found(), Duration::from_millis(2));
    // It is back, with something new to say, and continues at a splice.
    rig.run_with(4.0, |_| assert!(source.send(STEP, 1.0)));
    assert_eq!(rig.on_air(), OnAir::Source);
    assert_no_hole(&rig.found(), FRAME_TIME);
    assert_in_order(&rig.numbers(b'S'));
}

#[test]
fn audio_that_was_held_up_goes_on_where_it_would_be_and_what_is_late_is_dropped() {
    let rig = Rig::with_loop();
    let mut source = Speaker::new(rig.open(), b'S');
    rig.run_with(5.0, |_| assert!(source.send(STEP, 1.0)));
    let before = rig.found().iter().rev().find(|it| it.voice == b'S').copied().unwrap();
    // The network hangs for three seconds; then all of it comes at once, and goes on.
    rig.run(3.0);
    assert_eq!(rig.on_air(), OnAir::Loop("news".to_owned()));
    source.send_seconds(3.0);
    rig.run_with(5.0, |_| assert!(source.send(STEP, 1.0)));
    assert_eq!(rig.on_air(), OnAir::Source);
    let found = rig.found();
    assert_no_hole(&found, FRAME_TIME);
    let numbers = rig.numbers(b'S');
    assert!(numbers.windows(2).all(|pair| pair[1] > pair[0]), "in order, none twice");
    let missing = numbers.last().unwrap() + 1 - numbers.len() as u32;
    let missing = FRAME_TIME * missing;
    assert!((seconds(1.5)..seconds(3.6)).contains(&missing), "{missing:?} were late");
    // What is heard now is as far behind the source as it was before.
    let after = found.last().unwrap();
    let frames = f64::from(after.n - before.n) * FRAME_TIME.as_secs_f64();
    let time = after.at.since(before.at).as_secs_f64();
    assert!((frames - time).abs() < 0.05, "{frames} s of audio in {time} s");
}

#[test]
fn a_mount_falls_back_to_another_and_then_to_the_loop() {
    let mut rig = Rig::new();
    let chain = vec![Fallback::Mount(path("/music.mp3")), builtin("news")];
    rig.add(Mount { fallback: chain, ..mount("/news.mp3") }, &[audio(b'L', 0, 8.0)]);
    rig.add(mount("/music.mp3"), &[]);
    rig.run(2.0);
    assert_eq!(rig.on_air(), OnAir::Loop("news".to_owned()));

    let handle = rig.air.open(&path("/music.mp3"), super::rig::hello("dj", "127.0.0.2")).unwrap();
    let mut other = Speaker::new(handle, b'M');
    rig.run_with(10.0, |_| assert!(other.send(STEP, 1.0)));
    assert_eq!(rig.on_air(), OnAir::Mount(path("/music.mp3")));
    drop(other);
    rig.run(4.0);
    assert_eq!(rig.on_air(), OnAir::Loop("news".to_owned()));

    let found = rig.found();
    assert_no_hole(&found, FRAME_TIME);
    let numbers = rig.numbers(b'M');
    assert!(numbers.len() > 250);
    assert_in_order(&numbers);
}

#[test]
fn with_nothing_to_fall_back_to_the_tape_has_a_hole_and_goes_on() {
    let rig = Rig::bare();
    rig.run(1.0);
    assert_eq!(rig.on_air(), OnAir::Nothing);
    assert!(!rig.audible());
    let mut source = Speaker::new(rig.open(), b'S');
    rig.run_with(5.0, |_| assert!(source.send(STEP, 1.0)));
    assert!(rig.audible());
    rig.run(6.0);
    assert_eq!(rig.on_air(), OnAir::Nothing);
    assert!(!rig.audible());
    rig.run_with(5.0, |_| assert!(source.send(STEP, 1.0)));
    assert_eq!(rig.on_air(), OnAir::Source);
    let found = rig.found();
    assert_in_order(&rig.numbers(b'S'));
    assert_eq!(found.iter().filter(|it| it.begins).count(), 2);
}

#[test]
fn rules_and_sounds_can_change_without_dropping_the_source() {
    let rig = Rig::with_loop();
    let mut source = Speaker::new(rig.open(), b'S');
    rig.run_with(3.0, |_| assert!(source.send(STEP, 1.0)));
    let changed = Mount { fallback: vec![builtin("other")], ..mount("/news.mp3") };
    rig.air.update_with(&changed, vec![audio(b'O', 0, 5.0).into()]);
    rig.run_with(3.0, |_| assert!(source.send(STEP, 1.0)));
    assert_eq!(rig.on_air(), OnAir::Source);
    drop(source);
    rig.run(3.0);
    assert_eq!(rig.on_air(), OnAir::Loop("other".to_owned()));
    assert_no_hole(&rig.found(), FRAME_TIME);
}

#[test]
fn a_mount_that_is_removed_lets_its_source_go() {
    let rig = Rig::with_loop();
    let mut source = Speaker::new(rig.open(), b'S');
    rig.run_with(2.0, |_| assert!(source.send(STEP, 1.0)));
    let of = mount("/news.mp3");
    rig.air.remove(&of.station, &of.stream, &of.rendition);
    assert!(!source.send(STEP, 1.0));
    assert!(rig.air.status(&path("/news.mp3")).is_none());
}

#[test]
fn the_tape_goes_on_from_its_head_when_the_clock_was_set_back() {
    use std::sync::Arc;

    use air::{Air, DeckSetup};
    use airtime::{Clock as _, SimulatedClock};
    use codec::{Codec, Format, Packet};
    use tape::{Discontinuity, Epoch, EventLog, Tape, TapeOptions};

    let start = airtime::ProgrammeTime::from_micros(crate::rig::START);
    let clock = Arc::new(SimulatedClock::starting_at(start));
    let (tape, mut appender) = Tape::open(TapeOptions::default(), clock.clone()).unwrap();
    let format = Format { codec: Codec::Mp3, sample_rate: 48_000, channels: 2 };
    appender.begin(Epoch::new(format, []), Discontinuity::Start);
    // Recorded when the clock was a quarter of an hour ahead.
    let before = start.saturating_add(seconds(900.0));
    let bytes = crate::rig::frame(b'X', 0).into();
    assert!(appender.append(&Packet { bytes, samples: 1152, entry: true, reservoir: 0 }, before));
    appender.flush();

    let dir = tempfile::tempdir().unwrap();
    let events = EventLog::open(dir.path(), clock.clone()).unwrap();
    let air = Air::new(clock.clone());
    air.add(DeckSetup {
        mount: Mount { fallback: vec![builtin("news")], ..mount("/news.mp3") },
        codec: Codec::Mp3,
        tape: tape.clone(),
        appender,
        events,
        loops: vec![audio(b'L', 0, 8.0).into()],
    });
    let mut source = None;
    for step in 0..500 {
        clock.advance(STEP);
        air.step();
        if step == 100 {
            let handle = air.open(&path("/news.mp3"), crate::rig::hello("source", "127.0.0.1"));
            source = Some(Speaker::new(handle.unwrap(), b'S'));
        }
        if let Some(source) = &mut source {
            assert!(source.send(STEP, 1.0));
        }
    }
    let status = air.status(&path("/news.mp3")).unwrap();
    assert!(status.audible);
    assert_eq!(status.on_air, OnAir::Source);
    let played = tape.head().unwrap().since(before);
    assert!((seconds(9.5)..seconds(10.1)).contains(&played), "{played:?}");
    assert!(clock.now() < before);
}
