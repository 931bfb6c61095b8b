//! A tape that is found damaged: by a crash, a failing disk, or somebody's hands.

use std::fs;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use airtime::{ProgrammeTime, SimulatedClock};
use bytes::Bytes;
use codec::{Codec, Format, Packet};
use tape::{Appender, Block, Cursor, Discontinuity, Epoch, Read, Tape, TapeError, TapeOptions};
use tempfile::TempDir;

/// The first byte says what the rest is: bit 0, damage in steps of five bytes, else an index as it
/// is; bit 1, the checksums are right nevertheless.
pub fn tape_index(data: &[u8]) {
    let Some((&kind, rest)) = data.split_first() else { return };
    let sealed = kind & 2 != 0;
    let mut files = recorded().to_vec();
    if kind & 1 == 0 {
        files[0].1 = rest.to_vec();
    } else {
        for step in rest.chunks_exact(5).take(64) {
            damage(&mut files, step);
        }
    }
    let mut audio_is_whole = true;
    for ((name, bytes), (_, before)) in files.iter_mut().zip(recorded()) {
        if name.ends_with(".index") {
            if sealed {
                seal(bytes);
            }
        } else {
            audio_is_whole &= bytes == before;
        }
    }

    let dir = folder();
    for (name, bytes) in files.iter().filter(|(_, bytes)| !bytes.is_empty()) {
        fs::write(dir.path().join(name), bytes).expect("a folder in memory");
    }
    let blocks = opened(dir.path());
    if !sealed {
        assert!(blocks.windows(2).all(|pair| pair[0].first <= pair[1].first), "time runs back");
    }
    if audio_is_whole && !sealed {
        // What is damaged is told by its checksum: what is read is what was recorded, in order.
        let numbers: Vec<u64> = blocks.iter().flat_map(|block| frames(block)).collect();
        assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "{numbers:?}");
    }
    // Once mended, it stays so.
    opened(dir.path());
}

/// Opens the tape, reads it from end to end, and records on.
fn opened(dir: &Path) -> Vec<Arc<Block>> {
    let (tape, mut appender) = match Tape::open(options(dir), clock()) {
        Ok(opened) => opened,
        Err(TapeError::Io { .. }) => return Vec::new(),
        Err(error) => panic!("{error}"),
    };
    let blocks = match tape.window().map(|window| tape.seek(window.from())) {
        Some(Ok(seek)) => read_on(&tape, seek.cursor),
        _ => Vec::new(),
    };
    let head = tape.head().unwrap_or(EVENING).max(EVENING);
    if head < EVENING.saturating_add(Duration::from_secs(86_400 * 365)) {
        let on = tape.behind_head(Duration::ZERO);
        let from = head.saturating_add(Duration::from_secs(1));
        record(&mut appender, from, 50, 1_000_000);
        assert!(tape.head() > Some(head), "it doesn't record on");
        let _ = read_on(&tape, on);
    }
    drop(appender);
    assert!(tape.close(), "the tape is not closed");
    blocks
}

/// Everything from `cursor` to the head.
fn read_on(tape: &Tape, mut cursor: Cursor) -> Vec<Arc<Block>> {
    let mut blocks = Vec::new();
    for _ in 0..20_000 {
        let read = tape.view().read(cursor);
        match read {
            // Only an index with forged checksums claims this.
            Read::Block(block) if block.samples == 0 => return blocks,
            Read::Block(block) => {
                cursor = cursor.after(&block);
                blocks.push(block);
            }
            Read::Gone { resume, .. } => {
                assert_ne!(resume, cursor, "goes in a circle");
                cursor = resume;
            }
            Read::Fetching => {
                tape.settle(Duration::from_secs(5));
                tape.fetch(cursor);
            }
            Read::AtHead => return blocks,
        }
    }
    panic!("reading never comes to the head");
}

/// Ten seconds before an hour turns.
const EVENING: ProgrammeTime = ProgrammeTime::from_micros(1_795_492_790_000_000);

const FRAME: usize = 192;

/// The files of a short tape, the indexes first: two hours, with a hole in the second.
fn recorded() -> &'static [(String, Vec<u8>)] {
    static RECORDED: OnceLock<Vec<(String, Vec<u8>)>> = OnceLock::new();
    RECORDED.get_or_init(|| {
        let dir = folder();
        let (tape, mut appender) = Tape::open(options(dir.path()), clock()).expect("a new tape");
        record(&mut appender, EVENING.saturating_add(Duration::from_secs(6)), 300, 0);
        record(&mut appender, EVENING.saturating_add(Duration::from_secs(16)), 100, 300);
        drop(appender);
        tape.close();
        drop(tape);
        let mut files: Vec<_> = fs::read_dir(dir.path())
            .expect("a folder in memory")
            .map(|entry| entry.expect("a folder in memory"))
            .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()))
            .filter(|(name, _)| !name.starts_with('.'))
            .map(|(name, path)| (name, fs::read(path).expect("a folder in memory")))
            .collect();
        files.sort_by_key(|(name, _)| (!name.ends_with(".index"), name.clone()));
        assert!(files.len() >= 4, "{files:?}");
        files
    })
}

fn record(appender: &mut Appender, from: ProgrammeTime, frames: u64, first: u64) {
    let format = Format { codec: Codec::Mp3, sample_rate: 48_000, channels: 2 };
    appender.begin(Epoch::new(format, []), Discontinuity::Start);
    for number in 0..frames {
        // MPEG-1 layer III, 48 kHz stereo, 64 kbit/s: 24 ms, its number at its end.
        let mut bytes = vec![0; FRAME];
        bytes[..4].copy_from_slice(&[0xff, 0xfb, 0x54, 0x00]);
        bytes[FRAME - 8..].copy_from_slice(&(first + number).to_be_bytes());
        let packet = Packet { bytes: Bytes::from(bytes), samples: 1152, entry: true, reservoir: 0 };
        let at = from.saturating_add(Duration::from_millis(24 * number));
        assert!(appender.append(&packet, at), "refused");
    }
    appender.flush();
}

fn frames(block: &Block) -> Vec<u64> {
    let number = |frame: &[u8]| frame[FRAME - 8..].try_into().map(u64::from_be_bytes);
    block.bytes.chunks_exact(FRAME).map(|frame| number(frame).expect("eight bytes")).collect()
}

/// One step: what is done, to which file, where (two bytes), and with what.
fn damage(files: &mut [(String, Vec<u8>)], step: &[u8]) {
    let [what, file, high, low, value] = *step else { return };
    let count = files.len();
    let bytes = &mut files[usize::from(file) % count].1;
    let at = usize::from(u16::from_be_bytes([high, low]));
    if at >= bytes.len() {
        return;
    }
    match what % 6 {
        0 => bytes[at] = value,
        1 => bytes[at] ^= 1 << (value % 8),
        2 => bytes.truncate(at),
        3 => bytes.clear(),
        4 => drop(bytes.drain(at..(at + usize::from(value)).min(bytes.len()))),
        _ => {
            let again = bytes[at..(at + usize::from(value)).min(bytes.len())].to_vec();
            bytes.extend_from_slice(&again);
        }
    }
}

/// Makes the checksums of an index right: of its header, and of each record.
fn seal(index: &mut [u8]) {
    const HEAD: usize = 64;
    const RECORD: usize = 88;
    let (head, records) = index.split_at_mut(HEAD.min(index.len()));
    for part in std::iter::once(head).chain(records.chunks_mut(RECORD)) {
        if let Some(end) = part.len().checked_sub(4) {
            let sum = crc32(&part[..end]);
            part[end..].copy_from_slice(&sum.to_le_bytes());
        }
    }
}

/// CRC-32 as of Ethernet, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum: u32, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 }
        })
    })
}

fn options(dir: &Path) -> TapeOptions {
    TapeOptions {
        dir: Some(dir.to_owned()),
        ring: Duration::from_secs(1),
        ..TapeOptions::default()
    }
}

fn clock() -> Arc<SimulatedClock> {
    Arc::new(SimulatedClock::starting_at(EVENING))
}

/// A folder in memory, where there is one.
fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("room for a folder")
}
