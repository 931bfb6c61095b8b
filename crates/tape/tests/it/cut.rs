//! Spans cut to files.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use codec::{Codec, Format, Packet};
use tape::{Discontinuity, Epoch, SeekError, Tape, TapeError, TapeOptions};

use crate::studio::{
    PATIENCE, Player, adts, adts_frame, begin, clock, evening, mp3_frame, number, options, secs,
    span,
};

#[test]
fn an_mp3_cut_is_exact_to_the_frame() {
    let dir = tempfile::tempdir().unwrap();
    let (tape, mut appender) = Tape::open(options(dir.path()), clock()).unwrap();
    begin(&mut appender);
    Player::starting_at(evening()).play(&mut appender, secs(60.0));
    for (from, to) in [(0.0, 1.0), (0.001, 0.9), (10.01, 10.02), (25.0, 45.0), (29.9, 30.1)] {
        let wanted = span(evening().saturating_add(secs(from)), evening().saturating_add(secs(to)));
        let first = (from / 0.024).ceil() as u64;
        let end = (to / 0.024).ceil() as u64;
        let mut file = Vec::new();
        if first == end {
            let refused = tape.cut(wanted, &mut file);
            assert!(matches!(refused, Err(TapeError::Seek(SeekError::OutsideWindow { .. }))));
            continue;
        }
        let report = tape.cut(wanted, &mut file).unwrap();
        assert_eq!((report.frames, report.bytes), (end - first, file.len() as u64));
        assert_eq!(report.holes, []);
        assert_eq!(report.span.from(), evening().saturating_add(Duration::from_millis(first * 24)));
        assert_eq!(report.span.to(), evening().saturating_add(Duration::from_millis(end * 24)));
        let frames: Vec<&[u8]> = file.chunks(192).collect();
        let lead = first.clamp(1, 4) as usize;
        assert_eq!(&frames[0][36..40], b"Info");
        let told = u32::from_be_bytes(frames[0][44..48].try_into().unwrap());
        assert_eq!(told as usize, frames.len() - 1);
        let delay = u32::from_be_bytes(frames[0][176..180].try_into().unwrap()) >> 12 & 0xfff;
        assert_eq!(delay as usize + 529, lead * 1152, "players drop the frames before the span");
        let numbers: Vec<u64> = frames[1 + lead..].iter().map(|frame| number(frame)).collect();
        assert_eq!(numbers, (first..end).collect::<Vec<_>>());
    }
}

#[test]
fn a_frame_whose_reservoir_is_not_in_the_file_is_silent() {
    let (tape, mut appender) = Tape::open(TapeOptions::default(), clock()).unwrap();
    begin(&mut appender);
    for n in 0..40_u64 {
        let packet = mp3_frame(n);
        let mut bytes = packet.bytes.to_vec();
        // Leans on 400 bytes: three frames of 156 bytes' main data.
        bytes[4] = (400_u16 >> 1) as u8;
        bytes[6] = 0xff;
        let packet = Packet { bytes: Bytes::from(bytes), ..packet };
        let at = evening().saturating_add(Duration::from_millis(n * 24));
        assert!(appender.append(&packet, at));
    }
    appender.flush();
    let audible = |from: f64| -> Vec<bool> {
        let wanted = span(evening().saturating_add(secs(from)), tape.head().unwrap());
        let mut file = Vec::new();
        tape.cut(wanted, &mut file).unwrap();
        file.chunks(192).skip(1).map(|frame| frame[6] == 0xff).collect()
    };
    let cut = audible(0.24);
    assert_eq!(cut[..5], [false, false, false, true, true], "four before the span, then it");
    assert!(cut[5..].iter().all(|audible| *audible));
    let start = audible(0.0);
    assert_eq!(start[..6], [false, false, false, false, true, true], "one made, three too early");
}

#[test]
fn a_cut_says_where_nothing_is() {
    let dir = tempfile::tempdir().unwrap();
    let (tape, mut appender) = Tape::open(options(dir.path()), clock()).unwrap();
    begin(&mut appender);
    let mut player = Player::starting_at(evening());
    player.play(&mut appender, secs(4.8));
    let hole = span(player.now, player.now.saturating_add(secs(3.0)));
    player.now = hole.to();
    player.play(&mut appender, secs(4.8));
    let wanted = span(evening(), player.now.saturating_add(secs(10.0)));
    let report = tape.cut(wanted, &mut Vec::new()).unwrap();
    assert_eq!(report.holes, [hole, span(player.now, wanted.to())]);
    assert_eq!(report.frames, player.next);
}

#[test]
fn aac_brings_one_frame_and_ends_where_the_format_changes() {
    let (tape, mut appender) = Tape::open(TapeOptions::default(), clock()).unwrap();
    appender.begin(adts(), Discontinuity::Start);
    let time = |n: u64| evening().saturating_add(Duration::from_micros(n * 1_024_000 / 48));
    for n in 0..100 {
        assert!(appender.append(&adts_frame(n), time(n)));
    }
    begin(&mut appender);
    let mut player = Player { next: 0, now: time(100) };
    player.play(&mut appender, secs(1.0));
    let mut file = Vec::new();
    let report = tape.cut(span(time(50), player.now), &mut file).unwrap();
    assert_eq!(report.frames, 50);
    assert_eq!(report.holes, [span(time(100), player.now)]);
    let numbers: Vec<_> =
        file.chunks(20).map(|f| u64::from_be_bytes(f[12..20].try_into().unwrap())).collect();
    assert_eq!(numbers, (49..100).collect::<Vec<_>>());
}

/// A page with one packet; the checksum isn't looked at.
pub(crate) fn page(flags: u8, granule: i64, sequence: u32, body: &[u8]) -> Vec<u8> {
    let mut page = b"OggS\0".to_vec();
    page.push(flags);
    page.extend_from_slice(&granule.to_le_bytes());
    page.extend_from_slice(&77_u32.to_le_bytes());
    page.extend_from_slice(&sequence.to_le_bytes());
    page.extend_from_slice(&[0; 4]);
    page.push(1);
    page.push(u8::try_from(body.len()).unwrap());
    page.extend_from_slice(body);
    page
}

pub(crate) fn opus() -> Epoch {
    let mut head = b"OpusHead\x01\x02".to_vec();
    head.extend_from_slice(&[0x38, 0x01, 0x80, 0xbb, 0, 0, 0, 0, 0]);
    let mut header = page(2, 0, 0, &head);
    header.extend(page(0, 0, 1, b"OpusTags\0\0\0\0\0\0\0\0"));
    let format = Format { codec: Codec::Ogg, sample_rate: 48_000, channels: 2 };
    Epoch::new(format, header)
}

#[test]
fn an_opus_cut_is_a_stream_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let (tape, mut appender) = Tape::open(options(dir.path()), clock()).unwrap();
    appender.begin(opus(), Discontinuity::Start);
    let step = 960_u64 * 5;
    for n in 0..400_u64 {
        // Joined in the middle of the source's own count.
        let granule = i64::try_from(900_000 + (n + 1) * step).unwrap();
        let bytes = page(0, granule, 50 + n as u32, &n.to_be_bytes());
        let packet =
            Packet { bytes: bytes.into(), samples: step as u32, entry: true, reservoir: 0 };
        let at = evening().saturating_add(Duration::from_millis(n * 100));
        assert!(appender.append(&packet, at));
    }
    appender.flush();
    assert!(tape.settle(PATIENCE));
    let from = evening().saturating_add(secs(10.0));
    let mut file = Vec::new();
    let report = tape.cut(span(from, from.saturating_add(secs(25.0))), &mut file).unwrap();
    assert_eq!((report.frames, report.holes), (250, vec![]));

    let mut pages = Vec::new();
    let mut rest = &file[..];
    while !rest.is_empty() {
        assert!(rest.starts_with(b"OggS\0"));
        let len = 28 + usize::from(rest[27]);
        pages.push(&rest[..len]);
        rest = &rest[len..];
    }
    assert_eq!(pages.len(), 2 + 1 + 250);
    let skip = u16::from_le_bytes(pages[0][28 + 10..28 + 12].try_into().unwrap());
    assert_eq!(u64::from(skip), step, "one page of at least 80 ms");
    for (at, page) in pages.iter().enumerate() {
        assert_eq!(page[18..22], u32::try_from(at).unwrap().to_le_bytes());
        assert_eq!(page[5] & 2 != 0, at == 0);
        assert_eq!(page[5] & 4 != 0, at == pages.len() - 1);
        let granule = i64::from_le_bytes(page[6..14].try_into().unwrap());
        let count = (at as i64 - 1).max(0);
        assert_eq!(granule, count * step as i64);
        let mut blank = page.to_vec();
        let sum = u32::from_le_bytes(page[22..26].try_into().unwrap());
        blank[22..26].fill(0);
        assert_eq!(sum, bitwise_crc(&blank));
    }
    let body = u64::from_be_bytes(pages[3][28..36].try_into().unwrap());
    assert_eq!(body, 100);
}

/// RFC 3533's checksum, a bit at a time.
fn bitwise_crc(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte) << 24, |sum, _| {
            if sum >> 31 == 1 { sum << 1 ^ 0x04c1_1db7 } else { sum << 1 }
        })
    })
}

#[test]
fn a_lost_ogg_index_is_rebuilt_from_pages() {
    let dir = tempfile::tempdir().unwrap();
    let (tape, mut appender) = Tape::open(options(dir.path()), clock()).unwrap();
    appender.begin(opus(), Discontinuity::Start);
    for n in 0..100_u64 {
        let bytes = page(0, i64::try_from((n + 1) * 4800).unwrap(), 2, &n.to_be_bytes());
        let packet = Packet { bytes: bytes.into(), samples: 4800, entry: true, reservoir: 0 };
        assert!(appender.append(&packet, evening().saturating_add(Duration::from_millis(n * 100))));
    }
    appender.flush();
    assert!(tape.settle(PATIENCE));
    let live = tape.summary();
    drop((tape, appender));
    std::fs::remove_file(dir.path().join("2026-11-24T03Z.index")).unwrap();
    let (tape, _appender) = Tape::open(options(dir.path()), clock()).unwrap();
    let found = tape.summary();
    assert_eq!(found.files[0].format, live.files[0].format);
    assert_eq!(found.window.unwrap().duration(), live.window.unwrap().duration());
    assert_eq!(tape.epoch(), Some(Arc::new(opus())));
    let (blocks, _) =
        crate::studio::read_on(&tape, tape.seek(found.window.unwrap().from()).unwrap().cursor);
    assert_eq!(blocks.iter().map(|block| block.samples).sum::<u64>(), 480_000);
}
