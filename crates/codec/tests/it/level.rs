//! How loud encoded sound is.

use codec::{Codec, Level, LevelMeter};
use proptest::prelude::*;

use crate::sound::{Framing, run};

/// `seconds` of what ffmpeg makes of this source, encoded with `args`.
fn made(source: &str, args: &str) -> Vec<u8> {
    let mut all = vec!["-v", "error", "-nostdin", "-f", "lavfi", "-i", source];
    all.extend(args.split(' '));
    all.push("pipe:1");
    run("ffmpeg", &all, &[])
}

const KINDS: [(Codec, &str); 7] = [
    (Codec::Mp3, "-c:a libmp3lame -b:a 128k -write_xing 0 -id3v2_version 0 -f mp3"),
    (Codec::Mp3, "-c:a libmp3lame -q:a 5 -write_xing 0 -id3v2_version 0 -f mp3"),
    (Codec::Mp3, "-c:a libmp3lame -ac 1 -ar 22050 -b:a 32k -write_xing 0 -id3v2_version 0 -f mp3"),
    (Codec::Aac, "-c:a aac -b:a 96k -f adts"),
    (Codec::Aac, "-c:a aac -b:a 48k -ac 1 -f adts"),
    (Codec::Ogg, "-c:a libvorbis -q:a 3 -f ogg"),
    (Codec::Ogg, "-c:a flac -sample_fmt s16 -f ogg"),
];

/// The levels of stretches out of the middle, a second apart.
fn levels(codec: Codec, bytes: &[u8]) -> Vec<Level> {
    let found = Framing::of(codec, bytes);
    let (format, header) = &found.epochs[0];
    let mut meter = LevelMeter::default();
    let (mut levels, mut samples) = (Vec::new(), 0);
    for (index, packet) in found.packets.iter().enumerate().skip(1) {
        samples += packet.samples;
        if samples >= format.sample_rate {
            samples = 0;
            let rest = &found.packets[index..];
            levels.extend(meter.measure(*format, header, &rest[..rest.len().min(16)]));
        }
    }
    levels
}

#[test]
fn a_sine_is_as_loud_as_it_was_made() {
    for (codec, args) in KINDS {
        for (amplitude, expected) in [("0.125", -18.06), ("0.004", -47.96)] {
            let sine = format!("{amplitude}*sin(880*PI*t)");
            let source = format!("aevalsrc={sine}|{sine}:s=44100:d=6");
            let levels = levels(codec, &made(&source, args));
            assert!(levels.len() >= 3, "{args}: {levels:?}");
            // ffmpeg adds two channels up to one.
            let expected = if args.contains("-ac 1") { expected + 3.01 } else { expected };
            for level in levels {
                let off = (level.peak - expected).abs().max((level.rms - (expected - 3.01)).abs());
                assert!(off < 1.5, "{args}: {level:?} of {amplitude}");
            }
        }
    }
}

#[test]
fn silence_and_quiet_noise_are_told_apart() {
    for (codec, args) in KINDS {
        let silence = levels(codec, &made("anullsrc=r=44100:cl=stereo:d=6", args));
        assert!(silence.len() >= 3, "{args}: {silence:?}");
        assert!(silence.iter().all(|level| level.rms < -80.0), "{args}: {silence:?}");
        let noise = "anoisesrc=r=44100:a=0.01:c=pink:s=7:d=6,aformat=channel_layouts=stereo";
        let noise = levels(codec, &made(noise, args));
        let heard = noise.iter().filter(|level| level.rms > -60.0).count();
        assert!(heard == noise.len(), "{args}: {noise:?}");
    }
}

#[test]
fn what_can_not_be_decoded_has_no_level() {
    let opus = made("sine=d=3:r=48000", "-c:a libopus -f ogg");
    assert!(levels(Codec::Ogg, &opus).is_empty());
    let webm = made("sine=d=3:r=48000", "-c:a libopus -f webm");
    assert!(levels(Codec::WebM, &webm).is_empty());
    let mp3 = Framing::of(Codec::Mp3, &made("sine=d=3", KINDS[0].1));
    let (format, header) = &mp3.epochs[0];
    let mut meter = LevelMeter::default();
    assert_eq!(meter.measure(*format, header, &[]), None);
    // Too few for a decoder to settle.
    assert_eq!(meter.measure(*format, header, &mp3.packets[10..11]), None);
    assert!(meter.measure(*format, header, &mp3.packets[10..20]).is_some());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Frames with broken insides, and headers that are none.
    #[test]
    fn broken_sound_does_no_harm(
        kind in 0..KINDS.len(),
        at in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..200),
    ) {
        static MADE: std::sync::OnceLock<Vec<Vec<u8>>> = std::sync::OnceLock::new();
        let made = MADE.get_or_init(|| {
            KINDS.iter().map(|(_, args)| made("anoisesrc=d=2:r=44100:s=3", args)).collect()
        });
        let (codec, _) = KINDS[kind];
        let mut found = Framing::of(codec, &made[kind]);
        let (format, header) = &mut found.epochs[0];
        let mut packets = found.packets;
        let last = packets.len() - 1;
        for (index, byte) in at {
            let packet = &mut packets[index.index(last)];
            let mut bytes = packet.bytes.to_vec();
            let place = index.index(bytes.len());
            bytes[place] = byte;
            packet.bytes = bytes.into();
            if !header.is_empty() && byte & 7 == 0 {
                let place = index.index(header.len());
                header[place] = byte;
            }
        }
        let mut meter = LevelMeter::default();
        for stretch in packets.chunks(16) {
            if let Some(level) = meter.measure(*format, header, stretch) {
                prop_assert!(level.rms >= Level::SILENT && level.peak >= Level::SILENT);
            }
        }
    }
}
