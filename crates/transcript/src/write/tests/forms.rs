//! The written forms, taken apart by somebody else's parser or a small one of our own.

use proptest::prelude::*;

use crate::arbitrary::{self, Timing};
use crate::model::*;
use crate::write::{Form, Written, write};

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

/// A document of which each thing has one word that nothing else has.
fn labelled() -> Document {
    let mut document = Document::new(Format::Text);
    let word = |text: &str| Some(text.to_owned());
    document.headline = word("headlineword");
    document.summary = word("summaryword");
    document.program = word("programword");
    document.station = word("stationword");
    let name = "bylineword".to_owned();
    document.bylines = vec![Byline { name, affiliation: None }];
    document.published = Published::parse_iso("1987-06-03");
    document.image_credits = vec![ImageCredit { credit: word("creditword"), ..Default::default() }];
    document.tags = vec!["tagword".to_owned()];
    document.article = Some(Article { paragraphs: vec![Paragraph::new("articleword")] });
    let line = "rightsword".to_owned();
    document.rights = Some(Rights { line, ..Rights::default() });
    document.bios = vec![Bio { text: "bioword".to_owned(), ..Bio::default() }];
    let (kind, touches, text) = (NoteKind::Other, Touches::Unknown, "noteword".to_owned());
    document.notes = vec![Note { kind, touches, text, place: None }];
    let turn = Turn { paragraphs: vec![Paragraph::new("turnword")], ..Turn::default() };
    let text = "(cueword)".to_owned();
    let cue = Cue { kind: CueKind::Other, text, artists: Vec::new(), title: None };
    let stamp = Timestamp { text: "[stampword]".to_owned() };
    let contents = [Content::Turn(turn), Content::Cue(cue), Content::Timestamp(stamp)];
    let blocks = contents.into_iter().map(Block::new).collect();
    document.transcript = Some(Transcript { time_base: None, blocks });
    document
}

#[test]
fn what_a_form_does_not_hold_is_said() {
    let things = [
        ("headlineword", "headline"),
        ("summaryword", "summary"),
        ("programword", "programme"),
        ("stationword", "where the story comes from"),
        ("bylineword", "byline"),
        ("1987", "date of publication"),
        ("creditword", "caption or credit"),
        ("tagword", "tag"),
        ("articleword", "written story"),
        ("rightsword", "rights line"),
        ("bioword", "bio"),
        ("noteword", "note"),
        ("turnword", "turn"),
        ("cueword", "sound cue"),
        ("stampword", "printed time"),
    ];
    let document = labelled();
    for form in Form::ALL {
        let Written { text, warnings } = write(&document, form);
        for (word, kind) in things {
            let said = warnings.iter().filter(|one| one.message.contains(kind)).count();
            let held = text.contains(word);
            assert_eq!(said, usize::from(!held), "{word} in {}: {warnings:#?}", form.name());
        }
        assert!(warnings.iter().all(|one| one.code == Code::NotCarried && one.line.is_none()));
    }
}

#[test]
fn labels_are_made_as_npr_makes_them() {
    let mut document = Document::new(Format::Vtt);
    let member = |id: &str, name: &str, role| Member {
        id: MemberId(id.to_owned()),
        name: Some(name.to_owned()),
        title: None,
        role,
        affiliation: None,
        description: None,
        labels: Vec::new(),
        inferred: false,
        evidence: Vec::new(),
    };
    document.cast = vec![
        member("h", "Maren Lindqvist", Some(Role::Host)),
        member("l", "Fred de Sam Lazaro Jr.", Some(Role::Reporter)),
        member("a", "Ada O'Brien", None),
        member("m", "Miles O'Brien", None),
    ];
    let blocks = ["h", "l", "a", "m", "h", "l", "a", "m"].map(|id| {
        Block::new(Content::Turn(Turn {
            speaker: Some(MemberId(id.to_owned())),
            paragraphs: vec![Paragraph::new("Words.")],
            ..Turn::default()
        }))
    });
    document.transcript = Some(Transcript { time_base: None, blocks: blocks.to_vec() });
    let text = write(&document, Form::Text).text;
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(
        lines,
        [
            "MAREN LINDQVIST, HOST:",
            "Words.",
            "FRED DE SAM LAZARO JR., BYLINE: Words.",
            "ADA O'BRIEN: Words.",
            "MILES O'BRIEN: Words.",
            "LINDQVIST: Words.",
            "DE SAM LAZARO JR.: Words.",
            "ADA O'BRIEN: Words.",
            "MILES O'BRIEN: Words.",
        ]
    );
}
