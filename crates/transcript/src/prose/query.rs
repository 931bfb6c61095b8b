//! Marks of the transcriber for what wasn't heard well: `(ph)`, `[Kondian?]`, `?Mimz?`.

use crate::model::Query;
use crate::prose::{bracket, cue};

/// The open queries of a paragraph, in order.
pub(crate) fn find(text: &str) -> Vec<Query> {
    let mut found = Vec::new();
    if text.contains(['(', '[']) {
        for pair in bracket::outermost(text) {
            let Some(mark) = text.get(pair.clone()) else { continue };
            if cue::is_query(mark) {
                let about = about(text, pair.start, mark);
                found.push(Query { mark: mark.to_owned(), about, at: pair.start });
            }
        }
    }
    questioned(text, &mut found);
    found.sort_by_key(|query| query.at);
    found
}

/// What a mark doubts: what stands within it, or the name or word in front of it.
fn about(text: &str, at: usize, mark: &str) -> String {
    let inner = mark.trim_matches(['(', ')', '[', ']']).trim();
    let lower = inner.to_lowercase();
    if lower.starts_with("inaudible")
        || lower.starts_with("unintelligible")
        || lower.starts_with("indiscernible")
        || lower.starts_with("xx")
        || inner == "?"
    {
        return String::new();
    }
    if !matches!(lower.trim_end_matches(['.', '?']), "ph" | "phonetic" | "sp" | "sic") {
        let words: Vec<&str> = inner
            .split_whitespace()
            .filter(|word| !word.starts_with(|c: char| c.is_ascii_digit()))
            .collect();
        return words.join(" ").trim_end_matches('?').to_owned();
    }
    let before = text.get(..at).unwrap_or_default().trim_end();
    let mut words: Vec<&str> = Vec::new();
    for word in before.rsplit(' ').take(4) {
        let is_name = word.trim_start_matches(['"', '“', '(']).starts_with(char::is_uppercase);
        let ends = word.ends_with(['.', ',', '?', '!', ';', ':', '"'])
            && word.trim_end_matches('.').len() > 2;
        if !words.is_empty() && (!is_name || ends) {
            break;
        }
        words.push(word);
        if !is_name {
            break;
        }
    }
    words.reverse();
    words
        .join(" ")
        .trim_matches(|c: char| c.is_ascii_punctuation() && c != '\'' && c != '.')
        .to_owned()
}

/// `?Mimz?`: a word or a few between question marks.
fn questioned(text: &str, found: &mut Vec<Query>) {
    let mut at = 0;
    while let Some(offset) = text.get(at..).and_then(|rest| rest.find('?')) {
        let open = at + offset;
        at = open + 1;
        let free = text
            .get(..open)
            .unwrap_or_default()
            .chars()
            .next_back()
            .is_none_or(|c| c.is_whitespace() || c == '"' || c == '(');
        let rest = text.get(open + 1..).unwrap_or_default();
        if !free || !rest.starts_with(char::is_alphabetic) {
            continue;
        }
        let Some(length) = rest.char_indices().take(50).find(|(_, c)| *c == '?').map(|(at, _)| at)
        else {
            continue;
        };
        let inner = rest.get(..length).unwrap_or_default();
        if inner.contains(['.', '!']) || inner.ends_with(' ') {
            continue;
        }
        let end = open + 1 + length + 1;
        found.push(Query {
            mark: text.get(open..end).unwrap_or_default().to_owned(),
            about: inner.to_owned(),
            at: open,
        });
        at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_what_they_doubt() {
        let marks: Vec<(String, String)> =
            find("I met JP (ph) and Ana Morales(ph), then [Kondrian?] and [Skip Shelby 00:01:09], ?Mimz?, (inaudible).")
                .into_iter()
                .map(|query| (query.mark, query.about))
                .collect();
        let wanted = [
            ("(ph)", "JP"),
            ("(ph)", "Ana Morales"),
            ("[Kondrian?]", "Kondrian"),
            ("[Skip Shelby 00:01:09]", "Skip Shelby"),
            ("?Mimz?", "Mimz"),
            ("(inaudible)", ""),
        ];
        let wanted: Vec<(String, String)> =
            wanted.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        assert_eq!(marks, wanted);
        assert!(find("Did he? Who? What is it?").is_empty());
    }
}
