//! Sources that are fast, slow, bursty or off.

use std::time::Duration;

use air::OnAir;

use crate::rig::{
    FRAME, FRAME_TIME, RATE, Rig, STEP, Speaker, assert_in_order, assert_no_hole, has_room, path,
    seconds,
};

#[test]
fn a_burst_fills_the_buffer_and_not_the_future() {
    let rig = Rig::with_loop();
    let mut source = Speaker::new(rig.open(), b'S');
    source.send_seconds(31.0);
    assert!(!has_room(&source.handle), "it has to wait now");
    rig.run(0.5);
    assert_eq!(rig.on_air(), OnAir::Source);
    // A reader that waits for room loses nothing.
    rig.run_with(40.0, |_| {
        if has_room(&source.handle) {
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
fn a_process_that_stood_still_does_not_hold_it_against_its_source() {
    let rig = Rig::with_loop();
    let mut source = Speaker::new(rig.open(), b'S');
    rig.run_with(3.0, |_| assert!(source.send(STEP, 1.0)));
    rig.clock.advance(Duration::from_secs(60));
    rig.air.step();
    rig.run_with(5.0, |_| assert!(source.send(STEP, 1.0)));
    assert_eq!(rig.on_air(), OnAir::Source);
}

#[test]
fn a_source_a_little_slower_than_real_time_is_not_on_and_off_the_air_for_ever() {
    for speed in [0.6, 0.75, 0.9, 0.98] {
        let rig = Rig::with_loop();
        let mut source = Speaker::new(rig.open(), b'S');
        rig.run_with(600.0, |_| assert!(source.send(STEP, speed)));
        let splices = rig.found().iter().filter(|it| it.begins).count();
        assert!(splices <= 24, "{splices} splices in ten minutes at {speed}");
        let heard = rig.numbers(b'S').len();
        if speed >= 0.9 {
            assert!(heard > 15_000, "it is heard most of the time at {speed}: {heard}");
        }
    }
}

#[test]
fn a_slow_source_that_mends_itself_is_trusted_again() {
    let rig = Rig::with_loop();
    let mut source = Speaker::new(rig.open(), b'S');
    rig.run_with(60.0, |_| assert!(source.send(STEP, 0.9)));
    rig.run_with(1000.0, |_| assert!(source.send(STEP, 1.0)));
    assert_eq!(rig.on_air(), OnAir::Source);
    rig.run(9.0);
    assert_eq!(rig.on_air(), OnAir::Loop("news".to_owned()));
    rig.run_with(4.0, |_| assert!(source.send(STEP, 1.0)));
    assert_eq!(rig.on_air(), OnAir::Source);
}

#[test]
fn a_clock_that_steps_forward_leaves_a_hole_and_the_source_goes_on() {
    step_forward(3_000_000, true);
}

#[test]
fn a_clock_that_steps_an_hour_forward_lets_nobody_go() {
    step_forward(3_600_000_000, true);
    // The air may be stepped before the source's next bytes are.
    step_forward(3_600_000_000, false);
    step_forward(11_000_000, false);
}

fn step_forward(micros: i64, pushed_first: bool) {
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
            clock.source().step(micros);
            let before = air.status(&path("/news.mp3")).unwrap();
            assert_eq!(before.on_air, OnAir::Source);
        }
        if !pushed_first {
            air.step();
            // It may send only now and then.
            clock.source().advance(Duration::from_millis(2));
            air.step();
        }
        assert!(source.send(STEP, 1.0), "it was let go");
        if pushed_first {
            air.step();
        }
        if step == 260 {
            assert_eq!(air.status(&path("/news.mp3")).unwrap().on_air, OnAir::Source);
        }
    }
    let status = air.status(&path("/news.mp3")).unwrap();
    assert_eq!(status.on_air, OnAir::Source);
    let head = tape.head().unwrap();
    assert!(clock.now().since(head) < seconds(0.3), "it is where the clock is");
    let buffered = status.source.unwrap().buffered;
    assert!(buffered < seconds(1.3), "{buffered:?}");
}
