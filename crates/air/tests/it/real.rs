//! Real audio: made by ffmpeg, decoded again from the tape.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use air::{OnAir, SourceHello, Splice};
use codec::{Codec, Framed, Framer};
use lineup::Mount;
use tape::Discontinuity;

use crate::rig::{Rig, builtin, hello, mount, path};

/// Runs ffmpeg with `input` on its standard input; what it writes.
fn ffmpeg(arguments: &str, input: Vec<u8>) -> Vec<u8> {
    let mut child = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error", "-nostdin"])
        .args(arguments.split_whitespace())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        // It may have read enough before the end.
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "ffmpeg {arguments}");
    output.stdout
}

/// Sound that is never silent and never the same: two swept tones.
fn sweep(length: u32, from: u32, encode: &str) -> Vec<u8> {
    let source = format!(
        "aevalsrc=exprs=0.4*sin(2*PI*({from}+37*t)*t)+0.1*sin(2*PI*3301*t*t/7)|0.4*sin(2*PI*({from}+41*t)*t):s=44100:d={length}"
    );
    ffmpeg(&format!("-f lavfi -i {source} {encode} -"), Vec::new())
}

fn frames(codec: Codec, bytes: &[u8]) -> Vec<codec::Packet> {
    let mut framer = Framer::new(codec);
    framer.push(bytes);
    let mut found = Vec::new();
    while let Some(framed) = framer.next() {
        if let Framed::Packet(packet) = framed {
            found.push(packet);
        }
    }
    found
}

fn pcm(codec: &str, bytes: Vec<u8>) -> Vec<i16> {
    let raw = ffmpeg(&format!("-f {codec} -i - -f s16le -ac 2 -ar 44100 -"), bytes);
    raw.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
}

/// A frame's layer III reservoir, as a decoder keeps it: bytes of main data so far, and whether a
/// frame has all that it needs. Not the code that is tested.
fn lacks(frames: &[codec::Packet], breaks: &[usize]) -> Vec<usize> {
    let mut there = 0_usize;
    let mut lacking = Vec::new();
    for (index, frame) in frames.iter().enumerate() {
        if breaks.contains(&index) {
            there = 0;
        }
        let bytes = &frame.bytes;
        let begin = usize::from(bytes[4]) << 1 | usize::from(bytes[5] >> 7);
        if begin > there {
            lacking.push(index);
        }
        there += bytes.len() - 36;
    }
    lacking
}

const MP3: &str = "-c:a libmp3lame -b:a 128k -write_xing 0 -id3v2_version 0 -f mp3";

#[test]
fn mp3_spliced_in_and_out_decodes_to_the_sources_own_sound() {
    let looped = sweep(5, 300, MP3);
    let sent = sweep(12, 900, MP3);
    let sent_frames = frames(Codec::Mp3, &sent);
    assert!(
        sent_frames.iter().any(|frame| frame.reservoir > 100),
        "the encoder uses the reservoir"
    );

    let mut rig = Rig::new();
    rig.add(Mount { fallback: vec![builtin("news")], ..mount("/news.mp3") }, &[looped]);
    rig.run(3.0);
    // The source is joined in its middle, as a relay is: its first frames lean on what never came.
    let skip: usize = sent_frames[..100].iter().map(|frame| frame.bytes.len()).sum();
    let handle = rig.open();
    for piece in sent[skip..].chunks(321) {
        assert!(handle.push(piece));
    }
    drop(handle);
    rig.run(14.0);
    assert_eq!(rig.on_air(), OnAir::Loop("news".to_owned()));

    let blocks = rig.blocks("/news.mp3");
    let runs: Vec<usize> = blocks
        .iter()
        .enumerate()
        .filter(|(_, block)| block.discontinuity)
        .map(|(index, _)| index)
        .collect();
    assert_eq!(runs.len(), 3);
    let bytes_of = |from: usize, to: usize| -> Vec<u8> {
        blocks[from..to].iter().flat_map(|block| block.bytes.iter().copied()).collect()
    };
    // No frame on the tape lacks what it leans on, also counted across the whole.
    let all = frames(Codec::Mp3, &bytes_of(0, blocks.len()));
    let first = frames(Codec::Mp3, &bytes_of(0, runs[1])).len();
    let second = frames(Codec::Mp3, &bytes_of(runs[1], runs[2])).len();
    assert_eq!(lacks(&all, &[0, first, first + second]), Vec::<usize>::new());

    // The source's frames are its own, but for the first few.
    let on_tape = frames(Codec::Mp3, &bytes_of(runs[1], runs[2]));
    let changed = on_tape
        .iter()
        .zip(&sent_frames[100..])
        .filter(|(taped, sent)| taped.bytes != sent.bytes)
        .count();
    assert!((1..=4).contains(&changed), "{changed} frames were silenced");
    let event: Splice = splices(&rig).into_iter().find(|it| it.on_air == "source").unwrap();
    assert_eq!(event.silenced as usize, changed);
    assert_eq!(event.why, Discontinuity::Splice);

    // And they sound like it: a decoder that heard all before gives the same samples.
    let heard = pcm("mp3", bytes_of(0, runs[2]));
    let original = pcm("mp3", sent);
    let (per_frame, settle) = (1152 * 2, changed + 3);
    let heard = &heard[(first + settle) * per_frame..][..200 * per_frame];
    let original = &original[(100 + settle) * per_frame..][..200 * per_frame];
    let worst =
        heard.iter().zip(original).map(|(a, b)| (i32::from(*a) - i32::from(*b)).abs()).max();
    assert!(worst.unwrap() <= 1, "off by {worst:?}");
}

fn splices(rig: &Rig) -> Vec<Splice> {
    rig.events(Splice::KIND)
        .into_iter()
        .map(|event| serde_json::from_value(event.payload).unwrap())
        .collect()
}

#[test]
fn aac_goes_on_the_air_frame_by_frame() {
    let sent = sweep(8, 500, "-c:a aac -b:a 96k -f adts");
    let mut rig = Rig::new();
    rig.add_as(mount("/news.mp3"), &[], Codec::Aac);
    let hello = SourceHello { codec: Codec::Aac, ..hello("source", "127.0.0.1") };
    let handle = rig.air.open(&path("/news.mp3"), hello).unwrap();
    assert!(handle.push(&sent));
    drop(handle);
    rig.run(9.0);
    let taped: Vec<u8> =
        rig.blocks("/news.mp3").iter().flat_map(|block| block.bytes.iter().copied()).collect();
    assert!(taped.len() > sent.len() - 1000, "{} of {}", taped.len(), sent.len());
    assert_eq!(taped[..], sent[..taped.len()]);
}

#[test]
fn ogg_goes_on_the_air_with_the_titles_of_its_chains() {
    let chain = |title: &str, from| {
        let encode = format!(
            "-c:a libopus -b:a 64k -metadata title={title} -metadata artist=Kestrel -f ogg"
        );
        sweep(5, from, &encode)
    };
    let mut sent = chain("First", 400);
    sent.extend(chain("Second", 800));
    let mut rig = Rig::new();
    rig.add_as(mount("/news.mp3"), &[], Codec::Ogg);
    let hello = SourceHello { codec: Codec::Ogg, ..hello("source", "127.0.0.1") };
    let handle = rig.air.open(&path("/news.mp3"), hello).unwrap();
    for piece in sent.chunks(1000) {
        assert!(handle.push(piece));
    }
    rig.run(3.0);
    assert_eq!(rig.on_air(), OnAir::Source);
    assert_eq!(rig.title_at(rig.now()).unwrap().line(), "Kestrel - First");
    rig.run(5.0);
    let title = rig.title_at(rig.now()).unwrap();
    assert_eq!((title.line().as_str(), title.source.as_str()), ("Kestrel - Second", "ogg"));
    let blocks = rig.blocks("/news.mp3");
    let headers: Vec<bool> = blocks
        .iter()
        .filter(|block| block.discontinuity)
        .map(|block| !block.epoch.header.is_empty())
        .collect();
    assert_eq!(headers, [true, true]);
}

#[test]
fn what_is_not_understood_passes_through() {
    let mut rig = Rig::new();
    rig.add_as(mount("/news.mp3"), &[], Codec::Opaque);
    let hello = SourceHello {
        codec: Codec::Opaque,
        content_type: "audio/x-unheard-of; rate=8000".to_owned(),
        ..hello("source", "127.0.0.1")
    };
    let handle = rig.air.open(&path("/news.mp3"), hello).unwrap();
    let mut sent = Vec::new();
    rig.run_with(5.0, |_| {
        let piece: Vec<u8> = (0..320_usize).map(|n| (sent.len() + n) as u8).collect();
        assert!(handle.push(&piece));
        sent.extend(piece);
    });
    rig.run(2.0);
    assert_eq!(rig.on_air(), OnAir::Nothing);
    let taped: Vec<u8> =
        rig.blocks("/news.mp3").iter().flat_map(|block| block.bytes.iter().copied()).collect();
    assert_eq!(taped, sent);
    // Whoever hears it is to be told what it is.
    for block in rig.blocks("/news.mp3") {
        assert_eq!(block.epoch.content_type.as_deref(), Some("audio/x-unheard-of; rate=8000"));
    }
}

#[test]
fn loops_are_checked() {
    let check = |bytes: Vec<u8>, codec| air::check_loop(&bytes.into(), codec);
    let format = check(sweep(2, 300, MP3), Codec::Mp3).unwrap();
    assert_eq!((format.sample_rate, format.channels), (44_100, 2));
    assert_eq!(check(b"no audio at all".repeat(100), Codec::Mp3), Err(air::LoopError::NoAudio));
    assert_eq!(check(Vec::new(), Codec::Aac), Err(air::LoopError::NoAudio));
    assert_eq!(check(vec![1; 1000], Codec::Opaque), Err(air::LoopError::Unsupported));
    let mut mixed = sweep(1, 300, MP3);
    mixed.extend(sweep(1, 300, &format!("-ac 1 {MP3}")));
    assert_eq!(check(mixed, Codec::Mp3), Err(air::LoopError::Mixed));
}

#[test]
fn an_ogg_loop_goes_round() {
    let looped = sweep(4, 400, "-c:a libopus -b:a 64k -metadata title=Round -f ogg");
    let mut rig = Rig::new();
    let looping = Mount { fallback: vec![builtin("news")], ..mount("/news.mp3") };
    rig.add_as(looping, &[looped], Codec::Ogg);
    rig.run_with(15.0, |_| {});
    assert!(rig.audible());
    let blocks = rig.blocks("/news.mp3");
    let length: Duration = blocks.iter().map(|block| block.duration).sum();
    assert!(length > Duration::from_secs(13), "{length:?}");
    assert!(blocks.iter().filter(|block| block.discontinuity).count() >= 3);
}
