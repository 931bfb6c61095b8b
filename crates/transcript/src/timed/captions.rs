//! SubRip and WebVTT: what is well-formed, and what files really have in them.

use std::ops::Range;

use crate::model::{
    Code, Document, Furniture, FurnitureKind, Millis, Note, NoteKind, Printed, TimeSpan, Touches,
};
use crate::read::warn;
use crate::source::{self, Source};
use crate::timed::clock;
use crate::timed::markup;
use crate::timed::segment::{Segment, Who};

/// Reads WebVTT (W3C, "WebVTT: The Web Video Text Tracks Format").
pub(crate) fn vtt(source: &Source<'_>, document: &mut Document) -> Vec<Segment> {
    let lines: Vec<Range<usize>> = source::lines(source.text()).collect();
    let mut at = 0;
    let text = |line: &Range<usize>| source.text().get(line.clone()).unwrap_or_default();
    if let Some(line) = lines.first()
        && let Some(title) =
            text(line).trim_start_matches('\u{feff}').trim_start().strip_prefix("WEBVTT")
    {
        let title = title.trim().trim_start_matches(['-', '–', '—', ':']).trim();
        if !title.is_empty() {
            document.headline = Some(title.to_owned());
        }
        document.printed.push(printed(source, "format", line.clone()));
        at = 1;
        while let Some(line) = lines.get(at).filter(|line| !text(line).trim().is_empty()) {
            if text(line).contains("-->") {
                break;
            }
            let next_is_cue = lines.get(at + 1).is_some_and(|next| text(next).contains("-->"));
            if next_is_cue {
                break;
            }
            furniture(source, document, line.clone());
            at += 1;
        }
    }
    cues(source, document, &lines, at, false)
}

/// Reads SubRip.
pub(crate) fn srt(source: &Source<'_>, document: &mut Document) -> Vec<Segment> {
    let lines: Vec<Range<usize>> = source::lines(source.text()).collect();
    cues(source, document, &lines, 0, true)
}

fn printed(source: &Source<'_>, field: &str, at: Range<usize>) -> Printed {
    let text = source.text().get(at.clone()).unwrap_or_default().trim().to_owned();
    Printed { field: field.to_owned(), text, place: Some(source.place(at)) }
}

fn furniture(source: &Source<'_>, document: &mut Document, at: Range<usize>) {
    let text = source.text().get(at.clone()).unwrap_or_default().trim().to_owned();
    document.furniture.push(Furniture {
        kind: FurnitureKind::Other,
        text,
        place: Some(source.place(at)),
    });
}

fn cues(
    source: &Source<'_>,
    document: &mut Document,
    lines: &[Range<usize>],
    from: usize,
    is_srt: bool,
) -> Vec<Segment> {
    let text = |index: usize| {
        lines.get(index).and_then(|line| source.text().get(line.clone())).unwrap_or_default()
    };
    let is_blank = |index: usize| text(index).trim().is_empty();
    let mut segments: Vec<Segment> = Vec::new();
    let mut at = from;
    while at < lines.len() {
        if is_blank(at) {
            at += 1;
            continue;
        }
        let start = at;
        if !is_srt && let Some(end) = block(source, document, lines, at) {
            at = end;
            continue;
        }
        let has_id = !text(at).contains("-->") && text(at + 1).contains("-->");
        let timing = if has_id { at + 1 } else { at };
        let Some(time) = timing_line(text(timing)) else {
            at = loose(source, document, lines, at, &mut segments);
            continue;
        };
        if is_srt && !has_id {
            let offset = lines.get(at).map_or(0, |line| line.start);
            document.warnings.push(warn(
                source,
                offset,
                Code::MissingCueNumber,
                "This caption has no number.",
            ));
        }
        at = timing + 1;
        let first = at;
        while at < lines.len() && !is_blank(at) && !begins_cue(&text, at) {
            at += 1;
        }
        let span = lines.get(start).map_or(0, |line| line.start)
            ..lines.get(at.saturating_sub(1)).map_or(0, |line| line.end);
        let body: Vec<&str> = (first..at).map(text).collect();
        for part in markup::spans(&body.join("\n"), Some(time)) {
            segments.push(Segment {
                who: part.who,
                text: part.text,
                time: Some(time),
                words: part.words,
                language: part.language,
                at: span.clone(),
                ..Segment::default()
            });
        }
        if first == at {
            segments.push(Segment { time: Some(time), at: span, ..Segment::default() });
        }
    }
    segments
}

/// Whether a cue begins here without an empty line above: a number or a time, where it can't be text.
fn begins_cue<'t>(text: &impl Fn(usize) -> &'t str, at: usize) -> bool {
    let number = text(at).trim();
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    timing_line(text(at)).is_some() || is_number && timing_line(text(at + 1)).is_some()
}

/// `NOTE`, `STYLE` and `REGION` of WebVTT; gives where they end.
fn block(
    source: &Source<'_>,
    document: &mut Document,
    lines: &[Range<usize>],
    at: usize,
) -> Option<usize> {
    let text = |index: usize| {
        lines.get(index).and_then(|line| source.text().get(line.clone())).unwrap_or_default()
    };
    let first = text(at).trim();
    let name = first.split_whitespace().next().unwrap_or_default();
    if !matches!(name, "NOTE" | "STYLE" | "REGION")
        || text(at + 1).contains("-->") && name != "NOTE"
        || first.contains("-->")
    {
        return None;
    }
    let mut end = at + 1;
    while end < lines.len()
        && !text(end).trim().is_empty()
        && !(text(end).contains("-->") && timing_line(text(end)).is_some())
    {
        end += 1;
    }
    let range = lines.get(at)?.start..lines.get(end - 1)?.end;
    if name != "NOTE" {
        document.printed.push(printed(source, "style", range));
        return Some(end);
    }
    let mut words: Vec<&str> = vec![first.strip_prefix("NOTE").unwrap_or_default().trim()];
    words.extend((at + 1..end).map(|line| text(line).trim()));
    let note = words.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    if note.is_empty() {
        document.printed.push(printed(source, "note", range));
    } else if note.to_lowercase().contains("generated by")
        || note.to_lowercase().contains("created by")
        || note.to_lowercase().contains("exported from")
    {
        document.furniture.push(Furniture {
            kind: FurnitureKind::Other,
            text: note,
            place: Some(source.place(range)),
        });
    } else {
        document.notes.push(Note {
            kind: NoteKind::Other,
            touches: Touches::Unknown,
            text: note,
            place: Some(source.place(range)),
        });
    }
    Some(end)
}

/// Lines without a time: most likely a caption that has an empty line in it. They go on with the
/// caption above, or are one without a time.
fn loose(
    source: &Source<'_>,
    document: &mut Document,
    lines: &[Range<usize>],
    at: usize,
    segments: &mut Vec<Segment>,
) -> usize {
    let text = |index: usize| {
        lines.get(index).and_then(|line| source.text().get(line.clone())).unwrap_or_default()
    };
    let mut end = at;
    while end < lines.len()
        && !text(end).trim().is_empty()
        && (end == at || !begins_cue(&text, end))
    {
        end += 1;
    }
    let range = lines.get(at).map_or(0, |line| line.start)
        ..lines.get(end.saturating_sub(1)).map_or(0, |line| line.end);
    let body: Vec<&str> = (at..end).map(text).collect();
    let body = body.join("\n");
    let only_number = body.trim().bytes().all(|b| b.is_ascii_digit());
    let message = if body.contains("-->") {
        "The time of this caption can't be read; its words were kept without one."
    } else {
        "These lines belong to no caption; they were read as part of the one above."
    };
    document.warnings.push(warn(source, range.start, Code::MalformedCue, message));
    if only_number {
        document.printed.push(printed(source, "number", range));
        return end.max(at + 1);
    }
    let words = body.lines().filter(|line| !line.contains("-->")).collect::<Vec<_>>().join("\n");
    for part in markup::spans(&words, None) {
        let who =
            if segments.is_empty() || part.who != Who::InWords { part.who } else { Who::Same };
        segments.push(Segment {
            who,
            text: part.text,
            language: part.language,
            at: range.clone(),
            ..Segment::default()
        });
    }
    if let Some(line) = (at..end).find(|line| text(*line).contains("-->")) {
        document.printed.push(printed(
            source,
            "time",
            lines.get(line).cloned().unwrap_or_default(),
        ));
    }
    end.max(at + 1)
}

/// The times of a line: `00:01:02,003 --> 00:01:04.000 align:start`.
fn timing_line(line: &str) -> Option<TimeSpan> {
    let (start, rest) = line
        .split_once("-->")
        .or_else(|| line.split_once("->"))
        .or_else(|| line.split_once("–>"))?;
    let start = moment(start.trim())?;
    let end = rest.split_whitespace().next().and_then(moment);
    Some(TimeSpan { start, end })
}

/// A clock, or seconds with a fraction as some exporters write them in the first minute.
fn moment(text: &str) -> Option<Millis> {
    let is_seconds = text.contains('.') && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    clock(text)
        .or_else(|| text.parse::<f64>().ok().filter(|_| is_seconds).and_then(Millis::from_seconds))
}
