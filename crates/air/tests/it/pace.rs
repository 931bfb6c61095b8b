//! Sources that are fast, slow, bursty or off.

use std::time::Duration;

use air::OnAir;

use crate::rig::{
    FRAME, FRAME_TIME, RATE, Rig, STEP, Speaker, assert_in_order, assert_no_hole, path, seconds,
};

fn has_room(speaker: &Speaker) -> bool {
    let waker = std::task::Waker::noop();
    let mut context = std::task::Context::from_waker(waker);
    let room = std::pin::pin!(speaker.handle.room());
    room.poll(&mut context).is_ready()
}

#[test]
fn a_burst_fills_the_buffer_and_not_the_future() {
    let rig = Rig::with_loop();
    let mut source = Speaker::new(rig.open(), b'S');
    source.send_seconds(31.0);
    assert!(!has_room(&source), "it has to wait now");
    rig.run(0.5);
    assert_eq!(rig.on_air(), OnAir::Source);
    // A reader that waits for room loses nothing.
    rig.run_with(40.0, |_| {
        if has_room(&source) {
            source.send_bytes(4096);
        }
    });
    let buffered = rig.air.status(&path("/news.mp3")).unwrap().source.unwrap().buffered;
    assert!(buffered <= seconds(31.1), "{buffered:?}");
    let numbers = rig.numbers(b'S');
    assert_in_order(&numbers);
    let heard = FRAME_TIME * numbers.len() as u32;
    assert!((seconds(40.0)..seconds(40.6)).contains(&heard), "{heard:?}");
    assert_no_hole(&rig.found(), Duration::from_millis(2));
}

#[test]
fn a_source_in_small_pieces_is_as_good_as_any() {
    let rig = Rig::with_loop();
    let mut source = Speaker::new(rig.open(), b'S');
    rig.run_with(6.0, |_| {
        let whole = (RATE as f64 * STEP.as_secs_f64()) as usize;
        for _ in 0..whole / 10 {
            assert!(source.send_bytes(10));
        }
    });
    assert_eq!(rig.on_air(), OnAir::Source);
    assert_in_order(&rig.numbers(b'S'));
}

#[test]
fn a_trickle_never_goes_on_the_air_and_is_let_go() {
    let rig = Rig::with_loop();
    rig.run(0.1);
    let mut source = Speaker::new(rig.open(), b'S');
    let mut on = true;
    let mut tick = 0;
    rig.run_with(30.0, |rig| {
        tick += 1;
        if tick % 50 == 0 {
            on &= source.send_bytes(1);
        }
        assert_eq!(rig.on_air(), OnAir::Loop("news".to_owned()));
    });
    assert!(!on, "a byte a second is no audio: it is let go");
}

#[test]
fn a_source_at_a_third_of_real_time_is_not_put_on_the_air() {
    let rig = Rig::with_loop();
    let mut source = Speaker::new(rig.open(), b'S');
    rig.run_with(60.0, |_| assert!(source.send(STEP, 0.33)));
    assert!(rig.numbers(b'S').is_empty());
    // It may mend itself.
    rig.run_with(5.0, |_| assert!(source.send(STEP, 1.0)));
    assert_eq!(rig.on_air(), OnAir::Source);
}

#[test]
fn a_source_whose_clock_is_off_is_followed() {
    for speed in [1.0 + 100e-6, 1.0 - 100e-6] {
        let rig = Rig::with_loop();
        let mut source = Speaker::new(rig.open(), b'S');
        // An hour: 360 ms off if it were not followed.
        let length = 3600.0;
        rig.run_with(length, |_| assert!(source.send(STEP, speed)));
        let status = rig.air.status(&path("/news.mp3")).unwrap();
        let buffered = status.source.unwrap().buffered;
        assert!((seconds(0.85)..seconds(1.15)).contains(&buffered), "{buffered:?} at {speed}");
        let found = rig.found();
        assert_eq!(found.iter().filter(|it| it.begins).count(), 2, "no break on the tape");
        assert_no_hole(&found[1..], Duration::from_millis(2));
        assert_in_order(&rig.numbers(b'S'));
    }
}

#[test]
fn jitter_below_the_buffer_is_not_heard() {
    let rig = Rig::with_loop();
    let mut source = Speaker::new(rig.open(), b'S');
    let mut held = 0;
    let mut tick: u32 = 0;
    rig.run_with(60.0, |_| {
        tick = tick.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        held += 1;
        // Anything from 20 to 660 ms comes at once.
        if tick >> 27 == 0 || held > 33 {
            assert!(source.send(STEP * held, 1.0));
            held = 0;
        }
    });
    assert_eq!(rig.on_air(), OnAir::Source);
    assert_eq!(rig.found().iter().filter(|it| it.begins).count(), 2);
    assert_no_hole(&rig.found(), Duration::from_millis(2));
}

#[test]
fn a_process_that_stood_still_does_not_play_the_past() {
    let rig = Rig::with_loop();
    rig.run(2.0);
    rig.clock.advance(Duration::from_secs(3600));
    rig.run(2.0);
    let found = rig.found();
    assert!(found.len() < 250, "{} frames", found.len());
    assert_eq!(found.iter().filter(|it| it.begins).count(), 2);
    assert!(rig.now().since(found.last().unwrap().at) < seconds(0.5));
    assert_eq!(found.len() * FRAME % FRAME, 0);
}

#[test]
fn a_clock_that_steps_forward_leaves_a_hole_and_the_source_goes_on() {
    use std::sync::Arc;

    use air::{Air, DeckSetup};
    use airtime::{Clock as _, ProgrammeClock, ProgrammeTime, SimulatedSource};
    use tape::{EventLog, Tape, TapeOptions};

    let start = ProgrammeTime::from_micros(crate::rig::START);
    let clock = Arc::new(ProgrammeClock::on(SimulatedSource::starting_at(start)));
    let (tape, appender) = Tape::open(TapeOptions::default(), clock.clone()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let air = Air::new(clock.clone());
    air.add(DeckSetup {
        mount: crate::rig::mount("/news.mp3"),
        codec: codec::Codec::Mp3,
        tape: tape.clone(),
        appender,
        events: EventLog::open(dir.path(), clock.clone()).unwrap(),
        loops: Vec::new(),
    });
    let handle = air.open(&path("/news.mp3"), crate::rig::hello("source", "127.0.0.1")).unwrap();
    let mut source = Speaker::new(handle, b'S');
    for step in 0..500 {
        clock.source().advance(STEP);
        if step == 250 {
            clock.source().step(3_000_000);
        }
        assert!(source.send(STEP, 1.0));
        air.step();
    }
    let status = air.status(&path("/news.mp3")).unwrap();
    assert_eq!(status.on_air, OnAir::Source);
    let head = tape.head().unwrap();
    assert!(clock.now().since(head) < seconds(0.3), "it is where the clock is");
    let buffered = status.source.unwrap().buffered;
    assert!(buffered < seconds(1.3), "{buffered:?}");
}
