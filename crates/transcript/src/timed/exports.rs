//! What transcription services export as text, and the podcast namespace's HTML.

use std::ops::Range;

use crate::html::{self, Shown};
use crate::model::{Document, Furniture, FurnitureKind, Millis, Printed, TimeSpan};
use crate::source::{self, Source};
use crate::timed::clock;
use crate::timed::segment::{Segment, Who};

/// Reads Otter's text: a name and a time in a line, the words below; a head with title, date,
/// keywords and speakers.
pub(crate) fn otter(source: &Source<'_>, document: &mut Document) -> Vec<Segment> {
    if html::is_page(source.text()) {
        return otter_page(source, document);
    }
    let mut segments: Vec<Segment> = Vec::new();
    let mut section = Section::Head;
    // Some exports put `0:00 ` in front of every line.
    let prefixed = source
        .text()
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(6)
        .all(|line| without_clock(line.trim()).len() < line.trim().len());
    for line in source::lines(source.text()) {
        let text = source
            .text()
            .get(line.clone())
            .unwrap_or_default()
            .trim_start_matches('\u{feff}')
            .trim();
        if text.is_empty() {
            continue;
        }
        let text = if prefixed { without_clock(text) } else { text };
        if let Some((name, start)) = name_and_time(text) {
            section = Section::Words;
            let who = Who::named(Some(name), Who::Same);
            segments.push(Segment {
                who,
                time: Some(TimeSpan::new(start, None)),
                at: line,
                ..Segment::default()
            });
            continue;
        }
        if is_service_line(text) {
            furniture(source, document, line);
            continue;
        }
        match text {
            "SUMMARY KEYWORDS" | "KEYWORDS" => {
                section = Section::Keywords;
                furniture(source, document, line);
                continue;
            }
            "SPEAKERS" => {
                section = Section::Speakers;
                furniture(source, document, line);
                continue;
            }
            _ => {}
        }
        match section {
            Section::Head if document.headline.is_none() => {
                document.headline = Some(text.to_owned());
                print(source, document, "headline", line);
            }
            Section::Keywords => {
                document.tags.extend(
                    text.split(',').map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()),
                );
                print(source, document, "tags", line);
            }
            Section::Head | Section::Speakers => furniture(source, document, line),
            Section::Words => {
                if let Some(last) = segments.last_mut() {
                    if !last.text.is_empty() {
                        last.text.push('\n');
                    }
                    last.text.push_str(text);
                    last.at.end = line.end;
                }
            }
        }
    }
    segments
}

enum Section {
    Head,
    Keywords,
    Speakers,
    Words,
}

/// `Philippa Dunmore  00:01`; the time alone goes on with the same speaker.
pub(crate) fn name_and_time(line: &str) -> Option<(&str, Millis)> {
    let (name, time) = line.rsplit_once(char::is_whitespace).unwrap_or(("", line));
    let start = clock(time)?;
    let name = name.trim();
    let is_name = name.split_whitespace().count() <= 6
        && name.len() < 60
        && !name.ends_with(['.', ',', '?', '!', ':']);
    let apart = name.is_empty()
        || line
            .get(name.len()..)
            .is_some_and(|rest| rest.starts_with("  ") || rest.starts_with('\t'));
    (is_name && apart).then_some((name, start))
}

/// A line without the clock that it begins with, if more follows.
fn without_clock(line: &str) -> &str {
    match line.split_once(char::is_whitespace) {
        Some((time, rest)) if clock(time).is_some() && !rest.trim().is_empty() => rest.trim(),
        _ => line,
    }
}

fn is_service_line(text: &str) -> bool {
    let lower = text.to_lowercase();
    lower.starts_with("transcribed by")
        || lower.starts_with("transcript by")
        || lower.starts_with("this transcript was generated")
        || lower.starts_with("this file was generated")
}

fn furniture(source: &Source<'_>, document: &mut Document, at: Range<usize>) {
    let text = source.text().get(at.clone()).unwrap_or_default().trim().to_owned();
    document.furniture.push(Furniture {
        kind: FurnitureKind::Other,
        text,
        place: Some(source.place(at)),
    });
}

fn print(source: &Source<'_>, document: &mut Document, field: &str, at: Range<usize>) {
    let text = source.text().get(at.clone()).unwrap_or_default().trim().to_owned();
    document.printed.push(Printed { field: field.to_owned(), text, place: Some(source.place(at)) });
}

/// Otter's page: a name in bold, the time alone, the words.
fn otter_page(source: &Source<'_>, document: &mut Document) -> Vec<Segment> {
    let page = html::shown(source);
    document.headline = page.title;
    let mut segments: Vec<Segment> = Vec::new();
    let mut who = Who::Same;
    for piece in page.pieces {
        let text = piece.text.trim();
        if is_service_line(text) {
            document.furniture.push(Furniture {
                kind: FurnitureKind::Other,
                text: text.to_owned(),
                place: Some(source.place(piece.at)),
            });
        } else if let Some(start) = clock(text) {
            segments.push(Segment {
                who: std::mem::replace(&mut who, Who::Same),
                time: Some(TimeSpan::new(start, None)),
                at: piece.at,
                ..Segment::default()
            });
        } else if piece.strong == piece.text.len() && text.split_whitespace().count() <= 6 {
            who = Who::named(Some(text), Who::Same);
        } else {
            let fresh = who != Who::Same || segments.is_empty();
            if fresh {
                segments.push(Segment {
                    who: std::mem::replace(&mut who, Who::Same),
                    at: piece.at.clone(),
                    ..Segment::default()
                });
            }
            append(&mut segments, text, piece.at);
        }
    }
    segments
}

fn append(segments: &mut [Segment], text: &str, at: Range<usize>) {
    if let Some(last) = segments.last_mut() {
        if !last.text.is_empty() {
            last.text.push('\n');
        }
        last.text.push_str(text);
        last.at.end = last.at.end.max(at.end);
    }
}

/// Reads Descript's text: `[00:00:06] **Name:** words`; a time without a name goes on.
pub(crate) fn descript(source: &Source<'_>, document: &mut Document) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    for line in source::lines(source.text()) {
        let text = source
            .text()
            .get(line.clone())
            .unwrap_or_default()
            .trim_start_matches('\u{feff}')
            .trim();
        if text.is_empty() {
            continue;
        }
        let (time, rest) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((time, rest)) if clock(time).is_some() => (clock(time), rest.trim()),
            _ => (None, text),
        };
        let named = rest.strip_prefix("**").and_then(|rest| rest.split_once("**")).and_then(
            |(name, words)| {
                let (name, words) = match name.strip_suffix(':') {
                    Some(name) => (name, words),
                    None => (name, words.strip_prefix(':')?),
                };
                Some((name.trim(), words.trim()))
            },
        );
        if time.is_none() && named.is_none() {
            if segments.is_empty() {
                if document.headline.is_none() {
                    document.headline = Some(text.trim_start_matches('#').trim().to_owned());
                    print(source, document, "headline", line);
                } else {
                    furniture(source, document, line);
                }
            } else if is_service_line(text) {
                furniture(source, document, line);
            } else {
                append(&mut segments, text, line);
            }
            continue;
        }
        let (who, words) = named
            .map_or((Who::Same, rest), |(name, words)| (Who::named(Some(name), Who::Same), words));
        segments.push(Segment {
            who,
            text: words.to_owned(),
            time: time.map(|start| TimeSpan::new(start, None)),
            at: line,
            ..Segment::default()
        });
    }
    segments
}

/// Reads the podcast namespace's HTML: `cite`, `time` and `p`, closed or not.
pub(crate) fn podcast_html(source: &Source<'_>, document: &mut Document) -> Vec<Segment> {
    let page = html::shown(source);
    document.headline = page.heading.or(page.title);
    let mut segments: Vec<Segment> = Vec::new();
    let mut who = Who::Same;
    let mut start: Option<Millis> = None;
    let mut head: Option<Range<usize>> = None;
    for piece in page.pieces {
        let text = piece.text.trim().to_owned();
        match piece.within {
            Shown::Cite => {
                who = Who::named(Some(&text), Who::Same);
                start = None;
                head = Some(piece.at);
            }
            Shown::Time => start = clock(text.trim_matches(['[', ']', '(', ')'])).or(start),
            Shown::Heading => {
                if document.headline.as_deref() != Some(text.as_str()) {
                    document.furniture.push(Furniture {
                        kind: FurnitureKind::Other,
                        text,
                        place: Some(source.place(piece.at)),
                    });
                }
            }
            Shown::Words => {
                let at = head.take().map_or(piece.at.clone(), |head| head.start..piece.at.end);
                let named = std::mem::replace(&mut who, Who::Same);
                let time = start.take().map(|start| TimeSpan::new(start, None));
                segments.push(Segment { who: named, text, time, at, ..Segment::default() });
            }
        }
    }
    segments
}
