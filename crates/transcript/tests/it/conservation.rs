//! Nothing is lost: every word of a file is in a block, a field, or furniture.

use std::collections::HashMap;

use serde_json::Value;
use transcript::{Content, Document, Format};

use crate::corpus;

/// Letters and digits, in words: what is printed of a label or a cue may lose its punctuation.
fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

/// All texts of a document.
fn texts(document: &Document) -> String {
    let mut all: Vec<&str> = Vec::new();
    for block in document.blocks() {
        match &block.content {
            Content::Turn(turn) => {
                all.extend(turn.label.as_deref());
                all.extend(turn.notes.iter().map(String::as_str));
                all.extend(turn.paragraphs.iter().map(|paragraph| paragraph.text.as_str()));
            }
            Content::Cue(cue) => all.push(&cue.text),
            Content::Timestamp(time) => all.push(&time.text),
            Content::Gap(_) => {}
        }
    }
    let paragraphs = document.article.iter().flat_map(|article| &article.paragraphs);
    all.extend(paragraphs.map(|paragraph| paragraph.text.as_str()));
    all.extend(document.furniture.iter().map(|piece| piece.text.as_str()));
    all.extend(document.printed.iter().map(|piece| piece.text.as_str()));
    all.extend(document.bios.iter().map(|bio| bio.text.as_str()));
    all.extend(document.notes.iter().map(|note| note.text.as_str()));
    all.extend(document.rights.iter().flat_map(|rights| {
        [Some(rights.line.as_str()), rights.disclaimer.as_deref()].into_iter().flatten()
    }));
    for image in &document.image_credits {
        all.extend([&image.caption, &image.credit].into_iter().flatten().map(String::as_str));
    }
    let is_printed = |field: &str| document.printed.iter().any(|piece| piece.field == field);
    for (field, value) in [("headline", &document.headline), ("summary", &document.summary)] {
        all.extend(value.as_deref().filter(|_| !is_printed(field)));
    }
    for member in &document.cast {
        all.extend([&member.description, &member.name].into_iter().flatten().map(String::as_str));
    }
    all.join("\n")
}

/// The words that a person sees of a file, markup, times and numbers of captions aside.
fn seen(text: &str, format: Format) -> String {
    match format {
        Format::Text | Format::Otter | Format::Descript if !text.trim_start().starts_with('<') => {
            captions(text)
        }
        Format::Html
        | Format::PodcastHtml
        | Format::Ttml
        | Format::PodloveXml
        | Format::Text
        | Format::Otter
        | Format::Descript => visible(text),
        Format::Srt | Format::Vtt => visible(&captions(text)),
        _ => entities(&spoken(&serde_json::from_str(text).unwrap_or(Value::Null))),
    }
}

/// The lines of captions without their times, numbers, names, and SubStation's positions.
fn captions(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let shown = lines.iter().enumerate().filter(|(index, line)| {
        let names_next = lines.get(index + 1).is_some_and(|next| next.contains("-->"));
        !line.contains("-->") && !names_next
    });
    let shown = shown
        .map(|(_, line)| line.trim().strip_prefix("NOTE").unwrap_or(line).replace("{\\an8}", ""));
    shown.collect::<Vec<_>>().join("\n")
}

/// What stands between the tags.
fn visible(markup: &str) -> String {
    let mut text = String::new();
    let mut rest = markup;
    while let Some(at) = rest.find('<') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let hidden = [
            "<script",
            "<style",
            "<title",
            "<head",
            "<!--",
            "<noscript",
            "<svg",
            "<template",
            "<tt:head",
        ]
        .iter()
        .find(|start| rest.get(..start.len()).is_some_and(|own| own.eq_ignore_ascii_case(start)));
        let hidden = hidden.filter(|start| **start != "<head" || !rest.starts_with("<header"));
        let end = match hidden {
            Some(&"<!--") => rest.find("-->").map(|at| at + 3),
            Some(start) => {
                let close = format!("</{}", &start[1..]);
                rest.to_lowercase().find(&close).map(|at| at + close.len())
            }
            None => rest.find('>').map(|at| at + 1),
        };
        if hidden.is_none()
            && !rest[1..].starts_with(|c: char| c.is_alphabetic() || "/!?".contains(c))
        {
            text.push('<');
            rest = &rest[1..];
            continue;
        }
        text.push(' ');
        rest = &rest[end.unwrap_or(rest.len())..];
    }
    text.push_str(rest);
    entities(&text)
}

/// The few entities that the corpus uses between words.
fn entities(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.find(';').filter(|end| *end < 10);
        let name = end.map(|end| &rest[1..end]);
        let letter = match name {
            Some("amp") => Some('&'),
            Some("lt") => Some('<'),
            Some("gt") => Some('>'),
            Some("eacute") => Some('é'),
            Some(number) if number.starts_with('#') => {
                let digits = number[1..].trim_start_matches(['x', 'X']);
                let radix = if digits.len() < number.len() - 1 { 16 } else { 10 };
                u32::from_str_radix(digits, radix).ok().and_then(char::from_u32)
            }
            Some(_) => Some(' '),
            None => None,
        };
        match (letter, end) {
            (Some(letter), Some(end)) => {
                out.push(letter);
                rest = &rest[end + 1..];
            }
            _ => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out + rest
}

/// Every text of a recogniser's or player's JSON that somebody said.
fn spoken(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let said = ["body", "text"].iter().filter_map(|key| fields.get(*key)?.as_str());
            let mut texts: Vec<String> = said.map(str::to_owned).collect();
            if texts.is_empty() {
                texts.extend(fields.values().map(spoken));
            }
            texts.join(" ")
        }
        Value::Array(list) => list.iter().map(spoken).collect::<Vec<_>>().join(" "),
        _ => String::new(),
    }
}

#[test]
fn every_word_is_kept() {
    let mut lost = String::new();
    for case in corpus::cases() {
        let Ok(document) = case.read() else { continue };
        let bytes = std::fs::read(&case.input).unwrap();
        let Ok(text) = String::from_utf8(bytes) else { continue };
        let mut there: HashMap<String, i64> = HashMap::new();
        for word in words(&texts(&document)) {
            *there.entry(word).or_default() += 1;
        }
        let run: String = words(&texts(&document)).collect();
        let timed = document.blocks().iter().any(|block| block.time.is_some());
        let mut missing: Vec<String> = Vec::new();
        for word in words(&seen(text.trim_start_matches('\u{feff}'), document.format)) {
            let count = there.entry(word.clone()).or_default();
            *count -= 1;
            // Markup within a word, or none between two; and a printed time that became a time.
            let joined = (word.len() > 2 || document.format == Format::Html) && run.contains(&word);
            let is_time = timed && word.chars().all(|c| c.is_ascii_digit());
            if *count < 0 && !joined && !is_time {
                missing.push(word);
            }
        }
        if !missing.is_empty() {
            lost.push_str(&format!("{}: {}\n", case.name, missing.join(" ")));
        }
    }
    assert!(lost.is_empty(), "lost:\n{lost}");
}
