//! A studio to record from: frames whose bytes tell them apart, a clock that stands still.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use airtime::{ProgrammeTime, SimulatedClock, Span};
use bytes::Bytes;
use codec::{Codec, Format, Packet};
use tape::{Appender, Block, Cursor, Discontinuity, Epoch, Read, Retention, Tape, TapeOptions};

pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) fn at(text: &str) -> ProgrammeTime {
    ProgrammeTime::parse_rfc3339(text).unwrap()
}

/// Half a minute before an hour turns.
pub(crate) fn evening() -> ProgrammeTime {
    at("2026-11-24T03:59:30Z")
}

pub(crate) fn clock() -> Arc<SimulatedClock> {
    Arc::new(SimulatedClock::starting_at(evening()))
}

pub(crate) fn options(dir: &Path) -> TapeOptions {
    TapeOptions {
        dir: Some(dir.to_owned()),
        ring: Duration::from_secs(2),
        retention: Retention::default(),
    }
}

pub(crate) fn secs(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

pub(crate) fn span(from: ProgrammeTime, to: ProgrammeTime) -> Span {
    Span::new(from, to).unwrap()
}

pub(crate) fn mp3() -> Epoch {
    let format = Format { codec: Codec::Mp3, sample_rate: 48_000, channels: 2 };
    Epoch::new(format, [])
}

pub(crate) fn adts() -> Epoch {
    let format = Format { codec: Codec::Aac, sample_rate: 48_000, channels: 2 };
    Epoch::new(format, [])
}

/// MPEG-1 layer III, 48 kHz stereo, 64 kbit/s: 192 bytes, 24 ms. Its number is in its main data.
pub(crate) fn mp3_frame(number: u64) -> Packet {
    let mut bytes = vec![0; 192];
    bytes[..4].copy_from_slice(&[0xff, 0xfb, 0x54, 0x00]);
    bytes[184..].copy_from_slice(&number.to_be_bytes());
    Packet { bytes: Bytes::from(bytes), samples: 1152, entry: true, reservoir: 0 }
}

/// The number that [`mp3_frame`] put into a frame.
pub(crate) fn number(frame: &[u8]) -> u64 {
    u64::from_be_bytes(frame[184..192].try_into().unwrap())
}

/// Every frame's number in a run of [`mp3_frame`]s.
pub(crate) fn numbers(bytes: &[u8]) -> Vec<u64> {
    assert_eq!(bytes.len() % 192, 0, "whole frames only");
    bytes.chunks(192).map(number).collect()
}

/// AAC LC, 48 kHz stereo, 20 bytes a frame.
pub(crate) fn adts_frame(number: u64) -> Packet {
    let mut bytes = vec![0xff, 0xf1, 0x4c, 0x80, 0x02, 0x9f, 0xfc];
    bytes.resize(12, 0);
    bytes.extend_from_slice(&number.to_be_bytes());
    Packet { bytes: Bytes::from(bytes), samples: 1024, entry: true, reservoir: 0 }
}

/// Somebody who plays MP3 frames at a steady pace.
#[derive(Debug)]
pub(crate) struct Player {
    pub(crate) next: u64,
    pub(crate) now: ProgrammeTime,
}

impl Player {
    pub(crate) fn starting_at(now: ProgrammeTime) -> Self {
        Self { next: 0, now }
    }

    pub(crate) fn play(&mut self, appender: &mut Appender, duration: Duration) {
        self.play_on(appender, duration);
        appender.flush();
    }

    /// The last block stays open.
    pub(crate) fn play_on(&mut self, appender: &mut Appender, duration: Duration) {
        let until = self.now.saturating_add(duration);
        while self.now < until {
            assert!(appender.append(&mp3_frame(self.next), self.now), "{} refused", self.next);
            self.next += 1;
            self.now = self.now.saturating_add(Duration::from_millis(24));
        }
    }
}

pub(crate) fn begin(appender: &mut Appender) {
    appender.begin(mp3(), Discontinuity::Start);
}

/// One step of a reader that fetches by itself what is cold.
pub(crate) fn read(tape: &Tape, cursor: Cursor) -> Read {
    for _ in 0..100 {
        match tape.view().read(cursor) {
            Read::Fetching => {}
            read => return read,
        }
        tape.settle(PATIENCE);
        tape.fetch(cursor);
    }
    panic!("never fetched");
}

/// Everything from `cursor` to the head, and what was said to be gone on the way.
pub(crate) fn read_on(tape: &Tape, mut cursor: Cursor) -> (Vec<Arc<Block>>, Vec<Option<Span>>) {
    let (mut blocks, mut gone) = (Vec::new(), Vec::new());
    loop {
        match read(tape, cursor) {
            Read::Block(block) => {
                cursor = cursor.after(&block);
                blocks.push(block);
            }
            Read::Gone { resume, lost } => {
                assert_ne!(resume, cursor, "goes in a circle");
                gone.push(lost);
                assert!(gone.len() < 1000, "goes in a circle");
                cursor = resume;
            }
            Read::AtHead => return (blocks, gone),
            Read::Fetching => unreachable!(),
        }
    }
}

pub(crate) fn bytes_of(blocks: &[Arc<Block>]) -> Vec<u8> {
    blocks.iter().flat_map(|block| block.bytes.to_vec()).collect()
}
