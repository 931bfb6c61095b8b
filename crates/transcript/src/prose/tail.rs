//! What stands below a story: rights, tags, bios, corrections, other stories, pleas; and where the
//! story ends.

use crate::model::FurnitureKind;
use crate::prose::document::by_part;
use crate::prose::header::{is_caption, listen};
use crate::prose::layout::{Kind, Layout, is_prose, word_count};
use crate::prose::passage::{Hint, PagePart};
use crate::prose::{chrome, date, remark, rights};

/// The first passage from `from` on that is no part of the story's words any more.
pub(crate) fn begins(layout: &Layout<'_, '_>, from: usize) -> usize {
    // Where markup says what the transcript is, it ends with that.
    let is_marked =
        |index: usize| layout.passages.get(index).is_some_and(|passage| passage.hint.transcript);
    let marked = from.checked_sub(1).is_some_and(is_marked);
    (from..layout.passages.len())
        .find(|index| stops(layout, *index) || marked && !is_marked(*index))
        .unwrap_or(layout.passages.len())
}

/// The first passage below a written story: pages put menus and captions between its paragraphs,
/// so only what never stands there ends it.
pub(crate) fn ends_article(layout: &Layout<'_, '_>, from: usize) -> usize {
    let ends = |index: &usize| {
        let text = layout.text(*index);
        layout.passages.get(*index).is_some_and(|passage| {
            passage.hint.furniture.is_some() && !more_prose(layout, *index)
                || passage.hint.part == Some(PagePart::Bio)
        }) || rights::opens(text)
            || remark::of(text).is_some() && !more_prose(layout, *index)
            || chrome::opens_related(text)
            || chrome::opens_tags(text)
            || chrome::tags(text).is_some()
            || is_name_heading(layout, *index)
            || bio_name(layout, text).is_some()
                && word_count(text) > 4
                && !more_prose(layout, *index)
            || is_separator(text) && !more_prose(layout, *index)
            || (chrome::is_plea(text) || is_page(text)) && !more_prose(layout, *index)
    };
    (from..layout.passages.len()).find(ends).unwrap_or(layout.passages.len())
}

/// Whether the story goes on below a passage: two paragraphs before anything that ends it.
fn more_prose(layout: &Layout<'_, '_>, index: usize) -> bool {
    let mut found = 0;
    for below in index + 1..(index + 12).min(layout.passages.len()) {
        let text = layout.text(below);
        if rights::opens(text) || chrome::opens_related(text) || chrome::opens_tags(text) {
            return false;
        }
        found += usize::from(is_prose(text) && word_count(text) > 12 && !chrome::is_plea(text));
        if found > 1 {
            return true;
        }
    }
    false
}

/// Whether a passage can't be speech or article any more.
fn stops(layout: &Layout<'_, '_>, index: usize) -> bool {
    let text = layout.text(index);
    let Some(passage) = layout.passages.get(index) else { return true };
    passage.hint.furniture.is_some()
        || passage.hint.part == Some(PagePart::Bio)
        || matches!(passage.hint.part, Some(PagePart::Heading(1..=3)))
            && layout.label(index).is_none()
        || rights::opens(text)
        || rights::is_disclaimer(text) && word_count(text) < 120
        || is_page(text)
        || remark::of(text).is_some()
        || chrome::opens_related(text)
        || chrome::opens_transcript(text)
        || chrome::is_plea(text) && word_count(text) < 60
        || chrome::tags(text).is_some()
        || is_name_heading(layout, index)
        || bio_name(layout, text).is_some() && word_count(text) > 4
        || is_separator(text)
        || is_caption(text)
            && text.starts_with(|c: char| c.is_uppercase())
            && word_count(text) < 40
            && text.contains(':')
}

/// Whether a line is of the page around the story, for all that could also be a short reply.
fn is_page(text: &str) -> bool {
    let known = chrome::of(text);
    let plain = chrome::plain(text);
    known.is_some()
        && (plain.contains(' ')
            || text.contains(':')
            || matches!(
                plain.as_str(),
                "tags" | "share" | "facebook" | "twitter" | "linkedin" | "donate" | "menu"
            )
            || known == Some(FurnitureKind::Player))
        || is_comments(&plain)
        || listen(text).is_some()
}

fn is_comments(plain: &str) -> bool {
    plain
        .strip_suffix(" comments")
        .or_else(|| plain.strip_suffix(" comment"))
        .is_some_and(|number| number.bytes().all(|b| b.is_ascii_digit() || b == b','))
}

/// `-30-`, `###`, `* * *`.
fn is_separator(text: &str) -> bool {
    matches!(
        text.trim(),
        "-30-"
            | "###"
            | "##"
            | "-END-"
            | "- END -"
            | "END"
            | "ENDS"
            | "[END]"
            | "END OF TRANSCRIPT"
    ) || text.len() > 2
        && text.chars().all(|c| matches!(c, '-' | '_' | '*' | '=' | '#' | '~' | ' ' | '—'))
}

/// Says what the passages from `from` on are.
pub(crate) fn classify(layout: &mut Layout<'_, '_>, from: usize, speaks: bool) {
    let mut related = false;
    // Where no heading says so, short lines right below the rights line are tags, too.
    let speaks_in_text =
        speaks && layout.passages.iter().all(|passage| passage.hint == Hint::default());
    let mut tagging = speaks_in_text;
    let mut in_bio = false;
    // The rights line may be glued to the last words.
    let mut below_rights = from
        .checked_sub(1)
        .is_some_and(|above| speaks && rights::within(layout.text(above), 1).is_some());
    let mut loose: Vec<usize> = Vec::new();
    for index in from..layout.passages.len() {
        if *layout.kind(index) != Kind::Open {
            continue;
        }
        let text = layout.text(index);
        let hint = layout.passages.get(index).and_then(|passage| passage.hint.furniture);
        let was_tagging = std::mem::take(&mut tagging);
        let was_bio = std::mem::take(&mut in_bio);
        let kind = if let Some(kind) = hint {
            Kind::Furniture(kind)
        } else if rights::opens(text) || rights::is_disclaimer(text) && word_count(text) < 120 {
            tagging = speaks_in_text;
            below_rights = true;
            rights::at(text, 0).map_or(Kind::Furniture(FurnitureKind::Other), Kind::Rights)
        } else if let Some(kind) = layout.passages.get(index).and_then(by_part) {
            kind
        } else if chrome::opens_related(text) {
            related = true;
            Kind::Furniture(FurnitureKind::Related)
        } else if let Some((kind, touches)) = remark::of(text) {
            Kind::Note(kind, touches)
        } else if related
            && (is_name_heading(layout, index) && is_told(layout, index)
                || bio_name(layout, text).is_some())
        {
            related = false;
            in_bio = true;
            if is_name_heading(layout, index) { Kind::BioName } else { Kind::Bio }
        } else if related {
            let kind = chrome::of(text).unwrap_or(if chrome::is_plea(text) {
                FurnitureKind::Donate
            } else {
                FurnitureKind::Related
            });
            Kind::Furniture(kind)
        } else if chrome::opens_tags(text) {
            tagging = true;
            Kind::Furniture(FurnitureKind::Navigation)
        } else if let Some(rest) = chrome::tags(text) {
            Kind::Tags(text.len() - rest.len())
        } else if is_name_heading(layout, index) {
            in_bio = true;
            Kind::BioName
        } else if chrome::is_plea(text) {
            Kind::Furniture(FurnitureKind::Donate)
        } else if was_tagging && is_tag(layout, index) {
            tagging = true;
            Kind::Tag
        } else if bio_name(layout, text).is_some() || below_rights && is_stranger(text) {
            in_bio = true;
            Kind::Bio
        } else if let Some(listen) = listen(text) {
            listen
        } else if let Some(kind) = chrome::of(text) {
            Kind::Furniture(kind)
        } else if was_bio && is_prose(text) {
            in_bio = true;
            Kind::Bio
        } else if is_caption(text) {
            Kind::Caption
        } else if is_comments(&chrome::plain(text)) || is_separator(text) || date::is_dateline(text)
        {
            Kind::Furniture(FurnitureKind::Other)
        } else {
            loose.push(index);
            continue;
        };
        layout.set(index, kind);
    }
    settle(layout, &loose, speaks);
    names_without_bio(layout, from);
}

/// What is left: a written story that follows the transcript, or nothing that is known.
fn settle(layout: &mut Layout<'_, '_>, loose: &[usize], speaks: bool) {
    let prose: Vec<usize> =
        loose.iter().copied().filter(|index| is_prose(layout.text(*index))).collect();
    let words: usize = prose.iter().map(|index| word_count(layout.text(*index))).sum();
    let is_article = speaks && prose.len() > 1 && words > 30 && loose.len() <= prose.len() * 2;
    for index in loose {
        let kind = if is_article { Kind::Article } else { Kind::Furniture(FurnitureKind::Other) };
        layout.set(*index, kind);
    }
}

/// The heading of a bio that isn't there is no heading.
fn names_without_bio(layout: &mut Layout<'_, '_>, from: usize) {
    for index in from..layout.passages.len() {
        if *layout.kind(index) == Kind::BioName && *layout.kind(index + 1) != Kind::Bio {
            layout.set(index, Kind::Furniture(FurnitureKind::Other));
        }
    }
    for index in from..layout.passages.len() {
        let stands_in =
            layout.text(index).trim().starts_with('[') && layout.text(index).trim().ends_with(']');
        if matches!(layout.kind(index), Kind::Rights(_)) && stands_in {
            layout.set(index, Kind::Furniture(FurnitureKind::Other));
        }
    }
}

/// A line that is only the name of somebody known, or of whom the next paragraph tells.
fn is_name_heading(layout: &Layout<'_, '_>, index: usize) -> bool {
    let text = layout.text(index).trim();
    let count = word_count(text);
    if !(2..=5).contains(&count) || text.len() > 60 || text.ends_with(['.', ',', ':', '?', '!']) {
        return false;
    }
    let proper = text.split_whitespace().all(|word| {
        word.starts_with(|c: char| c.is_uppercase())
            || matches!(
                word,
                "de" | "van" | "von" | "der" | "del" | "la" | "al" | "bin" | "da" | "'t"
            )
    });
    if !proper {
        return false;
    }
    if layout.names.contains(&text.to_lowercase()) {
        return true;
    }
    let next = layout.text(index + 1);
    let surname = text.split_whitespace().last().unwrap_or_default();
    let opening: String = next.chars().take(80).collect();
    next.trim().starts_with('[') && rights::opens(next)
        || is_prose(next) && opening.contains(surname) && bio_verb(&opening, surname)
}

/// A paragraph that tells of somebody who isn't named elsewhere: `Mary Louise Kelm is a co-host of`.
fn is_stranger(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().take(7).collect();
    let name = words
        .iter()
        .take_while(|word| {
            word.starts_with(char::is_uppercase)
                && word.chars().any(char::is_lowercase)
                && !word.ends_with(['.', ','])
        })
        .count();
    let verb = words.get(name).copied().unwrap_or_default();
    let first = words.first().copied().unwrap_or_default();
    (2..=4).contains(&name)
        && VERBS.contains(&verb)
        && word_count(text) > 7
        && !matches!(first, "This" | "The" | "Our" | "Your" | "All" | "In" | "For")
}

/// Whether the paragraph below a name tells of that person.
fn is_told(layout: &Layout<'_, '_>, index: usize) -> bool {
    bio_name(layout, layout.text(index + 1)).is_some()
}

/// Whose bio a paragraph is, if it begins with a known name and tells of that person.
pub(crate) fn bio_name<'t>(layout: &Layout<'_, '_>, text: &'t str) -> Option<&'t str> {
    let opening_end =
        text.char_indices().map(|(at, _)| at).find(|at| *at > 90).unwrap_or(text.len());
    let opening = text.get(..opening_end)?;
    let lower = opening.to_lowercase();
    // The longest known name that these words begin with.
    let ends = lower.match_indices([' ', ',']).map(|(at, _)| at).take(7);
    let length = ends
        .filter(|end| lower.get(..*end).is_some_and(|name| layout.names.contains(name)))
        .last()?;
    let after = opening.get(length..)?;
    let verb = after.split_whitespace().next().unwrap_or_default().trim_matches(',');
    let tells = VERBS.contains(&verb)
        || after.starts_with(", ") && VERBS.iter().any(|verb| after.contains(&format!(" {verb} ")));
    let is_sign_off = after.starts_with(',') && after.to_lowercase().contains(" news");
    (tells && !is_sign_off).then(|| text.get(..length)).flatten()
}

/// Whether a word is what bios say that people do.
pub(crate) fn is_verb(word: &str) -> bool {
    VERBS.contains(&word)
}

fn bio_verb(opening: &str, surname: &str) -> bool {
    let after = opening.split(surname).nth(1).unwrap_or_default();
    let verb = after.trim_start_matches([',', ' ']).split_whitespace().next().unwrap_or_default();
    VERBS.contains(&verb.trim_end_matches(','))
}

/// What bios say that people do.
const VERBS: &[&str] = &[
    "is",
    "was",
    "has",
    "covers",
    "covered",
    "joined",
    "reports",
    "reported",
    "hosts",
    "hosted",
    "serves",
    "served",
    "works",
    "worked",
    "writes",
    "wrote",
    "edits",
    "edited",
    "produces",
    "produced",
    "leads",
    "led",
    "heads",
    "oversees",
    "began",
    "started",
    "came",
    "grew",
    "studied",
    "holds",
    "earned",
    "received",
    "lives",
    "focuses",
    "specializes",
    "spent",
    "contributes",
    "anchors",
    "runs",
    "directs",
    "currently",
    "previously",
    "became",
];

/// A tag under the heading of tags: short, no sentence, nobody's name.
fn is_tag(layout: &Layout<'_, '_>, index: usize) -> bool {
    let text = layout.text(index);
    let follows = layout.passages.get(index).is_some_and(|passage| passage.blanks <= layout.normal);
    follows
        && word_count(text) <= 5
        && text.len() <= 60
        && !is_prose(text)
        && chrome::may_be_tag(text)
}
