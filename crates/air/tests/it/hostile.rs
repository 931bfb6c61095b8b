//! Sources that send what they shouldn't.

use air::{OnAir, Refused, SourceHello};
use codec::Codec;
use proptest::prelude::*;

use crate::rig::{Rig, STEP, Speaker, audio, hello, mount, path};

#[test]
fn garbage_never_goes_on_the_air_and_is_let_go() {
    let rig = Rig::with_loop();
    rig.run(0.1);
    let source = rig.open();
    let mut on = true;
    let mut seed: u32 = 7;
    rig.run_with(15.0, |rig| {
        let bytes: Vec<u8> = (0..320)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (seed >> 24) as u8 & 0x7f
            })
            .collect();
        on &= source.push(&bytes);
        assert_eq!(rig.on_air(), OnAir::Loop("news".to_owned()));
    });
    assert!(!on);
    assert!(rig.numbers(b'S').is_empty());
}

#[test]
fn a_source_that_sends_nothing_is_let_go_after_its_timeout() {
    let rig = Rig::with_loop();
    let source = rig.open();
    rig.run(9.5);
    assert!(source.push(&[]));
    rig.run(1.0);
    assert!(!source.push(&[]));
    // And its place is free.
    let mut next = Speaker::new(rig.open(), b'S');
    rig.run_with(3.0, |_| assert!(next.send(STEP, 1.0)));
    assert_eq!(rig.on_air(), OnAir::Source);
}

#[test]
fn garbage_between_frames_is_left_out() {
    let rig = Rig::with_loop();
    let source = rig.open();
    let mut n = 0;
    rig.run_with(12.0, |_| {
        // 24 ms of audio every 20 ms; garbage before each tenth frame.
        if n % 10 == 0 {
            assert!(source.push(&[0x55; 99]));
        }
        assert!(source.push(&audio(b'S', n, 0.024)));
        n += 1;
    });
    assert_eq!(rig.on_air(), OnAir::Source);
    assert!(rig.numbers(b'S').len() > 350);
}

#[test]
fn another_encoding_is_refused() {
    let rig = Rig::with_loop();
    let ogg = SourceHello { codec: Codec::Ogg, ..hello("source", "127.0.0.1") };
    assert_eq!(rig.air.open(&path("/news.mp3"), ogg).unwrap_err(), Refused::UnsupportedType);
    let nowhere = path("/nowhere.mp3");
    let refused = rig.air.open(&nowhere, hello("source", "127.0.0.1")).unwrap_err();
    assert_eq!(refused, Refused::NoSuchMount(nowhere));
}

#[test]
fn a_mount_that_takes_no_source_refuses_it() {
    let mut rig = Rig::new();
    let mut closed = mount("/news.mp3");
    closed.source.accepts = false;
    rig.add(closed, &[]);
    let refused = rig.air.open(&path("/news.mp3"), hello("source", "127.0.0.1")).unwrap_err();
    assert_eq!(refused, Refused::NoSuchMount(path("/news.mp3")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever comes in whatever pieces: the head never passes now (the rig looks), and what is
    /// on the tape was sent, in order, none twice.
    #[test]
    fn any_arrival_keeps_order(
        pieces in prop::collection::vec((0_u32..1500, 0_usize..60_000, 0_u8..8), 1..40)
    ) {
        let rig = Rig::with_loop();
        let mut source = None;
        let mut next = 0;
        for (pause, bytes, what) in pieces {
            let speaker = source.get_or_insert_with(|| Speaker::new(rig.open(), b'S').from(next));
            let mut on = speaker.send_bytes(bytes);
            if what == 7 {
                on = false;
            }
            next = speaker.next() + 1;
            if !on {
                source = None;
            }
            rig.run(f64::from(pause) / 1000.0);
        }
        rig.run(0.5);
        let numbers = rig.numbers(b'S');
        prop_assert!(numbers.windows(2).all(|pair| pair[1] > pair[0]), "{numbers:?}");
        let found = rig.found();
        prop_assert!(found.windows(2).all(|pair| pair[1].at > pair[0].at));
        prop_assert!(rig.audible());
    }
}
