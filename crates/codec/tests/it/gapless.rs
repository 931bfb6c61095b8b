//! Header frames of files.

use codec::mp3::{self, FrameHeader};
use codec::{Codec, Framer};

use crate::sound::{Framing, encoded, mp3, run};

#[test]
fn lames_header_frame_is_read_and_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let (wav, file) = (dir.path().join("a.wav"), dir.path().join("a.mp3"));
    std::fs::write(&wav, encoded(2, "-ac 2 -f wav")).unwrap();
    for more in [&["-b", "128"][..], &["-V", "4"], &["-b", "128", "-p"], &["-m", "m"]] {
        let paths = [wav.to_str().unwrap(), file.to_str().unwrap()];
        run("lame", &[&["--quiet"], more, &paths].concat(), &[]);
        let bytes = std::fs::read(&file).unwrap();
        let mut framer = Framer::new(Codec::Mp3);
        framer.push(&bytes);
        while framer.next().is_some() {}
        let found = Framing::of(Codec::Mp3, &bytes);
        let gapless = framer.gapless().expect("LAME writes one");
        assert_eq!(gapless.frames, Some(u32::try_from(found.packets.len()).unwrap()), "{more:?}");
        assert_eq!(gapless.delay, 576);
        let plays = found.samples() - u64::from(gapless.delay) - u64::from(gapless.padding);
        assert_eq!(plays, 88_200, "{more:?}");
    }
}

#[test]
fn players_cut_what_our_header_frame_says() {
    for more in ["-b:a 128k -ac 2", "-b:a 32k -ac 1 -ar 22050", "-b:a 8k -ac 1 -ar 8000"] {
        let bytes = mp3(2, more);
        let packets = Framing::of(Codec::Mp3, &bytes).packets;
        let header = FrameHeader::parse(&packets[0].bytes).unwrap();
        let frames = u32::try_from(packets.len()).unwrap();
        let length = u32::try_from(bytes.len()).unwrap();
        let first = &packets[0].bytes;
        let mut file = mp3::header_frame(first, frames, length, None, 576, 700).unwrap();
        let own = Framing::of(Codec::Mp3, &[&file[..], &bytes].concat());
        assert_eq!(own.packets, packets);
        file.extend(&bytes);
        // The padding holds the 529 samples that a decoder is late by.
        let all = u64::from(frames) * u64::from(header.samples());
        // ffmpeg cuts the end off files only.
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.mp3");
        std::fs::write(&path, &file).unwrap();
        let args = ["-v", "error", "-i", path.to_str().unwrap(), "-f", "s16le", "pipe:1"];
        let pcm = run("ffmpeg", &args, &[]).len() as u64 / 2 / u64::from(header.channels);
        assert_eq!(pcm, all - 576 - 700, "{more}");
    }
}
