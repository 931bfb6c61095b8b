//! What is said to play, and when.

use std::time::Duration;

use air::{RawTitle, Refused, Title};
use airtime::ProgrammeTime;
use codec::Codec;
use lineup::Mount;

use crate::rig::{Rig, STEP, Speaker, audio, builtin, hello, mount, path, seconds};

fn raw(song: &[u8]) -> RawTitle {
    RawTitle { fields: vec![("song".to_owned(), song.to_vec())], charset: None, source: "admin" }
}

fn line_at(rig: &Rig, at: ProgrammeTime) -> String {
    rig.title_at(at).map(|title| title.line()).unwrap_or_default()
}

#[test]
fn a_title_is_heard_with_the_audio_that_came_with_it() {
    let rig = Rig::with_loop();
    let mut source = Speaker::new(rig.open(), b'S');
    source.send_seconds(5.0);
    rig.run_with(3.0, |_| assert!(source.send(STEP, 1.0)));
    rig.air.set_title(&path("/news.mp3"), raw(b"Wren Halloway - Headlines")).unwrap();
    let next = source.next();
    rig.run_with(10.0, |_| assert!(source.send(STEP, 1.0)));
    let heard = rig.found().iter().find(|it| it.voice == b'S' && it.n >= next).unwrap().at;
    let before = heard.saturating_sub(seconds(0.1));
    assert_eq!(line_at(&rig, before), "");
    let title = rig.title_at(heard.saturating_add(seconds(0.1))).unwrap();
    assert_eq!(title.artist.as_deref(), Some("Wren Halloway"));
    assert_eq!(title.title.as_deref(), Some("Headlines"));
    assert_eq!(title.raw, "Wren Halloway - Headlines");
}

#[test]
fn titles_may_be_shown_later_than_they_come() {
    let mut rig = Rig::new();
    let mut late = mount("/news.mp3");
    late.source.title_delay = seconds(4.0);
    rig.add(late, &[]);
    let mut source = Speaker::new(rig.open(), b'S');
    rig.run_with(3.0, |_| assert!(source.send(STEP, 1.0)));
    let set = rig.now();
    rig.air.set_title(&path("/news.mp3"), raw(b"Traffic")).unwrap();
    rig.run_with(10.0, |_| assert!(source.send(STEP, 1.0)));
    // A second of buffer, four of delay.
    assert_eq!(line_at(&rig, set.saturating_add(seconds(4.5))), "");
    assert_eq!(line_at(&rig, set.saturating_add(seconds(5.3))), "Traffic");
}

#[test]
fn a_title_that_came_early_is_not_shown_early_because_of_a_splice() {
    let mut rig = Rig::new();
    let mut late = Mount { fallback: vec![builtin("news")], ..mount("/news.mp3") };
    late.source.title_delay = seconds(6.0);
    rig.add(late, &[audio(b'L', 0, 8.0)]);
    let mut source = Speaker::new(rig.open(), b'S');
    rig.air.set_title(&path("/news.mp3"), raw(b"Headlines")).unwrap();
    rig.run_with(10.0, |_| assert!(source.send(STEP, 1.0)));
    assert_eq!(line_at(&rig, rig.now()), "Headlines");
    // Traffic is announced six seconds early, and three later the source stalls.
    rig.air.set_title(&path("/news.mp3"), raw(b"Traffic")).unwrap();
    rig.run_with(3.0, |_| assert!(source.send(STEP, 1.0)));
    rig.run(4.0);
    assert_eq!(rig.on_air(), air::OnAir::Loop("news".to_owned()));
    let mut back = None;
    rig.run_with(10.0, |rig| {
        assert!(source.send(STEP, 1.0));
        if back.is_none() && rig.on_air() == air::OnAir::Source {
            back = Some(rig.now());
        }
    });
    let back = back.unwrap();
    assert_eq!(line_at(&rig, back.saturating_add(seconds(0.5))), "Headlines");
    assert_eq!(line_at(&rig, back.saturating_add(seconds(2.0))), "Headlines");
    assert_eq!(line_at(&rig, back.saturating_add(seconds(4.0))), "Traffic");
}

#[test]
fn a_fallback_says_what_it_plays_and_the_source_says_it_again_on_return() {
    let mut rig = Rig::new();
    let mut looped = tag("Night music", "Alder Falls Tape Ensemble");
    looped.extend(audio(b'L', 0, 4.0));
    looped.extend(tag("More night music", "Alder Falls Tape Ensemble"));
    looped.extend(audio(b'L', 200, 4.0));
    rig.add(Mount { fallback: vec![builtin("news")], ..mount("/news.mp3") }, &[looped]);
    rig.run(1.0);
    assert_eq!(line_at(&rig, rig.now()), "Alder Falls Tape Ensemble - Night music");
    rig.run(4.0);
    assert_eq!(line_at(&rig, rig.now()), "Alder Falls Tape Ensemble - More night music");
    rig.run(4.0);
    assert_eq!(line_at(&rig, rig.now()), "Alder Falls Tape Ensemble - Night music");

    let mut source = Speaker::new(rig.open(), b'S');
    rig.air.set_title(&path("/news.mp3"), raw(b"Headlines")).unwrap();
    rig.run_with(3.0, |_| assert!(source.send(STEP, 1.0)));
    assert_eq!(line_at(&rig, rig.now()), "Headlines");
    drop(source);
    rig.run(3.0);
    assert!(line_at(&rig, rig.now()).starts_with("Alder Falls Tape Ensemble - "));
    assert_eq!(rig.title_at(rig.now()).unwrap().source, "loop");
    let mut source = Speaker::new(rig.open(), b'S');
    rig.run_with(3.0, |_| assert!(source.send(STEP, 1.0)));
    assert_eq!(line_at(&rig, rig.now()), "Headlines");
}

#[test]
fn a_source_that_says_nothing_ends_the_title_of_the_loop() {
    let mut rig = Rig::new();
    let mut looped = tag("Night music", "Alder Falls Tape Ensemble");
    looped.extend(audio(b'L', 0, 4.0));
    rig.add(Mount { fallback: vec![builtin("news")], ..mount("/news.mp3") }, &[looped]);
    rig.run(1.0);
    let mut source = Speaker::new(rig.open(), b'S');
    rig.run_with(3.0, |_| assert!(source.send(STEP, 1.0)));
    assert_eq!(line_at(&rig, rig.now()), "");
}

#[test]
fn interleaved_titles_are_stripped_and_used() {
    let rig = Rig::with_loop();
    let hello = air::SourceHello { icy_interval: Some(1000), ..hello("source", "127.0.0.1") };
    let handle = rig.air.open(&path("/news.mp3"), hello).unwrap();
    let mut stream = Vec::new();
    for (index, chunk) in audio(b'S', 0, 6.0).chunks(1000).enumerate() {
        stream.extend_from_slice(chunk);
        match index {
            20 => {
                let mut text = b"StreamTitle='It's - late';StreamUrl='http://a.example/';".to_vec();
                text.resize(64, 0);
                stream.push(4);
                stream.extend(text);
            }
            _ if chunk.len() == 1000 => stream.push(0),
            _ => {}
        }
    }
    // In pieces of a prime length, so that every boundary is cut somewhere.
    for piece in stream.chunks(97) {
        assert!(handle.push(piece));
    }
    rig.run(5.0);
    let numbers = rig.numbers(b'S');
    crate::rig::assert_in_order(&numbers);
    assert!(numbers.len() > 180);
    let title = rig.title_at(rig.now()).unwrap();
    assert_eq!(title.line(), "It's - late");
    assert_eq!(title.url.as_deref(), Some("http://a.example/"));
    assert_eq!(title.source, "inline");
}

#[test]
fn titles_are_read_in_their_character_set() {
    let now = ProgrammeTime::EPOCH;
    let decode = |bytes: &[u8], charset: Option<&str>, of_mount: Option<&str>| {
        let raw = RawTitle { charset: charset.map(str::to_owned), ..raw(bytes) };
        raw.decode(of_mount, now).raw
    };
    assert_eq!(decode("Café".as_bytes(), None, None), "Café");
    assert_eq!(decode(b"Caf\xe9 \x93x\x94", None, None), "Café “x”");
    assert_eq!(decode(b"\xcf\xf0\xe8\xe2\xe5\xf2", Some("windows-1251"), None), "Привет");
    assert_eq!(decode(b"\xcf\xf0\xe8\xe2\xe5\xf2", None, Some("windows-1251")), "Привет");
    assert_eq!(decode(b"\xef\xbb\xbfNews\0\r\n now\t", None, None), "News now");
    assert_eq!(decode(&[b'x'; 9000], None, None).len(), 1024);
    let emoji = "🎵".repeat(1000);
    assert!(decode(emoji.as_bytes(), None, None).len() <= 1024);
}

#[test]
fn named_fields_stay_apart_from_the_text() {
    let fields = [("artist", "A - B"), ("title", "C"), ("album", "D"), ("isrc", "QZ-ABC-26-00001")];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())).to_vec();
    let raw = RawTitle { fields, charset: None, source: "admin" };
    let title = raw.decode(None, ProgrammeTime::EPOCH);
    assert_eq!(title.artist.as_deref(), Some("A - B"));
    assert_eq!(title.title.as_deref(), Some("C"));
    assert_eq!(title.isrc.as_deref(), Some("QZ-ABC-26-00001"));
    assert_eq!(title.raw, "A - B - C");
}

#[test]
fn ogg_mounts_refuse_titles_from_outside() {
    let mut rig = Rig::new();
    rig.add_as(mount("/news.mp3"), &[], Codec::Ogg);
    let refused = rig.air.set_title(&path("/news.mp3"), raw(b"x")).unwrap_err();
    assert_eq!(refused, Refused::NoTitles);
}

#[test]
fn a_title_is_written_down_once() {
    let rig = Rig::with_loop();
    let mut source = Speaker::new(rig.open(), b'S');
    for _ in 0..5 {
        rig.air.set_title(&path("/news.mp3"), raw(b"Same")).unwrap();
        rig.run_with(2.0, |_| assert!(source.send(STEP, 1.0)));
    }
    let first = rig.title_at(rig.now()).unwrap();
    let Title { received, .. } = first;
    let received = received.unwrap();
    assert!(rig.now().since(received) > Duration::from_secs(9));
}

/// An ID3v2.3 tag with a title and an artist, one in Latin-1, one in UTF-16.
fn tag(title: &str, artist: &str) -> Vec<u8> {
    let mut frames = Vec::new();
    let latin: Vec<u8> = std::iter::once(0).chain(title.bytes()).collect();
    let wide: Vec<u8> = [1, 0xff, 0xfe]
        .into_iter()
        .chain(artist.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    for (name, data) in [(b"TIT2", latin), (b"TPE1", wide)] {
        frames.extend_from_slice(name);
        frames.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        frames.extend([0, 0]);
        frames.extend(data);
    }
    let size = frames.len();
    let mut tag = b"ID3\x03\0\0".to_vec();
    tag.extend([0, 0, (size >> 7) as u8, (size & 0x7f) as u8]);
    tag.extend(frames);
    tag
}
