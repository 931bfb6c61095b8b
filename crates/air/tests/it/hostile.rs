//! Sources that send what they shouldn't.

use air::{OnAir, Refused, SourceHello};
use codec::Codec;
use proptest::prelude::*;

use crate::rig::{Rig, STEP, Speaker, audio, has_room, hello, mount, path};

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

/// One page of an Ogg stream, with one packet.
fn page(serial: u32, sequence: u32, granule: u64, flags: u8, packet: &[u8]) -> Vec<u8> {
    let mut page = b"OggS\0".to_vec();
    page.push(flags);
    page.extend(granule.to_le_bytes());
    page.extend(serial.to_le_bytes());
    page.extend(sequence.to_le_bytes());
    page.extend([0; 4]);
    page.push(u8::try_from(packet.len() / 255 + 1).unwrap());
    page.extend(std::iter::repeat_n(255, packet.len() / 255));
    page.push((packet.len() % 255) as u8);
    page.extend(packet);
    page
}

/// A link of an Opus stream: a header of 60 KB, and 2.5 ms of sound.
fn link(serial: u32) -> Vec<u8> {
    let mut tags = b"OpusTags".to_vec();
    tags.extend(60_000_u32.to_le_bytes());
    tags.resize(tags.len() + 60_000, b'x');
    tags.extend([0; 4]);
    let head = b"OpusHead\x01\x02\0\0\x80\xbb\0\0\0\0\0";
    let mut header = page(serial, 0, 0, 2, head);
    header.extend(page(serial, 1, 0, 0, &tags));
    // It also fills in the checksums.
    let mut stamp = codec::ogg::Restamper::new(serial);
    let mut link = stamp.header(&header);
    link.extend(stamp.page(&page(serial, 2, 120, 4, &[0x80, 0, 0]), 120, true).unwrap());
    link
}

#[test]
fn headers_without_end_are_not_kept_without_end() {
    let mut rig = Rig::new();
    rig.add_as(mount("/news.mp3"), &[], Codec::Ogg);
    let ogg = SourceHello { codec: Codec::Ogg, ..hello("source", "127.0.0.1") };
    let source = rig.air.open(&path("/news.mp3"), ogg).unwrap();
    let mut sent = 0;
    while has_room(&source) {
        let link = link(sent);
        sent += 1;
        for piece in link.chunks(4096) {
            assert!(source.push(piece));
        }
        assert!(sent < 300, "{} MB of headers are kept", sent * 60 / 1000);
    }
    assert!(sent > 100, "some are taken");
    let buffered = rig.air.status(&path("/news.mp3")).unwrap().source.unwrap().buffered;
    assert!(buffered > std::time::Duration::from_millis(100), "they were links: {buffered:?}");
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
