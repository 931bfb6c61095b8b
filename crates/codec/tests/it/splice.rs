//! What is heard behind a join is the source's own.

use codec::mp3::{self, FrameHeader, Splicer};
use codec::{Codec, Packet};

use crate::sound::{Framing, ffmpeg_pcm, mp3, mpg123_pcm};

/// Joins `packets` at `from`: the bytes, and how many frames were made silent.
fn joined(packets: &[Packet], from: usize) -> (Vec<u8>, usize) {
    let mut splicer = Splicer::new();
    let mut bytes = Vec::new();
    let mut silent = 0;
    for packet in &packets[from..] {
        let spliced = splicer.splice(packet.clone());
        assert_eq!(spliced.bytes.len(), packet.bytes.len());
        silent += usize::from(spliced.bytes != packet.bytes);
        bytes.extend_from_slice(&spliced.bytes);
    }
    (bytes, silent)
}

/// The last samples of both, as long as `frames` frames, differ by at most 1.
fn assert_same_end(whole: &[i16], joined: &[i16], frames: usize, header: &FrameHeader, what: &str) {
    let count = frames * header.samples() as usize * usize::from(header.channels);
    assert!(joined.len() >= count, "{} of {count} samples", joined.len());
    let (whole, joined) = (&whole[whole.len() - count..], &joined[joined.len() - count..]);
    assert!(whole.iter().any(|sample| sample.abs() > 500), "the source is silent");
    let off = |(one, other): &(&i16, &i16)| one.abs_diff(**other) > 1;
    let first = whole.iter().zip(joined).position(|pair| off(&pair));
    let last = whole.iter().zip(joined).rposition(|pair| off(&pair));
    assert_eq!((first, last), (None, None), "of {count} samples, {what}");
}

#[test]
fn behind_a_join_decoders_play_the_sources_own_samples() {
    let mut silenced = 0;
    for args in [
        "-b:a 128k -ac 2",
        "-q:a 5 -ac 2",
        "-b:a 48k -ac 1 -ar 22050",
        "-b:a 320k -ac 2 -ar 48000",
        "-b:a 64k -ac 1 -ar 48000",
    ] {
        let bytes = mp3(4, args);
        let packets = Framing::of(Codec::Mp3, &bytes).packets;
        let header = FrameHeader::parse(&packets[0].bytes).unwrap();
        let (ffmpeg, mpg123) = (ffmpeg_pcm("mp3", &bytes), mpg123_pcm(&bytes));
        for from in [1, 17, 40, 41, 42, 60] {
            let (cut, silent) = joined(&packets, from);
            silenced += silent;
            // The first real frame overlaps with the one before it, by 1056 samples.
            let settled = if header.mpeg1 { 1 } else { 2 };
            let frames = packets.len() - from - silent - settled;
            let what = format!("{args}, from {from}, {silent} silent");
            assert_same_end(&ffmpeg, &ffmpeg_pcm("mp3", &cut), frames, &header, &what);
            assert_same_end(&mpg123, &mpg123_pcm(&cut), frames, &header, &what);
        }
    }
    assert!(silenced > 10, "only {silenced} frames leaned on what was not there");
}

#[test]
fn silenced_frames_keep_their_main_data_and_silence_is_silent() {
    let bytes = mp3(1, "-b:a 128k -ac 2");
    let packets = Framing::of(Codec::Mp3, &bytes).packets;
    let frame = &packets[20].bytes;
    let header = FrameHeader::parse(frame).unwrap();
    let silent = mp3::silenced_after(frame, 100).unwrap();
    assert_eq!(silent[header.main_data_at()..], frame[header.main_data_at()..]);
    assert_eq!(silent[..4], frame[..4]);
    let silence = mp3::silent_frame(frame).unwrap().repeat(20);
    for pcm in [ffmpeg_pcm("mp3", &silence), mpg123_pcm(&silence)] {
        assert!(pcm.len() >= 19 * 1152 * 2);
        assert!(pcm.iter().all(|sample| sample.abs() <= 1));
    }
}

#[test]
fn protected_frames_get_a_right_crc() {
    // `lame -p` writes the CRC; its own is the measure.
    let dir = tempfile::tempdir().unwrap();
    let (wav, file) = (dir.path().join("a.wav"), dir.path().join("a.mp3"));
    std::fs::write(&wav, crate::sound::encoded(2, "-ac 2 -f wav")).unwrap();
    let args = ["--quiet", "-t", "-p", "-b", "128", wav.to_str().unwrap(), file.to_str().unwrap()];
    crate::sound::run("lame", &args, &[]);
    let packets = Framing::of(Codec::Mp3, &std::fs::read(&file).unwrap()).packets;
    assert!(packets.len() > 70);
    assert!(packets.iter().all(|packet| FrameHeader::parse(&packet.bytes).unwrap().crc));
    // ffmpeg refuses frames with a wrong CRC when asked to.
    let (cut, silent) = joined(&packets, 30);
    assert!(silent > 0);
    let strict = ["-v", "error", "-err_detect", "crccheck+explode", "-f", "mp3", "-i", "pipe:0"];
    crate::sound::run("ffmpeg", &[&strict[..], &["-f", "null", "-"]].concat(), &cut);
}
