//! A file cut off anywhere in its last 64 KiB, in every format that is made of frames.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use codec::Packet;
use tape::{Discontinuity, Epoch, Tape};
use tempfile::TempDir;

use crate::cut::{opus, page};
use crate::studio::{
    PATIENCE, adts, adts_frame, clock, evening, mp3, mp3_frame, options, read_on, secs,
};

/// A tape of one file, and where its packets end in it.
struct Recorded {
    dir: TempDir,
    audio: PathBuf,
    ends: Vec<u64>,
}

fn record(epoch: Epoch, packets: impl Iterator<Item = Packet>) -> Recorded {
    let dir = in_memory();
    let (tape, mut appender) = Tape::open(options(dir.path()), clock()).unwrap();
    let mut ends = vec![epoch.header.len() as u64];
    let mut sample = 0;
    let name = format!("2026-11-24T03Z.{}", epoch.format.codec.extension());
    appender.begin(epoch, Discontinuity::Start);
    for packet in packets {
        // From the hour's beginning, so that all is in one file.
        let at = evening().hour().saturating_add(Duration::from_micros(sample * 1000 / 48));
        assert!(appender.append(&packet, at));
        sample += u64::from(packet.samples);
        ends.push(ends[ends.len() - 1] + packet.bytes.len() as u64);
    }
    drop(appender);
    assert!(tape.close());
    Recorded { audio: dir.path().join(name), dir, ends }
}

/// A folder in memory, where there is one: these tests open a tape tens of thousands of times.
fn in_memory() -> TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

fn cut_off(path: &Path, len: u64) {
    fs::OpenOptions::new().write(true).open(path).unwrap().set_len(len).unwrap();
}

impl Recorded {
    /// How many bytes must be left of a file cut off at `len`: all whole packets.
    fn whole(&self, len: u64) -> u64 {
        self.ends[self.ends.partition_point(|end| *end <= len).max(1) - 1]
    }

    /// Cuts the file off further and further, every `step` bytes.
    fn torn_every(self, step: usize) {
        let len = self.ends[self.ends.len() - 1];
        assert!(len > 64 << 10, "{len}");
        for left in (len - (64 << 10)..=len).rev().step_by(step) {
            cut_off(&self.audio, left);
            let tape = Tape::open_read_only(self.dir.path(), clock()).unwrap();
            assert_eq!(tape.summary().bytes, self.whole(left), "cut off at {left} of {len}");
        }
    }

    /// Cuts both files off, each anywhere; the tape is mended and goes on.
    fn torn_with_its_index(&self, packets: impl Fn(u64) -> Packet, epoch: &Epoch) {
        let index = self.audio.with_extension("index");
        let (audio_len, index_len) = (self.ends[self.ends.len() - 1], len(&index));
        let sound = fs::read(&self.audio).unwrap();
        for step in 0..120_u64 {
            let crashed = in_memory();
            for path in [&self.audio, &index] {
                fs::copy(path, crashed.path().join(path.file_name().unwrap())).unwrap();
            }
            let audio = crashed.path().join(self.audio.file_name().unwrap());
            let left = audio_len - step * 7919 % (64 << 10);
            cut_off(&audio, left);
            let index = crashed.path().join(index.file_name().unwrap());
            cut_off(&index, index_len - step * 6151 % (index_len / 2));

            let (tape, mut appender) = Tape::open(options(crashed.path()), clock()).unwrap();
            let header = epoch.header.len();
            let (cold, gone) =
                read_on(&tape, tape.seek(tape.window().unwrap().from()).unwrap().cursor);
            assert_eq!(gone, [], "{left}");
            let found: Vec<u8> = cold.iter().flat_map(|block| block.bytes.to_vec()).collect();
            let whole = usize::try_from(self.whole(left)).unwrap();
            assert!(found == sound[header..whole], "{} of {whole} at {left}", found.len());
            // Counted as it was when it was recorded.
            let samples: u64 = cold.iter().map(|block| block.samples).sum();
            assert_eq!(samples, whole_samples(&self.ends, whole as u64, packets(0).samples));
            let length = Duration::from_micros(samples * 1000 / 48);
            let start = evening().hour();
            assert!(tape.head().unwrap().micros_since(start.saturating_add(length)).abs() < 50);
            let from = tape.head().unwrap().saturating_add(secs(1.0));
            appender.begin(epoch.clone(), Discontinuity::Start);
            let mut now = from;
            for n in 0..50 {
                let packet = packets(1000 + n);
                assert!(appender.append(&packet, now));
                let length = u64::from(packet.samples) * 1000 / 48;
                now = now.saturating_add(Duration::from_micros(length));
            }
            drop(appender);
            assert!(tape.settle(PATIENCE));
            drop(tape);
            assert_eq!(Tape::check(crashed.path()).unwrap(), [], "{left}");
        }
    }
}

/// The samples of all packets up to byte `end`, each of which plays `samples`.
fn whole_samples(ends: &[u64], end: u64, samples: u32) -> u64 {
    ends.iter().filter(|at| **at <= end).count().saturating_sub(1) as u64 * u64::from(samples)
}

fn len(path: &Path) -> u64 {
    fs::metadata(path).unwrap().len()
}

/// Opus pages of 100 ms and of uneven lengths.
fn opus_page(number: u64) -> Packet {
    let body = vec![number as u8; 40 + (number * 37 % 200) as usize];
    let granule = i64::try_from((number + 1) * 4800).unwrap();
    let bytes = page(0, granule, number as u32, &body);
    Packet { bytes: bytes.into(), samples: 4800, entry: true, reservoir: 0 }
}

#[test]
fn mp3_at_every_offset() {
    record(mp3(), (0..400).map(mp3_frame)).torn_every(1);
}

#[test]
fn adts_at_many_offsets() {
    record(adts(), (0..4000).map(adts_frame)).torn_every(7);
}

#[test]
fn ogg_at_many_offsets() {
    record(opus(), (0..600).map(opus_page)).torn_every(7);
}

#[test]
fn audio_and_index_torn_together() {
    record(mp3(), (0..400).map(mp3_frame)).torn_with_its_index(mp3_frame, &mp3());
    record(adts(), (0..4000).map(adts_frame)).torn_with_its_index(adts_frame, &adts());
    record(opus(), (0..600).map(opus_page)).torn_with_its_index(opus_page, &opus());
}
