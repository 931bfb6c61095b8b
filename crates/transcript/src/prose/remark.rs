//! The editors' remarks: notes, corrections, where a story comes from.

use crate::model::{NoteKind, Touches};
use crate::prose::phrases::Phrases;

/// What kind of remark a paragraph is, and what a correction touches; `None` for anything else.
pub(crate) fn of(text: &str) -> Option<(NoteKind, Touches)> {
    let first =
        text.trim_start_matches(['(', '[', '*', ' ']).split([' ', ':']).next().unwrap_or_default();
    let may = FIRST
        .iter()
        .any(|word| first.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word)));
    if !may
        && !MARKS.are_in(
            text.get(..text.char_indices().nth(140).map_or(text.len(), |(at, _)| at))
                .unwrap_or_default(),
        )
    {
        return None;
    }
    let lower: String = text
        .trim_start_matches(['(', '[', '*', ' '])
        .chars()
        .take(400)
        .flat_map(char::to_lowercase)
        .collect();
    let lower = lower.replace('’', "'");
    let starts = |leads: &[&str]| leads.iter().any(|lead| lower.starts_with(lead));
    if starts(&[
        "editor's note",
        "editors' note",
        "editors note",
        "editor's notes",
        "note from the editor",
    ]) {
        // An editor's note may say that something was wrong, too.
        return Some((NoteKind::EditorsNote, Touches::Unknown));
    }
    if starts(&["correction:", "correction ", "corrections:", "clarification:", "clarification "])
        || starts(&[
            "an earlier version",
            "a previous version",
            "an earlier audio version",
            "a previous audio version",
            "an earlier headline",
            "a previous headline",
            "an earlier web version",
            "in an earlier version",
            "in a previous version",
            "in the audio, as in",
            "in the audio of this",
        ])
        || lower.contains("correction:") && lower.find("correction:").is_some_and(|at| at < 30)
    {
        let is_verb = lower.starts_with("correction ")
            && !lower.contains("version")
            && !lower.contains("story")
            && !lower.contains("article");
        if !is_verb {
            return Some((NoteKind::Correction, touches(&lower)));
        }
    }
    if lower.starts_with("this is a rush transcript")
        || lower.starts_with("rush transcript")
        || lower.starts_with("notice: transcripts are")
        || lower.starts_with("this is an unedited transcript")
        || lower.starts_with("this transcript was generated")
        || lower.starts_with("this transcript has been automatically")
        || lower.starts_with("this transcript was automatically")
        || lower.starts_with("note: this transcript")
        || lower.starts_with("note: ") && lower.contains("transcripts are")
    {
        return Some((NoteKind::Rush, Touches::Text));
    }
    let of_accuracy =
        ["may contain errors", "cannot guarantee", "can't guarantee", "not be accurate"];
    if lower.contains("transcript") && of_accuracy.iter().any(|words| lower.contains(words)) {
        return Some((NoteKind::Other, Touches::Text));
    }
    if lower.contains("must be credited") && lower.len() < 200 {
        return Some((NoteKind::Other, Touches::Text));
    }
    if starts(&["voices:", "speakers:", "participants:"]) && lower.contains(" = ") {
        return Some((NoteKind::Other, Touches::Text));
    }
    if lower.contains("recorded live ") && lower.len() < 140 && !lower.ends_with('.') {
        return Some((NoteKind::Origin, Touches::Unknown));
    }
    let origin = starts(&[
        "this article was originally published",
        "this story was originally published",
        "this story originally",
        "this article originally",
        "this interview was originally",
        "originally published",
        "originally aired",
        "this story comes from",
        "this story was produced by",
        "this story is part of",
        "this segment originally aired",
        "this interview first aired",
        "the following is a transcript of",
        "this report comes from",
        "this story first appeared",
        "this article was first published",
        "this story was first published",
    ]);
    origin.then_some((NoteKind::Origin, Touches::Unknown))
}

/// How remarks begin, as far as their first word tells.
const FIRST: &[&str] = &[
    "editor",
    "note",
    "correction",
    "clarification",
    "an",
    "a",
    "in",
    "this",
    "the",
    "rush",
    "please",
    "notice",
    "voices",
    "speakers",
    "participants",
    "original",
];

/// What else tells a remark, near its beginning.
static MARKS: Phrases = Phrases::new(&["correction:", "recorded live "]);

/// What a correction touches, by what it says was wrong.
fn touches(lower: &str) -> Touches {
    let audio = ["audio", "broadcast", "on air", "on-air", "radio version", "podcast"]
        .iter()
        .any(|word| lower.contains(word));
    let text = [
        "web", "online", "article", "headline", "print", "text", "page", "caption", "photo",
        "digital",
    ]
    .iter()
    .any(|word| lower.contains(word));
    match (audio, text) {
        (true, true) => Touches::Both,
        (true, false) => Touches::Audio,
        (false, true) => Touches::Text,
        (false, false) => Touches::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_are_told() {
        assert_eq!(of("Editor’s Note: This story uses…").map(|n| n.0), Some(NoteKind::EditorsNote));
        assert_eq!(
            of("An earlier audio version of this story said 500.").map(|n| n.1),
            Some(Touches::Audio)
        );
        assert_eq!(
            of("In the audio, as in a previous version of the web story, we said 40.").map(|n| n.1),
            Some(Touches::Both)
        );
        assert_eq!(
            of("Correction: An earlier version of this web page was wrong.").map(|n| n.1),
            Some(Touches::Text)
        );
        assert_eq!(of("THIS IS A RUSH TRANSCRIPT. THIS COPY").map(|n| n.0), Some(NoteKind::Rush));
        assert_eq!(of("Correction officers said so."), None);
    }
}
