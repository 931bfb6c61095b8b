//! What was read of the world's transcripts is read again from what was written of it.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::carried;
use crate::arbitrary::{Timing, broadcast};
use crate::model::{Document, Format};
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn text_as_npr_sets_it(document in broadcast(Timing::None)) {
        let written = write(&document, Form::Text).text;
        let options = ReadOptions { from: Some(Format::Text), ..ReadOptions::default() };
        let again = read(written.as_bytes(), &options).unwrap();
        prop_assert_eq!(carried::by_text(&again), carried::by_text(&document), "{}", written);
    }
}
