//! The podcast namespace's own forms
//! (<https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/examples/transcripts/transcripts.md>).

use serde::Serialize;

use super::captions::{Size, captions};
use super::escape::{plain, push_markup};
use super::html::clock;
use super::label::Names;
use super::missing::{Missing, Thing};
use super::vtt::NOT_IN_CAPTIONS;
use crate::model::{Content, Document};

/// What the podcast namespace's forms don't hold.
const NOT_IN_PODCASTS: [Thing; 7] = [
    Thing::Headline,
    Thing::Bylines,
    Thing::Published,
    Thing::Rights,
    Thing::Notes,
    Thing::Inferred,
    Thing::Languages,
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Transcript<'a> {
    version: &'static str,
    segments: Vec<Segment<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Segment<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    speaker: Option<&'a str>,
    start_time: f64,
    end_time: f64,
    body: String,
}

/// Writes the timed words of a document as the podcast namespace's JSON, version 1.0.0.
pub(crate) fn json(document: &Document, missing: &mut Missing) -> String {
    missing.count(document, &NOT_IN_CAPTIONS);
    missing.count(document, &NOT_IN_PODCASTS);
    let names = Names::new(document);
    let captions =
        captions(document, &names, Size { width: 42, named: false, chevrons: true }, missing);
    let mut segments = Vec::with_capacity(captions.len());
    for caption in captions {
        segments.push(Segment {
            speaker: caption.speaker,
            start_time: caption.start.seconds(),
            end_time: caption.end.seconds(),
            body: plain(&caption.text, missing),
        });
    }
    let transcript = Transcript { version: "1.0.0", segments };
    // Finite numbers and strings always can be written.
    let mut text = serde_json::to_string_pretty(&transcript).unwrap_or_default();
    text.push('\n');
    text
}

/// Writes a document as the podcast namespace's HTML: `cite`, `time`, `p`. Words without a time
/// are in it too.
pub(crate) fn html(document: &Document, missing: &mut Missing) -> String {
    missing.count(document, &NOT_IN_CAPTIONS);
    missing.count(document, &NOT_IN_PODCASTS);
    let names = Names::new(document);
    let mut out = String::new();
    let mut named = false;
    for block in document.blocks() {
        let mut begin = String::new();
        let paragraphs: Vec<&str> = match &block.content {
            Content::Turn(turn) => {
                let speaker = names.full(turn);
                let other = turn.label.is_some() && turn.label.as_deref() != speaker;
                missing.add(Thing::Labels, usize::from(other));
                if let Some(speaker) = speaker {
                    out.push_str("<cite>");
                    push_markup(&mut out, speaker, missing);
                    out.push_str(":</cite>\n");
                } else if named {
                    // Words without a speaker would be taken for the last one's.
                    begin.push_str(">> ");
                }
                named |= speaker.is_some();
                begin.extend(turn.notes.iter().flat_map(|note| [note.as_str(), " "]));
                turn.paragraphs.iter().map(|paragraph| paragraph.text.as_str()).collect()
            }
            Content::Cue(cue) => vec![cue.text.as_str()],
            Content::Timestamp(_) | Content::Gap(_) => continue,
        };
        if let Some(time) = block.time {
            missing.add(Thing::Milliseconds, usize::from(time.start.0 % 1000 != 0));
            out.push_str(&format!("<time>{}</time>\n", clock(time.start)));
        }
        let (first, rest) = paragraphs.split_first().unwrap_or((&"", &[]));
        for paragraph in
            std::iter::once(format!("{begin}{first}").trim()).chain(rest.iter().copied())
        {
            if !paragraph.is_empty() {
                out.push_str("<p>");
                push_markup(&mut out, paragraph, missing);
                out.push_str("</p>\n");
            }
        }
    }
    out
}
