//! Sound from real encoders, and back through real decoders.

use std::io::Write as _;
use std::process::{Command, Stdio};

use codec::{Codec, Format, Framed, Framer, Packet};

/// Runs a program with `input`; what it writes. It must have nothing to complain of.
pub(crate) fn run(program: &str, args: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it is installed");
    let mut stdin = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input));
        child.wait_with_output().unwrap()
    });
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complaint.is_empty(), "{program} {args:?}: {complaint}");
    output.stdout
}

/// `seconds` of changing tones and noise, encoded by ffmpeg with `args`.
pub(crate) fn encoded(seconds: u32, args: &str) -> Vec<u8> {
    let source = format!(
        "anoisesrc=r=44100:a=0.2:c=pink:s=7:d={seconds},tremolo=f=3:d=0.9[n];\
         aevalsrc=0.3*sin(2*PI*t*(300+200*sin(t*5)))*gt(sin(t*9)\\,0):d={seconds}:s=44100[s];\
         [n][s]amix=inputs=2"
    );
    let mut all = vec!["-v", "error", "-nostdin", "-filter_complex", &source];
    all.extend(args.split(' '));
    all.push("pipe:1");
    run("ffmpeg", &all, &[])
}

pub(crate) fn mp3(seconds: u32, args: &str) -> Vec<u8> {
    let args = format!("-c:a libmp3lame {args} -write_xing 0 -id3v2_version 0 -f mp3");
    encoded(seconds, &args)
}

/// What a framer makes of bytes that come in `pieces` of so many.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Framing {
    pub(crate) epochs: Vec<(Format, Vec<u8>)>,
    pub(crate) packets: Vec<Packet>,
    pub(crate) skipped: u64,
    pub(crate) reasons: Vec<&'static str>,
}

impl Framing {
    pub(crate) fn of(codec: Codec, bytes: &[u8]) -> Self {
        Self::in_pieces(codec, bytes, &[4096])
    }

    pub(crate) fn in_pieces(codec: Codec, bytes: &[u8], pieces: &[usize]) -> Self {
        let mut framer = Framer::new(codec);
        let mut found = Self::default();
        let mut rest = bytes;
        for size in pieces.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, behind) = rest.split_at((*size).clamp(1, rest.len()));
            rest = behind;
            framer.push(piece);
            while let Some(framed) = framer.next() {
                match framed {
                    Framed::Epoch { format, header } => {
                        found.epochs.push((format, header.to_vec()));
                    }
                    Framed::Packet(packet) => found.packets.push(packet),
                    Framed::Skipped(skipped) => {
                        found.skipped += skipped.bytes;
                        found.reasons.push(skipped.reason);
                    }
                }
            }
        }
        found
    }

    pub(crate) fn audio(&self) -> Vec<u8> {
        self.packets.iter().flat_map(|packet| packet.bytes.to_vec()).collect()
    }

    pub(crate) fn samples(&self) -> u64 {
        self.packets.iter().map(|packet| u64::from(packet.samples)).sum()
    }
}

/// 16-bit samples, as ffmpeg decodes `bytes`.
pub(crate) fn ffmpeg_pcm(format: &str, bytes: &[u8]) -> Vec<i16> {
    let args = ["-v", "error", "-f", format, "-i", "pipe:0", "-f", "s16le", "pipe:1"];
    samples(&run("ffmpeg", &args, bytes))
}

/// 16-bit samples, as mpg123 decodes `bytes`.
pub(crate) fn mpg123_pcm(bytes: &[u8]) -> Vec<i16> {
    samples(&run("mpg123", &["-q", "--no-gapless", "--no-resync", "-s", "-"], bytes))
}

fn samples(bytes: &[u8]) -> Vec<i16> {
    bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
}
