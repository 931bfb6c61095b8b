//! Labels without a colon: names alone on their lines, and names in capitals in front of the words.

use std::collections::HashMap;

use crate::prose::label::blank;
use crate::prose::layout::is_prose;
use crate::prose::passage::Passage;
use crate::prose::{bracket, chrome, label};

/// Where the name ends that a passage begins with as a label, if it does.
type NameEnd = fn(&[Passage<'_>], usize) -> Option<usize>;

/// Gives a colon to names that come again as labels do, so that they read as labels. Where colons
/// mark the labels, names without one are something else.
pub(crate) fn mark(passages: &mut [Passage<'_>]) {
    let marked = total(&again(names(passages, with_colon)));
    let alone = names(passages, alone);
    let fronts = names(passages, in_front);
    let (found, end): (_, NameEnd) =
        if total(&alone) >= total(&fronts) { (alone, self::alone) } else { (fronts, in_front) };
    let count = total(&found);
    // Two who both speak twice; and most of the text is theirs, two or three passages each.
    if again(found).len() < 2 || count < 4 || count * 8 < passages.len() || marked * 3 > count {
        return;
    }
    let ends: Vec<Option<usize>> = (0..passages.len()).map(|index| end(passages, index)).collect();
    for (passage, end) in passages.iter_mut().zip(ends) {
        if let Some(end) = end {
            passage.add_colon(end);
        }
    }
}

fn total(names: &HashMap<String, usize>) -> usize {
    names.values().sum()
}

/// How often each name stands there as a label.
fn names(passages: &[Passage<'_>], end: NameEnd) -> HashMap<String, usize> {
    let mut names = HashMap::new();
    for (index, passage) in passages.iter().enumerate() {
        if let Some(name) = end(passages, index).and_then(|end| passage.text.get(..end)) {
            *names.entry(name.to_lowercase()).or_default() += 1;
        }
    }
    names
}

/// Those that stand there more than once.
fn again(mut names: HashMap<String, usize>) -> HashMap<String, usize> {
    names.retain(|_, times| *times > 1);
    names
}

/// A name that a colon ends, as labels have it.
fn with_colon(passages: &[Passage<'_>], index: usize) -> Option<usize> {
    let text: &str = &passages.get(index)?.text;
    let label = label::Label::scan(text, 0, &bracket::outermost(text))?;
    (label.case != label::Case::Lower).then_some(label.head.end)
}

/// A name that is all of a line, with words right below: where it ends.
fn alone(passages: &[Passage<'_>], index: usize) -> Option<usize> {
    let passage = passages.get(index)?;
    let next = passages.get(index + 1)?;
    let text = without_clock(passage.text.trim_end());
    let is_apart = passage.may_speak() && next.may_speak() && next.blanks <= 1;
    // Directly below, or in paragraphs of a page, which stand one line apart.
    let heads = passage.blanks > 0
        || index.checked_sub(1).and_then(|above| passages.get(above)).is_none_or(|above| {
            !above.text.trim_end().ends_with(['.', '?', '!', '…', ',', '-', '—', '"', '”'])
        });
    let below = next.blanks == 0 && heads || passage.hint.main || passage.hint.transcript;
    let speaks = is_prose(&next.text)
        || next.text.trim_end().ends_with(['.', '?', '!', '…', '-', '—', '–', '"', '”', ']', ')']);
    let fits = is_apart && below && speaks && is_name(text) && chrome::of(text).is_none();
    fits.then_some(text.len())
}

/// A line without the time that is printed behind the name, with or without a space: `Ann Lee00:12`.
fn without_clock(line: &str) -> &str {
    let inner = line.trim_end_matches([')', ']']);
    let digits = inner.trim_end_matches(|c: char| c.is_ascii_digit() || c == ':');
    let clock = inner.get(digits.len()..).unwrap_or_default();
    match crate::prose::clock(clock) {
        Some(_) if clock.contains(':') => digits.trim_end().trim_end_matches(['(', '[']).trim_end(),
        _ => line,
    }
}

/// A name in capitals in front of words that aren't: where it ends.
fn in_front(passages: &[Passage<'_>], index: usize) -> Option<usize> {
    let passage = passages.get(index)?;
    let text: &str = &passage.text;
    let mut end = 0;
    let mut words = 0;
    for word in text.split_whitespace().take(6) {
        let bare = word.trim_end_matches(['.', '\'', '’']);
        let capital = bare.chars().all(|c| c.is_uppercase() || matches!(c, '.' | '\'' | '’' | '-'))
            && bare.chars().any(char::is_uppercase);
        // `I` and `A` begin sentences.
        let begins = bare.chars().count() == 1 && !word.ends_with('.');
        if !capital || begins && words > 0 {
            break;
        }
        end += blank(text.get(end..)?) + word.len();
        words += 1;
    }
    let rest = text.get(end..)?.trim_start();
    // `ANN LEE: Hi.` has its colon.
    let has_colon = rest.split_whitespace().next().is_some_and(|word| word.ends_with(':'));
    let opens = !has_colon
        && rest.starts_with(|c: char| c.is_uppercase() || matches!(c, '"' | '“' | '[' | '('));
    let fits = passage.may_speak()
        && (1..=4).contains(&words)
        && end > 2
        && opens
        && rest.chars().any(char::is_lowercase);
    fits.then_some(end)
}

/// One to four words, each with a capital, perhaps with a number: `Ira Glassman`, `Woman 2`.
fn is_name(text: &str) -> bool {
    let count = text.split_whitespace().count();
    let proper = text.split_whitespace().enumerate().all(|(at, word)| {
        let letters = word.trim_end_matches(['.', ',']);
        let named = letters.starts_with(char::is_uppercase)
            && letters.chars().all(|c| c.is_alphabetic() || matches!(c, '\'' | '’' | '-' | '.'));
        let numbered = at > 0 && letters.trim_start_matches('#').parse::<u8>().is_ok();
        named
            || numbered
            || matches!(word, "de" | "van" | "von" | "der" | "del" | "la" | "al" | "bin")
    });
    (1..=4).contains(&count) && text.len() < 40 && proper && !text.ends_with(['.', ',', '-'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prose::lines;

    fn marked(text: &str) -> Vec<String> {
        let mut passages = lines::passages(text);
        mark(&mut passages);
        passages.into_iter().map(|passage| passage.text.into_owned()).collect()
    }

    #[test]
    fn names_alone_on_their_lines_are_labels() {
        let text = "Prologue\n\nIda Glass\nA warning.\n\nTom Roux\nA joke.\n\nIda Glass\nIt was not.\n\nTom Roux\nMm-hmm.\n\nShare\nFacebook";
        let lines = marked(text);
        assert_eq!(lines.iter().filter(|line| line.ends_with(':')).count(), 4, "{lines:?}");
        assert!(lines.contains(&"Share".to_owned()));
    }

    #[test]
    fn capitals_in_front_of_words_are_labels() {
        let text = "BROOK GLADWELL From here, this is it.\n\nMIKE LOWE And I'm Mike.\n\nBROOK GLADWELL What?\n\nMIKE LOWE I said so.";
        let lines = marked(text);
        assert_eq!(lines[3], "MIKE LOWE: I said so.");
    }

    #[test]
    fn where_colons_mark_labels_names_are_none() {
        let text = "ANN LEE: Hi.\n\nTOM ROUX: Hi.\n\nANN LEE: So.\n\nNPR News.\n\nNPR News.\n\nNPR News.\n\nABC Radio.\n\nABC Radio.";
        assert!(!marked(text).iter().any(|line| line.starts_with("NPR:")));
    }
}
