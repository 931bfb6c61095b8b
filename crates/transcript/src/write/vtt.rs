//! WebVTT: <https://www.w3.org/TR/webvtt1/>.

use super::captions::{Caption, Size, captions, lines};
use super::escape::{plain, push_caption};
use super::front;
use super::label::Names;
use super::missing::{Missing, Thing};
use crate::model::Document;

/// What no form of captions holds.
pub(crate) const NOT_IN_CAPTIONS: [Thing; 14] = [
    Thing::Summary,
    Thing::Program,
    Thing::Source,
    Thing::Article,
    Thing::ImageCredits,
    Thing::Tags,
    Thing::Bios,
    Thing::Gaps,
    Thing::Timestamps,
    Thing::Cast,
    Thing::Clips,
    Thing::WordTimes,
    Thing::Confidence,
    Thing::TimeBase,
];

/// Writes the timed words of a document as WebVTT.
///
/// The headline stands in the file's first line, byline, date, rights and notes in comments. Every
/// caption has its speaker in a voice span, an inferred one with the class `inferred`.
pub(crate) fn write(document: &Document, missing: &mut Missing) -> String {
    missing.count(document, &NOT_IN_CAPTIONS);
    let names = Names::new(document);
    let mut out = String::from("WEBVTT");
    if let Some(headline) = &document.headline {
        out.push_str(" - ");
        out.push_str(comment(&plain(headline, missing)).trim());
    }
    out.push('\n');
    let rights = document.rights.as_ref();
    let notes = [
        front::bylines(document),
        document.published.map(|at| format!("Published {}", front::published(at))),
        rights.map(|rights| rights.line.clone()),
        rights.and_then(|rights| rights.disclaimer.clone()),
    ];
    let remarks = document.notes.iter().map(|note| note.text.clone());
    for note in notes.into_iter().flatten().chain(remarks) {
        out.push_str(&format!("\nNOTE {}\n", comment(&plain(&note, missing)).trim()));
    }
    for caption in
        captions(document, &names, Size { width: 42, named: false, chevrons: true }, missing)
    {
        push(&mut out, &caption, missing);
    }
    out
}

fn push(out: &mut String, caption: &Caption<'_>, missing: &mut Missing) {
    out.push_str(&format!("\n{} --> {}\n", caption.start, caption.end));
    if let Some(speaker) = caption.speaker {
        let inferred = caption.turn.is_some_and(|turn| turn.inferred);
        out.push_str(if inferred { "<v.inferred " } else { "<v " });
        push_caption(out, speaker, missing);
        // An arrow would end the caption; white space around a name is none of it.
        out.push_str(if speaker.ends_with("--") { " >" } else { ">" });
    }
    let language = caption.language.filter(|tag| !tag.is_empty());
    if let Some(language) = language {
        out.push_str("<lang ");
        push_caption(out, language, missing);
        out.push('>');
    }
    let words = plain(&caption.text, missing);
    for (number, line) in lines(&words, 42).into_iter().enumerate() {
        if number > 0 {
            out.push('\n');
        }
        push_caption(out, line, missing);
    }
    if language.is_some() {
        out.push_str("</lang>");
    }
    out.push('\n');
}

/// Comments have no escapes, and no `-->` may stand in them.
fn comment(words: &str) -> String {
    words.replace("-->", "--&gt;")
}
