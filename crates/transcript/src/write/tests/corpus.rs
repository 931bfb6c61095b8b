//! What was read of the world's transcripts is read again from what was written of it.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::carried;
use crate::arbitrary::{Timing, broadcast};
use crate::model::{Content, Document, Format, TimeSpan};
use crate::read::{ReadOptions, read};
use crate::write::{Form, write};

/// What reads otherwise in a form that its words don't come from.
const AMBIGUOUS: [&str; 5] = [
    // Its labels end in a dash, and one of them reads as a label for no other reason.
    "odd-text/11-community-house-style.txt",
    // Capitals with a colon are a label where captions name no speakers.
    "aapb-json/01-capital-captions.json",
    // A named voice that only laughs or sings is taken for a cue.
    "aapb-json/03-fixed-by-volunteers.json",
    "srt/05-broadcast-labels.srt",
    "vtt/05-live-captions-rollup.vtt",
];

/// The transcripts of the corpus that aren't held back, by name.
fn corpus() -> Vec<(String, Document)> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut found = Vec::new();
    for set in fs::read_dir(corpus).unwrap() {
        for file in fs::read_dir(set.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let Some(stem) = path.to_str().unwrap().strip_suffix(".answer.json") else { continue };
            let answer: serde_json::Value =
                serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            if answer["held"] == true || !answer["refused"].is_null() {
                continue;
            }
            let input = fs::read_dir(path.parent().unwrap())
                .unwrap()
                .map(|file| file.unwrap().path())
                .find(|other| *other != path && other.with_extension("") == Path::new(stem));
            let Some(input) = input else { continue };
            if AMBIGUOUS.iter().any(|name| input.ends_with(name)) {
                continue;
            }
            if let Ok(document) = read(&fs::read(&input).unwrap(), &ReadOptions::default()) {
                found.push((input.display().to_string(), document));
            }
        }
    }
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found
}

/// Holds what is read of the written form against what was written.
fn round_trip(
    form: Form,
    format: Format,
    suits: fn(&Document) -> bool,
    carried: fn(&Document) -> Vec<String>,
) {
    let mut failures = String::new();
    let mut count = 0;
    for (name, document) in corpus() {
        if !suits(&document) {
            continue;
        }
        count += 1;
        let written = write(&document, form).text;
        let options = ReadOptions { from: Some(format), ..ReadOptions::default() };
        let again = read(written.as_bytes(), &options).unwrap();
        let (was, is) = (carried(&document), carried(&again));
        if was != is {
            failures.push_str(&format!("\n{name}\n"));
            let lost = was.iter().filter(|line| !is.contains(line));
            let new = is.iter().filter(|line| !was.contains(line));
            lost.for_each(|line| failures.push_str(&format!("- {line}\n")));
            new.for_each(|line| failures.push_str(&format!("+ {line}\n")));
        }
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(count > 9, "only {count} files were read");
}

fn is_text(document: &Document) -> bool {
    document.format == Format::Text
}

/// Whether everything has a beginning and an end.
fn is_timed(document: &Document) -> bool {
    let mut heard = document.blocks().iter();
    !document.blocks().is_empty()
        && heard.all(|block| {
            block.time.is_some_and(|time| time.end.is_some_and(|end| end > time.start))
        })
}

#[test]
fn vtt() {
    round_trip(Form::Vtt, Format::Vtt, is_timed, |d| carried::by_captions(d, Form::Vtt));
}

#[test]
fn ttml() {
    round_trip(Form::Ttml, Format::Ttml, is_timed, |d| carried::by_captions(d, Form::Ttml));
}

#[test]
fn text() {
    round_trip(Form::Text, Format::Text, is_text, carried::by_text);
}

#[test]
fn html() {
    round_trip(
        Form::Html,
        Format::Html,
        |d| is_text(d) || d.format == Format::Html,
        carried::by_text,
    );
}

/// The same broadcast without what could be a tag or an entity, and once more an hour later.
fn twice(document: &Document) -> Document {
    let mut document = document.clone();
    let Some(transcript) = &mut document.transcript else { return document };
    let later = |time: &mut TimeSpan| {
        time.start.0 += 3_600_000;
        time.end.iter_mut().for_each(|end| end.0 += 3_600_000);
    };
    let turns = transcript.blocks.iter_mut().filter_map(|block| match &mut block.content {
        Content::Turn(turn) => Some(turn),
        _ => None,
    });
    for paragraph in turns.flat_map(|turn| &mut turn.paragraphs) {
        paragraph.text = paragraph.text.replace(['<', '>', '&'], "%");
        for word in &mut paragraph.words {
            word.text = word.text.replace(['<', '>', '&'], "%");
        }
    }
    let mut again = transcript.blocks.clone();
    for block in &mut again {
        block.time.iter_mut().for_each(later);
        let Content::Turn(turn) = &mut block.content else { continue };
        for paragraph in &mut turn.paragraphs {
            paragraph.time.iter_mut().for_each(later);
            paragraph.words.iter_mut().for_each(|word| later(&mut word.time));
        }
    }
    transcript.blocks.extend(again);
    document
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn text_as_npr_sets_it(document in broadcast(Timing::None)) {
        let written = write(&document, Form::Text).text;
        let options = ReadOptions { from: Some(Format::Text), ..ReadOptions::default() };
        let again = read(written.as_bytes(), &options).unwrap();
        prop_assert_eq!(carried::by_text(&again), carried::by_text(&document), "{}", written);
    }

    #[test]
    fn html_of_a_broadcast(document in broadcast(Timing::None)) {
        let written = write(&document, Form::Html).text;
        let options = ReadOptions { from: Some(Format::Html), ..ReadOptions::default() };
        let again = read(written.as_bytes(), &options).unwrap();
        prop_assert_eq!(carried::by_text(&again), carried::by_text(&document), "{}", written);
    }

    #[test]
    fn html_of_a_timed_broadcast(document in broadcast(Timing::All)) {
        let written = write(&document, Form::Html).text;
        let options = ReadOptions { from: Some(Format::Html), ..ReadOptions::default() };
        let again = read(written.as_bytes(), &options).unwrap();
        prop_assert_eq!(carried::by_text(&again), carried::by_text(&document), "{}", written);
        prop_assert_eq!(carried::starts(&again), carried::starts(&document), "{}", written);
    }

    #[test]
    fn captions_of_a_broadcast(document in broadcast(Timing::All)) {
        for (form, format) in [
            (Form::Vtt, Format::Vtt),
            (Form::Srt, Format::Srt),
            (Form::Ttml, Format::Ttml),
            (Form::PodcastJson, Format::PodcastJson),
        ] {
            // A name in front of a colon isn't believed to be a label before it has stood there twice
            // and somebody else's has, too.
            if form == Form::Srt && document.cast.len() < 2 {
                continue;
            }
            // An entity in the podcast namespace's JSON is somebody's mistake, and read as one.
            let escapes = matches!(form, Form::Vtt | Form::Ttml);
            let document = if escapes { document.clone() } else { twice(&document) };
            let written = write(&document, form).text;
            let options = ReadOptions { from: Some(format), ..ReadOptions::default() };
            let again = read(written.as_bytes(), &options).unwrap();
            let (is, was) = (carried::by_captions(&again, form), carried::by_captions(&document, form));
            prop_assert_eq!(is, was, "{}: {}", form.name(), written);
        }
    }

    #[test]
    fn podcast_html_of_a_broadcast(document in broadcast(Timing::All)) {
        let written = write(&document, Form::PodcastHtml).text;
        let options = ReadOptions { from: Some(Format::PodcastHtml), ..ReadOptions::default() };
        let again = read(written.as_bytes(), &options).unwrap();
        prop_assert_eq!(
            carried::by_podcast_html(&again),
            carried::by_podcast_html(&document),
            "{}",
            written
        );
    }
}
