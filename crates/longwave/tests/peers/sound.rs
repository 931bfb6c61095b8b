//! Sound of which every frame can be told from every other.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use codec::{Codec, Framed, Framer};

/// An encoded file and its frames.
pub(crate) struct Sound {
    pub(crate) path: PathBuf,
    places: HashMap<Vec<u8>, usize>,
}

impl Sound {
    /// `seconds` of shaped noise and tone as 44.1 kHz stereo MP3 of 128 kbit/s.
    pub(crate) fn mp3(dir: &Path, name: &str, seconds: u32) -> Self {
        let path = dir.join(format!("{name}.mp3"));
        let seed = name.bytes().map(u32::from).sum::<u32>();
        let source = format!(
            "anoisesrc=r=44100:a=0.3:c=pink:s={seed}:d={seconds}[n];sine=f={}:r=44100:d={seconds}[s];\
             [n][s]amix=inputs=2,aformat=channel_layouts=stereo",
            300 + seed % 500
        );
        let status = Command::new("ffmpeg")
            .args(["-v", "error", "-nostdin", "-y", "-filter_complex", &source])
            .args(["-c:a", "libmp3lame", "-b:a", "128k", "-write_xing", "0", "-id3v2_version", "0"])
            .arg(&path)
            .status()
            .expect("ffmpeg is installed");
        assert!(status.success());
        let places = frames(&std::fs::read(&path).unwrap())
            .into_iter()
            .enumerate()
            .map(|(place, frame)| (frame, place))
            .collect();
        Self { path, places }
    }

    /// The file's path, for a command line.
    pub(crate) fn file(&self) -> &str {
        self.path.to_str().unwrap()
    }

    /// Where in this sound each frame of `heard` comes from; `None`: from elsewhere, or silenced.
    pub(crate) fn places(&self, heard: &[u8]) -> Vec<Option<usize>> {
        frames(heard).iter().map(|frame| self.places.get(frame).copied()).collect()
    }

    /// How many frames of this sound are in `heard`.
    pub(crate) fn count(&self, heard: &[u8]) -> usize {
        self.places(heard).iter().flatten().count()
    }

    /// Asserts that this sound's frames in `heard` are in order, none twice and none missing
    /// between the first and the last.
    pub(crate) fn assert_whole(&self, heard: &[u8]) {
        let places: Vec<usize> = self.places(heard).into_iter().flatten().collect();
        assert!(!places.is_empty(), "nothing of the source is heard");
        for pair in places.windows(2) {
            assert_eq!(pair[1], pair[0] + 1, "frames are missing, doubled or out of order");
        }
    }
}

impl Sound {
    /// Asserts that decoders of other people's making find no fault in `heard`, and that it sounds
    /// as this sound does, sample by sample, from the first frame that is this sound's own.
    pub(crate) fn assert_heard_as_sent(&self, dir: &Path, heard: &[u8]) {
        let places = self.places(heard);
        let first = places.iter().position(Option::is_some).expect("nothing of the source");
        let last = places.iter().rposition(Option::is_some).unwrap();
        let from = places[first].unwrap();
        let file = dir.join("heard.mp3");
        std::fs::write(&file, frames(heard).concat()).unwrap();
        assert_decodes(&file);
        let (heard, sent) = (pcm(&file), pcm(&self.path));
        // 1,152 samples of two channels; the first frame still overlaps with what came before.
        let frame = 1152 * 2;
        let length = (last - first - 2) * frame;
        let heard = &heard[(first + 2) * frame..][..length];
        let sent = &sent[(from + 2) * frame..][..length];
        let furthest = heard.iter().zip(sent).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        assert!(furthest <= 1, "a sample is off by {furthest}");
    }
}

/// Asserts that ffmpeg and mpg123 decode `file` without a complaint.
pub(crate) fn assert_decodes(file: &Path) {
    let run = |program: &str, before: &[&str], after: &[&str]| {
        let output = Command::new(program).args(before).arg(file).args(after).output().unwrap();
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let quietly = ["-hide_banner", "-nostdin", "-v", "warning", "-i"];
    let ffmpeg = run("ffmpeg", &quietly, &["-f", "null", "-"]);
    let complaints: Vec<&str> =
        ffmpeg.lines().filter(|line| !line.contains("Estimating duration")).collect();
    assert!(complaints.is_empty(), "ffmpeg complains of {}: {complaints:?}", file.display());
    let mpg123 = run("mpg123", &["-q", "-t"], &[]);
    assert!(mpg123.trim().is_empty(), "mpg123 complains of {}: {mpg123}", file.display());
}

/// What a file sounds like: 16-bit samples, channels interleaved.
fn pcm(file: &Path) -> Vec<i16> {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-i"])
        .arg(file)
        .args(["-f", "s16le", "-"])
        .output()
        .unwrap();
    output.stdout.chunks_exact(2).map(|two| i16::from_le_bytes([two[0], two[1]])).collect()
}

/// The frames of an MP3 stream.
pub(crate) fn frames(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut framer = Framer::new(Codec::Mp3);
    framer.push(bytes);
    let mut frames = Vec::new();
    while let Some(framed) = framer.next() {
        if let Framed::Packet(packet) = framed {
            frames.push(packet.bytes.to_vec());
        }
    }
    frames
}
