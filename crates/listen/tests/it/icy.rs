//! Titles between the audio: exact to the byte, and of the moment that is heard there.

use std::time::Duration;

use listen::icy::{Interleave, TEXT_LIMIT, TitleBlock, UNCHANGED};
use proptest::prelude::*;

use crate::studio::{Ear, FRAME, Plan, START, Studio, number, numbers};

const INTERVAL: usize = 16_000;

/// Takes audio and titles apart: the audio, and each title with the audio byte that it stands
/// before. Only whole blocks are taken.
fn apart(body: &[u8], interval: usize) -> (Vec<u8>, Vec<(usize, String)>) {
    let (mut audio, mut titles, mut rest) = (Vec::new(), Vec::new(), body);
    while rest.len() > interval {
        let length = usize::from(rest[interval]) * 16;
        if rest.len() < interval + 1 + length {
            break;
        }
        audio.extend_from_slice(&rest[..interval]);
        let text = &rest[interval + 1..interval + 1 + length];
        if length > 0 {
            let end = text.iter().rposition(|b| *b != 0).unwrap() + 1;
            assert!(length - end < 16, "more padding than needed");
            titles.push((audio.len(), String::from_utf8(text[..end].to_vec()).unwrap()));
        }
        rest = &rest[interval + 1 + length..];
    }
    (audio, titles)
}

/// When the audio byte at `offset` is heard, in seconds after the start.
fn second_of(audio: &[u8], offset: usize) -> f64 {
    (number(audio) as f64 + offset as f64 / FRAME as f64) * 0.024
}

fn heard(ear: &Ear) -> (Vec<u8>, Vec<(usize, String)>) {
    apart(ear.body(), INTERVAL)
}

#[test]
fn a_title_shows_when_its_sound_is_heard_also_after_a_burst() {
    let mut plan = Plan::new();
    plan.mount.burst = lineup::BurstLength::new(Duration::from_secs(30));
    let mut studio = plan.open();
    studio.title(0.0, "Alder Falls Quartet - First");
    studio.air(Duration::from_secs(60));
    // It begins five seconds before the head: the burst is 25 seconds from there.
    studio.title(55.0, "Alder Falls Quartet - Second");
    let mut ear = studio.ask("/news.mp3", "Icy-MetaData: 1\r\n");
    studio.hear(&mut ear, |ear| ear.body().len() > 16_000 * 50);
    let (audio, titles) = heard(&ear);
    let frames = numbers(&audio);
    assert!(frames.windows(2).all(|pair| pair[1] == pair[0] + 1));
    assert_eq!(titles.len(), 2, "{titles:?}");
    assert_eq!(titles[0], (INTERVAL, "StreamTitle='Alder Falls Quartet - First';".to_owned()));
    assert_eq!(titles[1].1, "StreamTitle='Alder Falls Quartet - Second';");
    // The first block at or after the moment, not the one before.
    let shown = second_of(&audio, titles[1].0);
    assert!((55.0..56.0).contains(&shown), "shown at {shown}");
}

#[test]
fn a_title_that_comes_while_listening_switches_at_the_first_block_after_it() {
    let mut studio = Studio::new();
    studio.air(Duration::from_secs(20));
    let mut ear = studio.ask("/news.mp3", "icy-metadata: 1\r\n");
    studio.hear(&mut ear, |ear| ear.body().len() > 16_000 * 8);
    let now = airtime::Clock::now(&*studio.clock).as_micros() - START;
    let next = now as f64 / 1e6 + 3.0;
    studio.title(next, "Kestrel Public Radio - The Hour's News");
    studio.hear(&mut ear, |ear| ear.body().len() > 16_000 * 30);
    let (audio, titles) = heard(&ear);
    // Nothing was on before: an empty title is said once.
    assert_eq!(titles[0], (INTERVAL, "StreamTitle='';".to_owned()));
    assert_eq!(titles[1].1, "StreamTitle='Kestrel Public Radio - The Hour's News';");
    let shown = second_of(&audio, titles[1].0);
    assert!((next..next + 1.0).contains(&shown), "{next} is shown at {shown}");
    assert_eq!(titles.len(), 2);
}

#[test]
fn a_rendition_that_lags_shows_titles_as_much_later() {
    let mut plan = Plan::new();
    plan.offset = Duration::from_secs(4);
    let mut studio = plan.open();
    studio.title(0.0, "One");
    studio.title(14.0, "Two");
    studio.air(Duration::from_secs(20));
    let mut ear = studio.ask("/news.mp3", "Icy-MetaData: 1\r\n");
    studio.hear(&mut ear, |ear| ear.body().len() > 16_000 * 10);
    let (audio, titles) = heard(&ear);
    assert_eq!(titles[0].1, "StreamTitle='One';");
    let shown = second_of(&audio, titles[1].0);
    assert!((18.0..19.0).contains(&shown), "shown at {shown}");
}

#[test]
fn who_does_not_ask_gets_audio_only() {
    let mut studio = Studio::new();
    studio.title(0.0, "One");
    studio.air(Duration::from_secs(10));
    let mut ear = studio.ask("/news.mp3", "Icy-MetaData: 0\r\n");
    studio.hear(&mut ear, |ear| ear.body().len() > 200 * FRAME);
    assert_eq!(ear.header("icy-metaint"), None);
    assert!(numbers(ear.body()).len() > 100);
}

#[test]
fn quotes_can_not_end_a_title_early() {
    let block = TitleBlock::new("Rock 'n' roll';StreamUrl='http://evil.example", None);
    let wire = String::from_utf8(block.wire()[1..].to_vec()).unwrap();
    let text = wire.trim_end_matches('\0');
    assert_eq!(text.matches("';").count(), 1, "{text}");
    assert!(text.starts_with("StreamTitle='Rock 'n' roll\u{2019};StreamUrl="));
    for early in [";one", "\u{1};one", ";;one"] {
        let block = TitleBlock::new(early, None);
        assert_eq!(block.wire(), TitleBlock::new("one", None).wire());
    }
    let url = TitleBlock::new("A'", Some("https://kstl.example/"));
    let wire = String::from_utf8(url.wire()[1..].to_vec()).unwrap();
    assert_eq!(
        wire.trim_end_matches('\0'),
        "StreamTitle='A\u{2019}';StreamUrl='https://kstl.example/';"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_block_is_of_its_length_and_ends_its_title_once(line in "\\PC{0,3000}", url in proptest::option::of("\\PC{0,40}")) {
        let block = TitleBlock::new(&line, url.as_deref());
        let wire = block.wire();
        prop_assert_eq!(wire.len(), 1 + 16 * usize::from(wire[0]));
        prop_assert!(wire.len() <= 1 + TEXT_LIMIT);
        let text = String::from_utf8(wire[1..].to_vec()).unwrap();
        let text = text.trim_end_matches('\0');
        prop_assert!(text.starts_with("StreamTitle='"));
        prop_assert_eq!(text.matches("';").count(), 1 + usize::from(text.contains("StreamUrl='") && url.is_some()));
    }

    #[test]
    fn audio_comes_back_whole_however_it_is_cut(
        interval in 1_u32..5000,
        pieces in proptest::collection::vec(1_usize..3000, 1..40),
        changes in proptest::collection::vec("[a-z]{0,40}", 1..6),
    ) {
        let mut icy = Interleave::new(interval).unwrap();
        let titles: Vec<_> = changes.iter().map(|line| TitleBlock::new(line, None)).collect();
        let (mut out, mut sent) = (Vec::new(), Vec::new());
        let mut byte = 0_u8;
        for (turn, length) in pieces.iter().enumerate() {
            let audio: Vec<u8> = (0..*length).map(|_| { byte = byte.wrapping_add(1); byte }).collect();
            let mut rest = &audio[..];
            while !rest.is_empty() {
                if icy.until_title() == 0 {
                    out.extend_from_slice(icy.title(titles.get(turn % titles.len())));
                }
                let n = rest.len().min(icy.until_title());
                icy.pass(n);
                out.extend_from_slice(&rest[..n]);
                sent.extend_from_slice(&rest[..n]);
                rest = &rest[n..];
            }
        }
        let (audio, shown) = apart(&out, interval as usize);
        prop_assert_eq!(&sent[..audio.len()], &audio[..]);
        prop_assert!(sent.len() - audio.len() <= interval as usize);
        prop_assert!(shown.windows(2).all(|pair| pair[0].1 != pair[1].1), "said twice");
    }
}

#[test]
fn what_has_not_changed_is_one_zero_byte() {
    let mut icy = Interleave::new(10).unwrap();
    let title = TitleBlock::new("One", None);
    assert_eq!(icy.title(Some(&title)), title.wire());
    assert_eq!(icy.title(Some(&title)), UNCHANGED);
    assert_eq!(icy.title(None), UNCHANGED);
    assert!(Interleave::new(0).is_none());
}

#[test]
fn titles_come_at_least_once_in_a_second_of_sound() {
    for (wanted, told) in [(16_000, 16_000), (8_000, 8_000), (64_000, 16_000), (0, 0)] {
        let mut plan = Plan::new();
        plan.mount.icy_interval = wanted;
        let mut studio = plan.open();
        studio.air(Duration::from_secs(10));
        // A second of this sound is 16,000 bytes.
        let mut ear = studio.ask("/news.mp3", "Icy-MetaData: 1\r\n");
        studio.hear(&mut ear, |ear| ear.head().is_some());
        let interval = ear.header("icy-metaint").map_or(0, |text| text.parse().unwrap());
        assert_eq!(interval, told, "{wanted}");
    }
}
