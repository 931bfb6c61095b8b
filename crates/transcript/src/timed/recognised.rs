//! JSON of podcasts, archives and recognisers.

use serde_json::Value;
use serde_json::value::RawValue;

use crate::model::{Code, Document, Format, Millis, TimeSpan, Word};
use crate::read::{ReadError, warn};
use crate::source::Source;
use crate::timed::clock;
use crate::timed::markup::decode;
use crate::timed::segment::{Segment, Who};

/// An entry of a list, and where it stands in the source.
struct Entry {
    value: Value,
    at: std::ops::Range<usize>,
}

/// Reads a JSON form.
///
/// # Errors
///
/// [`ReadError::Malformed`] where nothing of the form is there.
pub(crate) fn read(
    source: &Source<'_>,
    format: Format,
    document: &mut Document,
) -> Result<Vec<Segment>, ReadError> {
    let root = parse(source, format, document)?;
    document.language = root
        .get("language")
        .and_then(Value::as_str)
        .filter(|tag| tag.len() <= 12 && *tag != "english")
        .map(str::to_owned);
    let malformed =
        |message: &str| ReadError::Malformed { format, message: message.to_owned(), line: None };
    let list = |names: &[&str]| entries(source.text(), &root, names);
    let segments: Vec<Segment> = match format {
        Format::PodcastJson => list(&["segments"])
            .ok_or_else(|| malformed("it has no list of segments"))?
            .iter()
            .map(podcast)
            .collect(),
        Format::AapbJson => list(&["parts"])
            .ok_or_else(|| malformed("it has no list of parts"))?
            .iter()
            .map(archive)
            .collect(),
        Format::KaldiJson => {
            kaldi(source, &root).ok_or_else(|| malformed("it has no list of words"))?
        }
        _ => whisper(source, &root).ok_or_else(|| malformed("it has no list of segments"))?,
    };
    Ok(segments)
}

/// The whole value; of a file that breaks off, as much as is whole.
fn parse(source: &Source<'_>, format: Format, document: &mut Document) -> Result<Value, ReadError> {
    let text = source.text().trim_start_matches('\u{feff}');
    let err = match serde_json::from_str(text) {
        Ok(value) => return Ok(value),
        Err(err) => err,
    };
    let malformed = ReadError::Malformed {
        format,
        message: err.to_string(),
        line: u32::try_from(err.line()).ok(),
    };
    if !err.is_eof() && !err.is_syntax() {
        return Err(malformed);
    }
    let at = offset(text, err.line(), err.column());
    let Some(cut) = text.get(..at).and_then(|text| text.rfind('}')) else { return Err(malformed) };
    let kept = text.get(..=cut).unwrap_or_default();
    for ending in ["]}", "]}]}", "}", "]}}"] {
        if let Ok(value) = serde_json::from_str::<Value>(&format!("{kept}{ending}")) {
            let message = format!(
                "The file breaks off or is damaged from here on ({err}); what stands above was read."
            );
            document.warnings.push(warn(source, cut, Code::Truncated, message));
            let rest = cut + 1..text.len();
            let place = Some(source.place(rest.clone()));
            let text = text.get(rest).unwrap_or_default().to_owned();
            document.furniture.push(crate::model::Furniture {
                kind: crate::model::FurnitureKind::Other,
                text,
                place,
            });
            return Ok(value);
        }
    }
    Err(malformed)
}

/// Where a line and column are, in bytes.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    (start + column).min(text.len())
}

/// The entries of a list, with their places: the list is found again in the source as it is
/// written. Without such a list, `None`.
fn entries(text: &str, root: &Value, names: &[&str]) -> Option<Vec<Entry>> {
    let list = names
        .iter()
        .find_map(|name| root.get(*name))
        .or(Some(root).filter(|root| root.is_array()))?
        .as_array()?;
    let raw = raw_list(text, names).filter(|raw| raw.len() == list.len());
    let whole = 0..text.len();
    let places = raw.map(|raw| {
        raw.iter()
            .map(|entry| {
                let start = (entry.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
                if start <= text.len() {
                    start..(start + entry.get().len()).min(text.len())
                } else {
                    whole.clone()
                }
            })
            .collect::<Vec<_>>()
    });
    Some(
        list.iter()
            .enumerate()
            .map(|(index, value)| Entry {
                value: value.clone(),
                at: places
                    .as_ref()
                    .and_then(|places| places.get(index).cloned())
                    .unwrap_or_else(|| whole.clone()),
            })
            .collect(),
    )
}

fn raw_list<'t>(text: &'t str, names: &[&str]) -> Option<Vec<&'t RawValue>> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with('[') {
        return serde_json::from_str(text).ok();
    }
    let mut root: std::collections::BTreeMap<String, &RawValue> =
        serde_json::from_str(text).ok()?;
    if let Some(inner) = root.get("retval") {
        root = serde_json::from_str(inner.get()).ok()?;
    }
    let list = names.iter().find_map(|name| root.get(*name))?;
    serde_json::from_str(list.get()).ok()
}

/// Seconds as a number or in a string; a clock too.
fn time(value: Option<&Value>) -> Option<Millis> {
    match value? {
        Value::Number(number) => number.as_f64().and_then(Millis::from_seconds),
        Value::String(text) => text
            .trim()
            .parse::<f64>()
            .ok()
            .and_then(Millis::from_seconds)
            .or_else(|| clock(text.trim())),
        _ => None,
    }
}

fn span(value: &Value, start: &str, end: &str) -> Option<TimeSpan> {
    Some(TimeSpan::new(time(value.get(start))?, time(value.get(end))))
}

fn name(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(name) => Some(name.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A segment of the podcast namespace's JSON: a name is given where the speaker changes, or always.
fn podcast(entry: &Entry) -> Segment {
    let value = &entry.value;
    let text = ["body", "text"]
        .iter()
        .find_map(|name| value.get(*name))
        .and_then(Value::as_str)
        .unwrap_or_default();
    Segment {
        who: Who::named(name(value.get("speaker")).as_deref(), Who::Same),
        text: decode(text),
        time: span(value, "startTime", "endTime").or_else(|| span(value, "start", "end")),
        at: entry.at.clone(),
        ..Segment::default()
    }
}

/// A part of the American Archive's JSON.
fn archive(entry: &Entry) -> Segment {
    let value = &entry.value;
    let text = value.get("text").and_then(Value::as_str).unwrap_or_default();
    let who =
        ["speaker", "speaker_id", "speaker_name"].iter().find_map(|key| name(value.get(*key)));
    Segment {
        who: Who::named(who.as_deref(), Who::InWords),
        text: decode(text),
        time: span(value, "start_time", "end_time"),
        at: entry.at.clone(),
        ..Segment::default()
    }
}

/// Whisper's own JSON, whisperX's, the verbose form of the service, and whisper.cpp's.
fn whisper(source: &Source<'_>, root: &Value) -> Option<Vec<Segment>> {
    let list = entries(source.text(), root, &["segments", "transcription", "chunks"])?;
    let speaks = list.iter().any(|entry| entry.value.get("speaker").is_some());
    let segments = list.iter().map(|entry| {
        let value = &entry.value;
        let words: Vec<Word> = value
            .get("words")
            .and_then(Value::as_array)
            .map(|words| words.iter().filter_map(word).collect())
            .unwrap_or_default();
        let of_words = value
            .get("words")
            .and_then(Value::as_array)
            .and_then(|words| words.iter().find_map(|word| name(word.get("speaker"))));
        let who = name(value.get("speaker")).or(of_words);
        let offsets = value.get("offsets").and_then(|offsets| {
            let millis = |name: &str| offsets.get(name).and_then(Value::as_u64).map(Millis);
            Some(TimeSpan::new(millis("from")?, millis("to")))
        });
        let stamps = value
            .get("timestamp")
            .and_then(Value::as_array)
            .and_then(|pair| Some(TimeSpan::new(time(pair.first())?, time(pair.get(1)))));
        let sure = value
            .get("confidence")
            .and_then(Value::as_f64)
            .or_else(|| value.get("avg_logprob").and_then(Value::as_f64).map(f64::exp))
            .filter(|sure| (0.0..=1.0).contains(sure));
        Segment {
            who: Who::named(who.as_deref(), if speaks { Who::Nobody } else { Who::InWords }),
            text: match value.get("text").and_then(Value::as_str) {
                Some(text) => text.trim().to_owned(),
                None => words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" "),
            },
            time: span(value, "start", "end").or(offsets).or(stamps),
            words,
            confidence: sure,
            at: entry.at.clone(),
            ..Segment::default()
        }
    });
    Some(segments.collect())
}

fn word(value: &Value) -> Option<Word> {
    let text = ["punct", "word", "text"]
        .iter()
        .find_map(|name| value.get(*name))
        .and_then(Value::as_str)?
        .trim()
        .to_owned();
    let confidence = ["confidence", "probability", "score"]
        .iter()
        .find_map(|name| value.get(*name))
        .and_then(Value::as_f64)
        .filter(|sure| (0.0..=1.0).contains(sure));
    let time = span(value, "start", "end")?;
    (!text.is_empty()).then_some(Word { text, time, confidence })
}

/// The BBC's Kaldi: words, and beside them the speakers' segments.
fn kaldi(source: &Source<'_>, root: &Value) -> Option<Vec<Segment>> {
    let root = root.get("retval").unwrap_or(root);
    let list = entries(source.text(), root, &["words"])?;
    let speakers: Vec<(f64, f64, String)> = root
        .get("segmentation")
        .and_then(|part| part.get("segments"))
        .and_then(Value::as_array)
        .map(|segments| {
            let one = |segment: &Value| {
                let start = segment.get("start")?.as_f64()?;
                let duration = segment.get("duration").and_then(Value::as_f64).unwrap_or_default();
                let speaker = segment.get("speaker")?;
                let id = name(speaker.get("@id")).or_else(|| name(Some(speaker)))?;
                Some((start, start + duration, id))
            };
            segments.iter().filter_map(one).collect()
        })
        .unwrap_or_default();
    let mut segments: Vec<Segment> = Vec::new();
    let mut current: Option<usize> = None;
    let mut next = 0;
    for entry in &list {
        let said = ["punct", "word"]
            .iter()
            .find_map(|name| entry.value.get(*name))
            .and_then(Value::as_str)
            .unwrap_or_default()
            .trim()
            .to_owned();
        let time = span(&entry.value, "start", "end");
        let start = time.map_or(0.0, |time| time.start.seconds());
        while next + 1 < speakers.len()
            && speakers.get(next + 1).is_some_and(|(from, _, _)| *from <= start + 0.001)
        {
            next += 1;
        }
        let own = (!speakers.is_empty()).then_some(next);
        let confidence = entry
            .value
            .get("confidence")
            .and_then(Value::as_f64)
            .filter(|sure| (0.0..=1.0).contains(sure));
        let word = time.map(|time| Word { text: said.clone(), time, confidence });
        if segments.is_empty() || own != current {
            current = own;
            let who = own.and_then(|own| speakers.get(own)).map(|(_, _, id)| id.clone());
            segments.push(Segment {
                who: Who::named(who.as_deref(), Who::InWords),
                text: said,
                time,
                words: word.into_iter().collect(),
                at: entry.at.clone(),
                ..Segment::default()
            });
            continue;
        }
        if let Some(last) = segments.last_mut() {
            if !said.is_empty() {
                last.text.push(' ');
                last.text.push_str(&said);
            }
            last.words.extend(word);
            last.at.end = last.at.end.max(entry.at.end);
            last.time = match (last.time, time) {
                (Some(one), Some(other)) => Some(one.and(other)),
                (one, other) => one.or(other),
            };
        }
    }
    Some(segments)
}
