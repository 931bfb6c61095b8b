//! The written forms, taken apart by somebody else's parser or a small one of our own.

use proptest::prelude::*;

use crate::arbitrary::{self, Timing};
use crate::model::Document;
use crate::write::{Form, write};

/// The words of all turns' paragraphs, without white space.
fn spoken(document: &Document) -> String {
    let turns = document.blocks().iter().filter_map(|block| block.turn());
    turns.flat_map(|turn| &turn.paragraphs).flat_map(|p| p.text.split_whitespace()).collect()
}

pub(super) fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

pub(super) fn holds_in_order(whole: &str, document: &Document) -> Result<(), TestCaseError> {
    let whole = squeezed(whole);
    let mut at = 0;
    for turn in document.blocks().iter().filter_map(|block| block.turn()) {
        for paragraph in &turn.paragraphs {
            let words = squeezed(&paragraph.text);
            let found = whole.get(at..).and_then(|rest| rest.find(&words));
            prop_assert!(found.is_some(), "{words} isn't in {whole}");
            at += found.unwrap_or(0) + words.len();
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn text_and_markdown_hold_all_words(document in arbitrary::document()) {
        holds_in_order(&write(&document, Form::Text).text, &document)?;
        let markdown = write(&document, Form::Markdown).text;
        let mut plain = String::new();
        let mut letters = markdown.chars();
        while let Some(letter) = letters.next() {
            plain.extend(if letter == '\\' { letters.next() } else { Some(letter) });
        }
        holds_in_order(&plain, &document)?;
    }

    #[test]
    fn timed_json_holds_all_words(document in arbitrary::timed(Just(Timing::All))) {
        let text = write(&document, Form::PodcastJson).text;
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&value["version"], "1.0.0");
        let mut whole = String::new();
        for segment in value["segments"].as_array().unwrap() {
            prop_assert!(segment["endTime"].as_f64() > segment["startTime"].as_f64());
            whole.push_str(segment["body"].as_str().unwrap());
        }
        holds_in_order(&whole, &document)?;
        prop_assert!(squeezed(&whole).len() >= spoken(&document).len());
    }
}
