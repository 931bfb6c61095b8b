//! `longwave transcript diff`: a correction, as an editor wants to see it.

use console::style;
use transcript::{Change, Comparison, Document, Fate, FieldChange, Run, Step};

use super::plain;

/// How many unchanged words stand on each side of a change.
const AROUND: usize = 6;

/// What changed, passage by passage: `[-…-]` is gone, `{+…+}` is new. Unchanged passages aren't
/// shown. Empty if nothing differs.
pub(super) fn shown(comparison: &Comparison, before: &Document, after: &Document) -> String {
    let mut out = String::new();
    for field in &comparison.fields {
        out.push_str(&change(field));
        out.push('\n');
    }
    for step in &comparison.article {
        passage(&mut out, step, &spot("article", "paragraph", side(step)));
    }
    for step in &comparison.transcript {
        let document = if step.after.is_empty() { before } else { after };
        let indexes = side(step);
        let mut place = spot("transcript", "block", indexes);
        if let Some(who) = indexes.first().and_then(|index| speaker(document, *index)) {
            place.push_str(&format!(", {who}"));
        }
        passage(&mut out, step, &place);
    }
    out
}

fn side(step: &Step) -> &[usize] {
    if step.after.is_empty() { &step.before } else { &step.after }
}

/// Where it stands, counted from 1 as people count.
fn spot(part: &str, what: &str, indexes: &[usize]) -> String {
    match indexes {
        [] => part.to_owned(),
        [one] => format!("{part}, {what} {}", one + 1),
        [first, .., last] => format!("{part}, {what}s {} to {}", first + 1, last + 1),
    }
}

/// Who speaks in a block, by name where there is one.
fn speaker(document: &Document, index: usize) -> Option<String> {
    let turn = document.blocks().get(index)?.turn()?;
    let member = turn.speaker.as_ref().and_then(|id| document.cast.iter().find(|m| m.id == *id));
    let name = member.and_then(|member| member.name.as_ref()).or(turn.label.as_ref())?;
    Some(plain(name))
}

fn passage(out: &mut String, step: &Step, place: &str) {
    if step.change == Change::Same {
        return;
    }
    out.push_str(&format!("{}\n", style(format!("{place}: {}", word(step.change))).bold()));
    if step.words.iter().any(|run| run.fate != Fate::Kept) {
        out.push_str(&format!("  {}\n", words(&step.words)));
    }
    for detail in &step.details {
        out.push_str(&format!("  {}\n", change(detail)));
    }
    out.push('\n');
}

fn word(change: Change) -> &'static str {
    match change {
        Change::Same => "the same",
        Change::Corrected => "corrected",
        Change::Added => "added",
        Change::Removed => "removed",
        Change::Split => "split in several",
        Change::Merged => "merged into one",
        Change::Moved => "moved here",
        Change::Rearranged => "rearranged",
    }
}

fn change(field: &FieldChange) -> String {
    let name = field.field;
    match (&field.before, &field.after) {
        (Some(_), Some(_)) if !field.words.is_empty() => format!("{name}: {}", words(&field.words)),
        (before, after) => {
            let gone = before.as_ref().map(|text| removed(&plain(text)));
            let new = after.as_ref().map(|text| added(&plain(text)));
            let both: Vec<String> = gone.into_iter().chain(new).collect();
            format!("{name}: {}", both.join(" "))
        }
    }
}

fn removed(text: &str) -> String {
    style(format!("[-{text}-]")).red().to_string()
}

fn added(text: &str) -> String {
    style(format!("{{+{text}+}}")).green().to_string()
}

/// The changed words, with a few of the others around them.
fn words(runs: &[Run]) -> String {
    let last = runs.len().saturating_sub(1);
    let shown: Vec<String> = runs
        .iter()
        .enumerate()
        .map(|(index, run)| {
            let text = plain(&run.text.replace('\n', " ¶ "));
            match run.fate {
                Fate::Kept => shortened(&text, index == 0, index == last),
                Fate::Removed => removed(&text),
                Fate::Added => added(&text),
            }
        })
        .collect();
    shown.join(" ")
}

/// Unchanged words: those next to a change, and a mark for the others.
fn shortened(text: &str, is_first: bool, is_last: bool) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (head, tail) = (if is_first { 0 } else { AROUND }, if is_last { 0 } else { AROUND });
    if words.len() <= head + tail + 1 {
        return text.to_owned();
    }
    let front = words.iter().take(head);
    let back = words.iter().skip(words.len() - tail);
    front.chain(std::iter::once(&"…")).chain(back).copied().collect::<Vec<_>>().join(" ")
}
