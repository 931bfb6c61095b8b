//! WebVTT and SubRip by small parsers of our own, which know the specifications only.

use proptest::prelude::*;

use super::forms::{holds_in_order, squeezed};
use crate::arbitrary::{self, Timing};
use crate::model::{Document, Turn};
use crate::write::{Form, write};

/// A caption as a player sees it.
#[derive(Debug)]
struct Cue {
    start: u64,
    end: u64,
    lines: Vec<String>,
}

/// Hours, minutes, seconds and milliseconds, with the separator that the form wants.
fn time(text: &str, point: char) -> u64 {
    let (clock, millis) = text.rsplit_once(point).unwrap();
    assert_eq!(millis.len(), 3, "{text}");
    let seconds = clock.split(':').map(|part| {
        assert!(part.len() >= 2, "{text}");
        part.parse::<u64>().unwrap()
    });
    seconds.fold(0, |sum, part| sum * 60 + part) * 1000 + millis.parse::<u64>().unwrap()
}

fn times(line: &str, point: char) -> Option<(u64, u64)> {
    let (start, end) = line.split_once(" --> ")?;
    Some((time(start, point), time(end, point)))
}

/// The header, the comments and the captions of a WebVTT file.
fn vtt(text: &str) -> (String, Vec<String>, Vec<Cue>) {
    let mut blocks = text.split("\n\n").map(|block| block.trim_end_matches('\n'));
    let header = blocks.next().unwrap().to_owned();
    let (mut notes, mut cues) = (Vec::new(), Vec::new());
    for block in blocks {
        if let Some(note) = block.strip_prefix("NOTE ") {
            assert!(!note.contains("-->"), "{note}");
            notes.push(note.to_owned());
            continue;
        }
        let mut lines = block.lines();
        let (start, end) = times(lines.next().unwrap(), '.').expect(block);
        let lines: Vec<_> = lines.map(str::to_owned).collect();
        assert!(lines.iter().all(|line| !line.contains("-->")), "{block}");
        cues.push(Cue { start, end, lines });
    }
    (header, notes, cues)
}

/// The text of a caption: tags taken out, the five entities that WebVTT has put back.
fn unescaped(lines: &[String]) -> (String, Vec<String>) {
    let mut words = String::new();
    let mut tags = Vec::new();
    let text = lines.join(" ");
    let mut rest = text.as_str();
    while let Some(at) = rest.find('<') {
        let end = rest[at..].find('>').expect("every tag is closed") + at;
        words.push_str(&rest[..at]);
        tags.push(rest[at + 1..end].to_owned());
        rest = &rest[end + 1..];
    }
    words.push_str(rest);
    (entities(&words), tags)
}

fn entities(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn vtt_is_as_the_specification_says(document in arbitrary::timed(Just(Timing::All))) {
        let written = write(&document, Form::Vtt);
        let (header, notes, cues) = vtt(&written.text);
        prop_assert!(header.starts_with("WEBVTT"));
        prop_assert_eq!(header.contains(" - "), document.headline.is_some());
        if let Some(rights) = &document.rights {
            prop_assert!(notes.contains(&rights.line.replace("-->", "--&gt;")));
        }
        let mut words = String::new();
        for cue in &cues {
            prop_assert!(cue.start < cue.end);
            let (text, tags) = unescaped(&cue.lines);
            words.push_str(&text);
            words.push(' ');
            for tag in tags {
                prop_assert!(["v ", "v.inferred ", "lang ", "/lang"].iter().any(|t| tag.starts_with(t)));
            }
        }
        holds_in_order(&words, &document)?;
        let named = |turn: &Turn| {
            let member = turn.speaker.as_ref().and_then(|id| document.member(id));
            member.is_some_and(|member| member.name.is_some() || member.description.is_some())
        };
        let mut turns = document.blocks().iter().filter_map(|block| block.turn());
        let inferred = turns.any(|turn| turn.inferred && named(turn));
        prop_assert_eq!(written.text.contains("<v.inferred "), inferred);
    }

    #[test]
    fn srt_is_numbered_and_names_whoever_begins(document in arbitrary::timed(Just(Timing::All))) {
        let text = write(&document, Form::Srt).text;
        let mut words = String::new();
        for (number, block) in text.split("\n\n").filter(|block| !block.is_empty()).enumerate() {
            let mut lines = block.lines();
            prop_assert_eq!(lines.next().unwrap(), (number + 1).to_string());
            let (start, end) = times(lines.next().unwrap(), ',').unwrap();
            prop_assert!(start < end);
            words.extend(lines.flat_map(|line| [line, " "]));
        }
        let named = document.blocks().iter().filter_map(|block| block.turn()).find(|turn| {
            turn.speaker.as_ref().and_then(|id| document.member(id)).is_some_and(|member| member.name.is_some())
        });
        if let Some(name) = named.and_then(|turn| document.member(turn.speaker.as_ref()?)?.name.clone()) {
            prop_assert!(squeezed(&words).contains(&squeezed(&format!("{name}:"))), "{}", text);
        }
    }

    #[test]
    fn captions_are_two_lines_where_words_have_times(
        document in crate::arbitrary::broadcast(Timing::All),
    ) {
        let width = 42;
        let (_, _, cues) = vtt(&write(&document, Form::Vtt).text);
        let timed = words_in_time(&document);
        for cue in cues {
            let (text, _) = unescaped(&cue.lines);
            let within = timed.iter().any(|(start, end)| (*start..=*end).contains(&cue.start));
            if within {
                prop_assert!(cue.lines.len() <= 2, "{:?}", cue);
                for word in text.split(' ') {
                    prop_assert!(word.chars().count() <= width);
                }
            }
        }
    }

    #[test]
    fn what_has_no_time_is_left_out_and_counted(document in arbitrary::timed(Just(Timing::None))) {
        for form in [Form::Vtt, Form::Srt, Form::Ttml, Form::PodcastJson] {
            let written = write(&document, form);
            let turns = document.blocks().iter().filter(|block| block.turn().is_some()).count();
            let told = written.warnings.iter().find(|one| one.message.contains("captions need"));
            prop_assert_eq!(told.is_some(), turns > 0);
            if let Some(told) = told {
                prop_assert!(told.message.starts_with(&format!("{turns} ")), "{}", told.message);
            }
            prop_assert!(!written.text.contains("begin=") && !written.text.contains(" --> "));
        }
    }
}

/// When the paragraphs that have their words in time are heard, and nothing else is said.
fn words_in_time(document: &Document) -> Vec<(u64, u64)> {
    let turns = document.blocks().iter().filter_map(|block| block.turn());
    let paragraphs = turns.filter(|turn| turn.notes.is_empty()).flat_map(|turn| &turn.paragraphs);
    let timed = paragraphs.filter(|paragraph| !paragraph.words.is_empty());
    timed
        .filter_map(|paragraph| {
            let time = paragraph.time?;
            Some((time.start.0, time.end?.0.saturating_sub(1)))
        })
        .collect()
}
