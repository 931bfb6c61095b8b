//! What a form carries of a document, so that two documents can be held against each other.

use crate::model::{Block, Content, Document, Published, TimeSpan};
use crate::write::Form;

/// A line for each thing that plain text carries.
pub(super) fn by_text(document: &Document) -> Vec<String> {
    let mut lines = front(document);
    lines.extend(document.blocks().iter().map(block));
    lines.extend(back(document));
    // Two spaces in a row are one to a reader.
    lines.iter().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

fn front(document: &Document) -> Vec<String> {
    let mut lines = Vec::new();
    let mut add = |name: &str, value: Option<&String>| {
        lines.extend(value.map(|value| format!("{name}: {value}")));
    };
    add("headline", document.headline.as_ref());
    add("summary", document.summary.as_ref());
    add("program", document.program.as_ref());
    for byline in &document.bylines {
        lines.push(format!("byline: {} / {:?}", byline.name, byline.affiliation));
    }
    lines.extend(document.published.map(|at| format!("published: {}", moment(at))));
    let written = document.article.iter().flat_map(|article| &article.paragraphs);
    lines.extend(written.map(|paragraph| format!("article: {}", paragraph.text)));
    lines
}

fn back(document: &Document) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(rights) = &document.rights {
        lines.push(format!("rights: {}", rights.line));
        lines.extend(rights.disclaimer.iter().map(|words| format!("disclaimer: {words}")));
    }
    lines.extend(document.notes.iter().map(|note| format!("note: {:?} {}", note.kind, note.text)));
    lines.extend(document.bios.iter().map(|bio| format!("bio: {}", bio.text)));
    lines
}

fn moment(published: Published) -> String {
    String::from(published)
}

fn block(block: &Block) -> String {
    match &block.content {
        Content::Turn(turn) => {
            let texts: Vec<&str> = turn.paragraphs.iter().map(|p| p.text.as_str()).collect();
            format!("turn: {:?} {:?} {:?}", turn.label, turn.notes, texts)
        }
        Content::Cue(cue) => format!("cue: {:?} {}", cue.kind, cue.text),
        Content::Timestamp(time) => format!("timestamp: {}", time.text),
        Content::Gap(_) => "gap".to_owned(),
    }
}

/// When the turns begin.
pub(super) fn starts(document: &Document) -> Vec<Option<u64>> {
    let turns = document.blocks().iter().filter(|block| block.turn().is_some());
    turns.map(|block| block.time.map(|time| time.start.0)).collect()
}

/// A line for each thing that captions carry: who says what from when to when, and what is heard.
/// Captions of one speaker in a row are one turn.
pub(super) fn by_captions(document: &Document, form: Form) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    if form == Form::Vtt || form == Form::Ttml {
        lines.extend(document.headline.iter().map(|headline| format!("headline: {headline}")));
    }
    let mut open: Option<(Option<String>, Option<TimeSpan>, String)> = None;
    let close = |open: Option<(Option<String>, Option<TimeSpan>, String)>| {
        open.map(|(name, time, words)| format!("{name:?} {} {words}", span(time)))
    };
    for block in document.blocks() {
        match &block.content {
            Content::Turn(turn) => {
                let member = turn.speaker.as_ref().and_then(|id| document.member(id));
                let name = member.and_then(|member| member.name.clone());
                let notes = turn.notes.iter().map(String::as_str);
                let texts: Vec<&str> =
                    notes.chain(turn.paragraphs.iter().map(|p| p.text.as_str())).collect();
                let words = texts.join(" ");
                match &mut open {
                    Some((speaker, time, said)) if *speaker == name => {
                        *time = time.zip(block.time).map(|(one, other)| one.and(other));
                        said.push_str(&format!(" {words}"));
                    }
                    _ => lines.extend(close(open.replace((name, block.time, words)))),
                }
            }
            Content::Cue(cue) => {
                lines.extend(close(open.take()));
                lines.push(format!("{} {}", span(block.time), cue.text));
            }
            Content::Timestamp(_) | Content::Gap(_) => {}
        }
    }
    lines.extend(close(open));
    lines
}

fn span(time: Option<TimeSpan>) -> String {
    format!("{:?}", time.map(|time| (time.start.0, time.end.map(|end| end.0))))
}

/// A line for each thing that the podcast namespace's HTML carries: who says what, from which
/// second on.
pub(super) fn by_podcast_html(document: &Document) -> Vec<String> {
    let mut whole = document.clone();
    let blocks = whole.transcript.iter_mut().flat_map(|transcript| &mut transcript.blocks);
    for time in blocks.filter_map(|block| block.time.as_mut()) {
        time.start.0 -= time.start.0 % 1000;
        time.end = None;
    }
    by_captions(&whole, Form::PodcastHtml)
}
