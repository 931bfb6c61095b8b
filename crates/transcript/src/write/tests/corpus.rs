//! What was read of the world's transcripts is read again from what was written of it.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::carried;
use crate::arbitrary::{Timing, broadcast};
use crate::model::{Content, Document, Format, TimeSpan};
use crate::read::{ReadOptions, read};
use crate::write::{Form, write};

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
            if answer["held"] == true || answer["refused"].is_object() {
                continue;
            }
            let input = fs::read_dir(path.parent().unwrap())
                .unwrap()
                .map(|file| file.unwrap().path())
                .find(|other| *other != path && other.with_extension("") == Path::new(stem));
            let Some(input) = input else { continue };
            // Captions and recognisers' output are text only as long as nothing reads them.
            const TIMED: [&str; 3] = ["mistaken", "descript", "otter"];
            let set = path.parent().unwrap().file_name().unwrap().to_str().unwrap().to_owned();
            // Its labels end in a dash, and one of them reads as a label for no other reason.
            if input.ends_with("odd-text/11-community-house-style.txt") {
                continue;
            }
            if input.extension().is_none_or(|ext| ext != "txt") || TIMED.contains(&set.as_str()) {
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
fn round_trip(form: Form, format: Format, carried: fn(&Document) -> Vec<String>) {
    let mut failures = String::new();
    let mut count = 0;
    for (name, document) in corpus() {
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
    assert!(count > 50, "only {count} files were read");
}

#[test]
fn text() {
    round_trip(Form::Text, Format::Text, carried::by_text);
}

#[test]
fn html() {
    round_trip(Form::Html, Format::Html, carried::by_text);
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
