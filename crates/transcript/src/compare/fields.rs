//! What is told of a story and of a block, in words that can be compared.

use super::{FieldChange, runs};
use crate::diff::hunks;
use crate::model::{Block, Clip, Content, Document, Member, TimeSpan};

/// The fields of two documents that differ.
pub(crate) fn of(before: &Document, after: &Document) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    let mut list = |field, list: fn(&Document) -> Vec<String>| {
        changes.extend(items(field, &list(before), &list(after)));
    };
    list("headline", |document| one(&document.headline));
    list("summary", |document| one(&document.summary));
    list("program", |document| one(&document.program));
    list("station", |document| one(&document.station));
    list("network", |document| one(&document.network));
    list("section", |document| one(&document.section));
    list("bylines", |document| {
        let bylines = document.bylines.iter();
        bylines.map(|byline| joined(&[Some(&byline.name), byline.affiliation.as_ref()])).collect()
    });
    list("published", |document| document.published.map(String::from).into_iter().collect());
    list("audio_length", |document| {
        document.audio_length.map(|length| length.to_string()).into_iter().collect()
    });
    list("canonical", |document| one(&document.canonical));
    list("language", |document| one(&document.language));
    list("image_credits", |document| {
        let pictures = document.image_credits.iter();
        pictures.map(|p| joined(&[p.caption.as_ref(), p.credit.as_ref()])).collect()
    });
    list("tags", |document| document.tags.clone());
    list("cast", |document| document.cast.iter().map(member).collect());
    list("rights", |document| document.rights.iter().map(|rights| rights.line.clone()).collect());
    list("disclaimer", |document| {
        document.rights.iter().filter_map(|rights| rights.disclaimer.clone()).collect()
    });
    list("bios", |document| document.bios.iter().map(|bio| bio.text.clone()).collect());
    list("notes", |document| document.notes.iter().map(|note| note.text.clone()).collect());
    changes
}

/// The fields of two blocks that differ, but for words and speaker.
pub(crate) fn block(before: &Block, after: &Block) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    let mut field = |field, value: fn(&Block) -> Option<String>| {
        changes.extend(differing(field, value(before), value(after)));
    };
    field("kind", |block| {
        let kind = match &block.content {
            Content::Turn(_) => "turn",
            Content::Cue(_) => "cue",
            Content::Timestamp(_) => "timestamp",
            Content::Gap(_) => "gap",
        };
        Some(kind.to_owned())
    });
    field("label", |block| block.turn()?.label.clone());
    field("inferred", |block| block.turn()?.inferred.then(|| "inferred".to_owned()));
    field("notes", |block| some(block.turn()?.notes.join(" ")));
    field("language", |block| block.turn()?.language.clone());
    field("clip", |block| {
        let word = match block.turn()?.clip? {
            Clip::Live => "live",
            Clip::Tape => "tape",
        };
        Some(word.to_owned())
    });
    field("cue", |block| match &block.content {
        Content::Cue(cue) => Some(cue.kind.word().to_owned()),
        _ => None,
    });
    field("artists", |block| match &block.content {
        Content::Cue(cue) => some(cue.artists.join(", ")),
        _ => None,
    });
    field("title", |block| match &block.content {
        Content::Cue(cue) => cue.title.clone(),
        _ => None,
    });
    field("time", |block| block.time.map(time));
    changes
}

/// A field, if it differs.
pub(crate) fn differing(
    field: &'static str,
    before: Option<String>,
    after: Option<String>,
) -> Option<FieldChange> {
    (before != after).then(|| {
        let words = match (&before, &after) {
            (Some(before), Some(after)) => runs(before, after),
            _ => Vec::new(),
        };
        FieldChange { field, before, after, words }
    })
}

/// The items of two lists that differ: one for one where something stands in its place.
fn items(field: &'static str, before: &[String], after: &[String]) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    for (removed, added) in hunks(before.iter(), after.iter()) {
        for offset in 0..removed.len().max(added.len()) {
            let at = |list: &[String], range: &std::ops::Range<usize>| {
                list.get(range.clone())?.get(offset).cloned()
            };
            changes.extend(differing(field, at(before, &removed), at(after, &added)));
        }
    }
    changes
}

fn one(field: &Option<String>) -> Vec<String> {
    field.iter().cloned().collect()
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn joined(pieces: &[Option<&String>]) -> String {
    let pieces: Vec<&str> = pieces.iter().flatten().map(|piece| piece.as_str()).collect();
    pieces.join(", ")
}

/// A member as one reads: `Senator Ada Quist, guest, Marlow Council`.
fn member(member: &Member) -> String {
    let name = match (&member.title, &member.name) {
        (Some(title), Some(name)) => Some(format!("{title} {name}")),
        (title, name) => name.clone().or_else(|| title.clone()),
    };
    let role = member.role.map(|role| role.word().to_owned());
    let inferred = member.inferred.then(|| "inferred".to_owned());
    joined(&[
        name.as_ref(),
        role.as_ref(),
        member.affiliation.as_ref(),
        member.description.as_ref(),
        inferred.as_ref(),
    ])
}

fn time(time: TimeSpan) -> String {
    match time.end {
        Some(end) => format!("{} to {end}", time.start),
        None => time.start.to_string(),
    }
}
