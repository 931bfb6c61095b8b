//! Speakers' labels that only markup sets apart: bold names without a colon, cells of a table, terms
//! of a list.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::prose::passage::{Origin, Passage};

/// Gives a colon to names that are set off and come again, so that they read as labels.
pub(crate) fn mark(passages: &mut [Passage<'static>]) {
    let mut names: HashMap<String, usize> = HashMap::new();
    for passage in passages.iter() {
        if let Some(name) = name(passage) {
            *names.entry(name.to_lowercase()).or_default() += 1;
        }
    }
    let total: usize = names.values().sum();
    let again = names.values().any(|times| *times > 1);
    // A voice may speak once; but where nobody speaks twice, bold words are only bold.
    if total < 3 || !again {
        return;
    }
    for passage in passages.iter_mut() {
        if let Some(length) = name(passage).map(str::len) {
            passage.add_colon(length);
        }
    }
}

/// A name that is set off at the beginning of a passage and has no colon.
fn name<'p>(passage: &'p Passage<'_>) -> Option<&'p str> {
    let length = passage.hint.strong;
    if length == 0 || passage.hint.furniture.is_some() || passage.hint.part.is_some() {
        return None;
    }
    let name = passage.text.get(..length)?.trim();
    let rest = passage.text.get(length..)?.trim_start();
    let words = name.split_whitespace().count();
    let is_proper = name.split_whitespace().all(|word| {
        word.starts_with(|c: char| c.is_uppercase() || !c.is_lowercase())
            || matches!(word, "de" | "van" | "von" | "der" | "del" | "la" | "al" | "of" | "the")
    });
    let fits = (1..=5).contains(&words)
        && is_proper
        && !name.ends_with([':', '.', '?', '!', ',', ';', '"', '”', ')', ']'])
        && !rest.starts_with(':');
    fits.then_some(name)
}

/// A speaker's name and words that stood in two places, as one passage.
pub(crate) fn joined(name: &Passage<'static>, words: &Passage<'static>) -> Passage<'static> {
    let mut text = name.text.trim_end_matches(':').to_owned();
    text.push_str(": ");
    let offset = text.len();
    text.push_str(&words.text);
    let mut pieces = Vec::new();
    let mut end = 0;
    if let Origin::Pieces(own, _) = &name.origin {
        pieces.extend(own.iter().copied());
    }
    if let Origin::Pieces(own, own_end) = &words.origin {
        pieces.extend(own.iter().map(|(at, there)| (at + offset, *there)));
        end = *own_end;
    }
    Passage {
        text: Cow::Owned(text),
        origin: Origin::Pieces(pieces, end),
        blanks: name.blanks,
        hint: words.hint.clone(),
    }
}
