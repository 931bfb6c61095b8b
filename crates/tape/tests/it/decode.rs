//! What a real decoder hears in a cut is what it hears in the source.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use airtime::ProgrammeTime;
use codec::{Codec, Framed, Framer};
use tape::{CutReport, Discontinuity, Epoch, Tape};

use crate::studio::{PATIENCE, clock, evening, options, secs, span};

/// Runs ffmpeg; these tests need it, as the README's test command says.
fn ffmpeg(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-threads", "1"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("ffmpeg is installed");
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let feeder = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    let _ = feeder.join().unwrap();
    assert!(output.status.success());
    output.stdout
}

/// Twelve seconds in which no moment sounds like another.
fn encoded(arguments: &[&str]) -> Vec<u8> {
    let source = "aevalsrc=0.3*sin(2*PI*(200*t+60*t*t))+0.05*random(0):s=48000:d=12,aformat=channel_layouts=stereo";
    ffmpeg(&[&["-f", "lavfi", "-i", source][..], arguments, &["pipe:1"]].concat(), &[])
}

fn pcm(kind: &str, bytes: &[u8]) -> Vec<i16> {
    let raw = ffmpeg(&["-f", kind, "-i", "pipe:0", "-f", "s16le", "-ac", "2", "pipe:1"], bytes);
    raw.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
}

/// Puts the source on tape; returns it with its frames' bytes and the sample after each.
fn taped(dir: &Path, codec: Codec, source: &[u8]) -> (Tape, Vec<u8>, Vec<u64>) {
    let (tape, mut appender) = Tape::open(options(dir), clock()).unwrap();
    let mut framer = Framer::new(codec);
    framer.push(source);
    let (mut frames, mut ends, mut sample, mut rate) = (Vec::new(), vec![0], 0, 48_000);
    while let Some(framed) = framer.next() {
        match framed {
            Framed::Epoch { format, header } => {
                rate = u64::from(format.sample_rate);
                appender.begin(Epoch::new(format, header), Discontinuity::Start);
            }
            Framed::Packet(packet) => {
                let micros = i64::try_from(sample * 1_000_000 / rate).unwrap();
                let at = ProgrammeTime::from_micros(evening().as_micros() + micros);
                assert!(appender.append(&packet, at));
                frames.extend_from_slice(&packet.bytes);
                sample += u64::from(packet.samples);
                ends.push(sample);
            }
            Framed::Skipped(_) => {}
        }
    }
    drop(appender);
    assert!(tape.settle(PATIENCE));
    (tape, frames, ends)
}

/// Cuts from 3.1 s to 7.3 s; returns the file, the first frame's sample, and what it said.
fn cut_at(tape: &Tape, ends: &[u64], rate: u64) -> (Vec<u8>, u64, CutReport) {
    let wanted = span(evening().saturating_add(secs(3.1)), evening().saturating_add(secs(7.3)));
    let mut file = Vec::new();
    let report = tape.cut(wanted, &mut file).unwrap();
    assert_eq!(report.holes, []);
    let first = ends.iter().find(|end| **end >= 31 * rate / 10).copied().unwrap();
    let begins = u128::from(first * 1_000_000 / rate);
    assert_eq!(report.span.from().since(evening()).as_micros(), begins);
    (file, first, report)
}

fn cut(tape: &Tape, ends: &[u64]) -> (Vec<u8>, u64) {
    let (file, first, report) = cut_at(tape, ends, 48_000);
    assert_eq!(report.before, Duration::ZERO);
    (file, first)
}

/// The worst difference of a cut's sound from the source's, which begins at frame `first`.
fn difference(cut: &[i16], source: &[i16], first: u64) -> i32 {
    assert!(cut.len() > 4 * 48_000 * 2, "{} samples", cut.len() / 2);
    worst(cut, source, first)
}

fn worst(cut: &[i16], source: &[i16], first: u64) -> i32 {
    let source = &source[usize::try_from(first).unwrap() * 2..];
    cut.iter().zip(source).map(|(a, b)| (i32::from(*a) - i32::from(*b)).abs()).max().unwrap()
}

#[test]
fn mp3() {
    // At low bit rates a frame leans on more frames than players can be told to drop.
    for (options, rate) in [
        ("-b:a 96k", 48_000),
        ("-b:a 32k", 48_000),
        ("-b:a 32k -ar 24000", 24_000),
        ("-b:a 320k", 48_000),
        ("-q:a 5", 48_000),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let options: Vec<&str> = options.split(' ').collect();
        let encoder = ["-c:a", "libmp3lame", "-f", "mp3"];
        let source = encoded(&[&encoder[..2], &options, &encoder[2..]].concat());
        let (tape, frames, ends) = taped(dir.path(), Codec::Mp3, &source);
        let (file, first, report) = cut_at(&tape, &ends, rate);
        let sound = pcm("mp3", &file);
        assert!(sound.len() as u64 > 4 * rate * 2);
        let worst = worst(&sound, &pcm("mp3", &frames), first);
        assert!(worst <= 1, "{options:?}: {worst}");
        assert_eq!(report.before, Duration::ZERO);
    }
}

#[test]
fn aac() {
    let dir = tempfile::tempdir().unwrap();
    let source = encoded(&["-c:a", "aac", "-aac_pns", "0", "-b:a", "96k", "-f", "adts"]);
    let (tape, frames, ends) = taped(dir.path(), Codec::Aac, &source);
    let (file, first, report) = cut_at(&tape, &ends, 48_000);
    // One frame comes before the span, and isn't right itself: players aren't told to drop it.
    assert_eq!(report.before.as_micros(), 1024 * 1000 / 48);
    let sound = pcm("aac", &file);
    assert!(difference(&sound[2048..], &pcm("aac", &frames), first) <= 1);
}

#[test]
fn opus() {
    let dir = tempfile::tempdir().unwrap();
    let source =
        encoded(&["-c:a", "libopus", "-b:a", "96k", "-page_duration", "100000", "-f", "ogg"]);
    let (tape, _, ends) = taped(dir.path(), Codec::Ogg, &source);
    let (file, first) = cut(&tape, &ends);
    let worst = difference(&pcm("ogg", &file), &pcm("ogg", &source), first);
    assert!(worst < 700, "{worst} of 32768: right after 80 ms of roll");

    // From the very beginning: the encoder's own delay is dropped, and nothing else.
    let mut file = Vec::new();
    let start = span(evening(), evening().saturating_add(secs(6.0)));
    tape.cut(start, &mut file).unwrap();
    assert!(difference(&pcm("ogg", &file), &pcm("ogg", &source), 0) <= 1);
}

#[test]
fn opus_of_long_pages() {
    // The page before the span is longer than a header can tell players to drop.
    let dir = tempfile::tempdir().unwrap();
    let source =
        encoded(&["-c:a", "libopus", "-b:a", "96k", "-page_duration", "1500000", "-f", "ogg"]);
    let (tape, _, ends) = taped(dir.path(), Codec::Ogg, &source);
    let (file, first) = cut(&tape, &ends);
    let sound = pcm("ogg", &file);
    assert!(sound.len() > 2 * 48_000 * 2, "{}", sound.len());
    let worst = worst(&sound, &pcm("ogg", &source), first);
    assert!(worst < 1500, "{worst} of 32768: 6185 after 20 ms of roll");
}

#[test]
fn vorbis_and_flac() {
    for encoder in ["libvorbis", "flac"] {
        let dir = tempfile::tempdir().unwrap();
        let source = encoded(&["-c:a", encoder, "-page_duration", "100000", "-f", "ogg"]);
        let (tape, _, ends) = taped(dir.path(), Codec::Ogg, &source);
        let (file, first) = cut(&tape, &ends);
        let worst = difference(&pcm("ogg", &file), &pcm("ogg", &source), first);
        assert!(worst <= 1, "{encoder}: {worst}");
    }
}
