//! What a form carries of a document, so that two documents can be held against each other.

use crate::model::{Block, Content, Document, Published};

/// A line for each thing that plain text carries.
pub(super) fn by_text(document: &Document) -> Vec<String> {
    let mut lines = front(document);
    lines.extend(document.blocks().iter().map(block));
    lines.extend(back(document));
    lines
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
