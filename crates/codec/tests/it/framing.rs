//! Frames are those that ffprobe finds.

use codec::Codec;

use crate::sound::{Framing, encoded, mp3, run};

fn ffprobe_sizes(format: &str, bytes: &[u8]) -> Vec<usize> {
    let args = ["-v", "error", "-f", format, "-show_entries", "packet=size", "-of", "csv=p=0"];
    let out = run("ffprobe", &[&args[..], &["-i", "pipe:0"]].concat(), bytes);
    let out = String::from_utf8(out).unwrap();
    out.lines().map(|line| line.trim_matches(',').parse().unwrap()).collect()
}

#[test]
fn mp3_frames_are_ffprobes() {
    for (args, rate, channels, samples) in [
        ("-b:a 128k -ac 2", 44_100, 2, 1152),
        ("-q:a 4 -ac 2 -ar 48000", 48_000, 2, 1152),
        ("-b:a 64k -ac 1 -ar 32000", 32_000, 1, 1152),
        ("-b:a 32k -ac 1 -ar 22050", 22_050, 1, 576),
        ("-b:a 56k -ac 2 -ar 24000", 24_000, 2, 576),
        ("-b:a 16k -ac 1 -ar 8000", 8_000, 1, 576),
    ] {
        let bytes = mp3(3, args);
        let found = Framing::of(Codec::Mp3, &bytes);
        let sizes: Vec<_> = found.packets.iter().map(|packet| packet.bytes.len()).collect();
        assert_eq!(sizes, ffprobe_sizes("mp3", &bytes), "{args}");
        assert_eq!(found.audio(), bytes, "{args}");
        assert!(found.packets.iter().all(|packet| packet.samples == samples && packet.entry));
        assert_eq!(found.epochs.len(), 1);
        let format = found.epochs[0].0;
        assert_eq!((format.sample_rate, format.channels), (rate, channels));
        assert_eq!(found.packets[0].reservoir, 0);
    }
}

#[test]
fn layer_two_comes_as_mp3_does() {
    for (args, rate, channels) in [
        ("-b:a 192k -ac 2 -ar 48000", 48_000, 2),
        ("-b:a 128k -ac 2 -ar 44100", 44_100, 2),
        ("-b:a 64k -ac 1 -ar 32000", 32_000, 1),
        ("-b:a 96k -ac 2 -ar 24000", 24_000, 2),
    ] {
        let bytes = encoded(3, &format!("-c:a mp2 {args} -f mp2"));
        let found = Framing::of(Codec::Mp3, &bytes);
        assert_eq!((found.audio(), found.skipped), (bytes.clone(), 0), "{args}");
        let sizes: Vec<_> = found.packets.iter().map(|packet| packet.bytes.len()).collect();
        assert_eq!(sizes, ffprobe_sizes("mp3", &bytes), "{args}");
        assert!(found.packets.iter().all(|packet| packet.samples == 1152 && packet.reservoir == 0));
        let format = found.epochs[0].0;
        assert_eq!((format.sample_rate, format.channels), (rate, channels));
    }
}

#[test]
fn layer_one_frames_have_their_lengths() {
    // 48 kHz stereo, 256 kbit/s: 384 samples in 64 slots of four bytes.
    let mut frame = vec![0; 256];
    frame[..4].copy_from_slice(&[0xff, 0xff, 0x84, 0x00]);
    let found = Framing::of(Codec::Mp3, &frame.repeat(10));
    assert_eq!((found.packets.len(), found.skipped), (10, 0));
    assert!(found.packets.iter().all(|packet| packet.samples == 384));
}

#[test]
fn adts_frames_are_ffprobes() {
    for (args, rate, channels) in [
        ("-b:a 96k -ac 2", 44_100, 2),
        ("-b:a 48k -ac 1 -ar 24000", 24_000, 1),
        ("-b:a 256k -ac 6 -ar 48000", 48_000, 6),
    ] {
        let bytes = encoded(3, &format!("-c:a aac {args} -f adts"));
        let found = Framing::of(Codec::Aac, &bytes);
        assert_eq!(found.audio(), bytes);
        let args = ["-v", "error", "-f", "aac", "-count_packets", "-show_entries"];
        let more = ["stream=nb_read_packets", "-of", "csv=p=0", "-i", "pipe:0"];
        let count =
            String::from_utf8(run("ffprobe", &[&args[..], &more[..]].concat(), &bytes)).unwrap();
        assert_eq!(found.packets.len(), count.trim().parse::<usize>().unwrap());
        assert!(found.packets.iter().all(|packet| packet.samples == 1024));
        let format = found.epochs[0].0;
        assert_eq!((found.epochs.len(), format.sample_rate, format.channels), (1, rate, channels));
    }
}

#[test]
fn a_change_of_format_begins_an_epoch_and_tags_are_left_out() {
    let (one, other) = (mp3(1, "-b:a 128k -ac 2"), mp3(1, "-b:a 64k -ac 1 -ar 48000"));
    let mut bytes = b"ID3\x04\x00\x00\x00\x00\x02\x00".to_vec();
    // A tag full of what looks like the start of a header.
    bytes.extend([0xFF; 256]);
    bytes.extend(&one);
    bytes.extend(b"TAG");
    bytes.extend([b'x'; 125]);
    bytes.extend(&other);
    let found = Framing::of(Codec::Mp3, &bytes);
    assert_eq!(found.audio(), [one, other].concat());
    let formats: Vec<_> = found.epochs.iter().map(|(f, _)| (f.sample_rate, f.channels)).collect();
    assert_eq!(formats, [(44_100, 2), (48_000, 1)]);
    assert_eq!(found.skipped, 266 + 128);
}

#[test]
fn webm_is_passed_on_whole_behind_its_header() {
    for live in ["0", "1"] {
        let bytes = encoded(3, &format!("-c:a libopus -b:a 64k -f webm -live {live}"));
        let found = Framing::of(Codec::WebM, &bytes);
        assert_eq!(found.epochs.len(), 1);
        assert_eq!([found.epochs[0].1.clone(), found.audio()].concat(), bytes);
        assert!(found.packets[0].entry);
        assert!(found.packets[0].bytes.starts_with(&[0x1F, 0x43, 0xB6, 0x75]));
        let bytewise = Framing::in_pieces(Codec::WebM, &bytes, &[1]);
        assert_eq!(bytewise.audio(), found.audio());
        let entries = |found: &Framing| found.packets.iter().filter(|p| p.entry).count();
        assert_eq!(entries(&bytewise), entries(&found));
    }
}
