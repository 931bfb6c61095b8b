//! The head of the tape, in memory.

use std::time::Duration;

use codec::{Codec, Format, Packet};
use tape::{Discontinuity, Epoch, Policy, Read, SeekError, Tape, TapeOptions, Withholding};

use crate::studio::{
    Player, begin, bytes_of, clock, evening, mp3, mp3_frame, numbers, read_on, secs, span,
};

#[test]
fn blocks_hold_whole_frames_of_at_most_a_quarter_second() {
    let (tape, mut appender) = Tape::open(TapeOptions::default(), clock()).unwrap();
    begin(&mut appender);
    let start = tape.behind_head(Duration::ZERO);
    let mut player = Player::starting_at(evening());
    player.play(&mut appender, secs(10.0));
    let (blocks, gone) = read_on(&tape, start);
    assert!(gone.is_empty());
    assert!(blocks.iter().all(|block| block.duration <= Duration::from_millis(250)));
    assert_eq!(numbers(&bytes_of(&blocks)), (0..player.next).collect::<Vec<_>>());
    assert!(blocks[0].discontinuity && !blocks[1].discontinuity);
    for pair in blocks.windows(2) {
        assert_eq!(pair[0].sequence + 1, pair[1].sequence);
        assert_eq!(pair[0].sample + pair[0].samples, pair[1].sample);
        assert_eq!(pair[0].end(), pair[1].first);
        assert_eq!(pair[0].continuity, pair[1].continuity);
    }
    assert_eq!(tape.head(), Some(player.now));
}

#[test]
fn a_joiner_begins_so_far_behind_the_head() {
    let (tape, mut appender) = Tape::open(TapeOptions::default(), clock()).unwrap();
    begin(&mut appender);
    Player::starting_at(evening()).play(&mut appender, secs(30.0));
    let head = tape.head().unwrap();
    let Read::Block(block) = tape.view().read(tape.behind_head(secs(8.0))) else { panic!() };
    let behind = head.since(block.first);
    assert!(behind >= secs(8.0) && behind < secs(8.3), "{behind:?}");
}

#[test]
fn a_joiner_never_gets_another_format_first() {
    let (tape, mut appender) = Tape::open(TapeOptions::default(), clock()).unwrap();
    begin(&mut appender);
    let mut player = Player::starting_at(evening());
    player.play(&mut appender, secs(5.0));
    let mut epoch = mp3();
    epoch.format.channels = 1;
    appender.begin(epoch.clone(), Discontinuity::Format);
    player.play(&mut appender, secs(1.0));
    let Read::Block(block) = tape.view().read(tape.behind_head(secs(4.0))) else { panic!() };
    assert_eq!(*block.epoch, epoch);
    assert!(block.discontinuity);
}

#[test]
fn audio_before_the_head_is_refused_and_a_late_packet_begins_a_run() {
    let (tape, mut appender) = Tape::open(TapeOptions::default(), clock()).unwrap();
    let start = tape.behind_head(Duration::ZERO);
    assert!(!appender.append(&mp3_frame(0), evening()), "no run was begun");
    begin(&mut appender);
    let mut player = Player::starting_at(evening());
    player.play(&mut appender, secs(1.0));
    assert!(!appender.append(&mp3_frame(99), player.now.saturating_sub(secs(0.2))));
    assert!(appender.append(&mp3_frame(player.next), player.now.saturating_add(secs(0.05))));
    assert!(appender.append(&mp3_frame(player.next + 1), player.now.saturating_add(secs(5.0))));
    appender.flush();
    let (blocks, _) = read_on(&tape, start);
    let runs = blocks.iter().filter(|block| block.discontinuity).count();
    assert_eq!(runs, 2);
    let last = blocks.last().unwrap();
    assert_ne!(last.continuity, blocks[0].continuity);
    assert_eq!(last.first, player.now.saturating_add(secs(5.0)));
    assert_eq!(numbers(&bytes_of(&blocks)), (0..player.next + 2).collect::<Vec<_>>());
}

#[test]
fn without_a_folder_what_left_the_ring_is_gone() {
    let options = TapeOptions { ring: secs(5.0), ..TapeOptions::default() };
    let (tape, mut appender) = Tape::open(options, clock()).unwrap();
    let start = tape.behind_head(Duration::ZERO);
    begin(&mut appender);
    let mut player = Player::starting_at(evening());
    player.play(&mut appender, secs(20.0));
    let Read::Gone { resume, .. } = tape.view().read(start) else { panic!() };
    let Read::Block(block) = tape.view().read(resume) else { panic!() };
    assert!(tape.head().unwrap().since(block.first) >= secs(5.0));
    assert!(matches!(tape.seek(evening()), Err(SeekError::OutsideWindow { .. })));
}

#[test]
fn what_is_withheld_is_passed_over() {
    let (tape, mut appender) = Tape::open(TapeOptions::default(), clock()).unwrap();
    let start = tape.behind_head(Duration::ZERO);
    begin(&mut appender);
    Player::starting_at(evening()).play(&mut appender, secs(10.0));
    let from = evening().saturating_add(secs(2.0));
    let to = evening().saturating_add(secs(4.0));
    let withheld = |policy| Withholding {
        span: span(from, to),
        policy,
        who: "desk".to_owned(),
        why: "rights".to_owned(),
    };
    tape.withhold(withheld(Policy::LiveOnly)).unwrap();
    let (blocks, gone) = read_on(&tape, start);
    assert!(gone.is_empty(), "{} blocks", blocks.len());
    let seek = tape.seek(from.saturating_add(secs(1.0))).unwrap();
    assert!(seek.starts >= to && seek.hole.is_some());

    tape.withhold(withheld(Policy::Withheld)).unwrap();
    let (blocks, gone) = read_on(&tape, start);
    assert_eq!(gone, [Some(span(from, to))]);
    assert!(blocks.iter().all(|block| block.first < from || block.first >= to));
    tape.withhold(withheld(Policy::Public)).unwrap();
    assert!(read_on(&tape, start).1.is_empty());
}

#[test]
fn an_opaque_stream_passes_live_and_can_not_be_rewound() {
    let (tape, mut appender) = Tape::open(TapeOptions::default(), clock()).unwrap();
    let format = Format { codec: Codec::Opaque, sample_rate: 0, channels: 0 };
    appender.begin(Epoch::new(format, []), Discontinuity::Start);
    let start = tape.behind_head(Duration::ZERO);
    let mut sent = Vec::new();
    for number in 0..100_u8 {
        let bytes = vec![number; 1000];
        sent.extend_from_slice(&bytes);
        let packet = Packet { bytes: bytes.into(), samples: 0, entry: false, reservoir: 0 };
        assert!(appender.append(&packet, evening().saturating_add(secs(f64::from(number) * 0.05))));
    }
    appender.flush();
    assert_eq!(bytes_of(&read_on(&tape, start).0), sent);
    assert_eq!(tape.seek(evening().saturating_add(secs(1.0))), Err(SeekError::NotRewindable));
    let cursor = tape.behind_head(secs(1.0));
    let Read::Block(block) = tape.view().read(cursor) else { panic!() };
    assert!(matches!(tape.view().read(cursor.after(&block)), Read::Block(_)));
}
