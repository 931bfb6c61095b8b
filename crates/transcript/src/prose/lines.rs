//! From a text to its passages: lines, with hard wraps undone.

use std::borrow::Cow;
use std::ops::Range;

use crate::prose::label::blank;
use crate::prose::passage::{Hint, Origin, Passage};
use crate::prose::roster::words_begin;
use crate::prose::{bracket, label};
use crate::source;

/// The lines of a text that aren't blank, wrapped ones joined.
pub(crate) fn passages(text: &str) -> Vec<Passage<'_>> {
    let mut lines: Vec<(Range<usize>, usize)> = Vec::new();
    let mut blanks = 0;
    for line in source::lines(text) {
        let raw = text.get(line.clone()).unwrap_or_default();
        let trimmed = raw.trim();
        if trimmed.is_empty() {
            blanks += 1;
            continue;
        }
        let start = line.start + blank(raw);
        lines.push((start..start + trimmed.len(), std::mem::take(&mut blanks)));
    }
    if strip_bullets(text, &mut lines) {
        return run_on(text, &lines);
    }
    match wrap_width(text, &lines) {
        Some(width) => join(text, &lines, width),
        None if is_run_on(text, &lines) => run_on(text, &lines),
        None => rejoin(text, &lines),
    }
}

/// Lines as they are, but for a label that was broken in two: `BO` / `HALVORSEN: You can`, where
/// `BO HALVORSEN:` stands elsewhere.
fn rejoin<'t>(text: &'t str, lines: &[(Range<usize>, usize)]) -> Vec<Passage<'t>> {
    let mut passages = Vec::with_capacity(lines.len());
    let mut at = 0;
    // Looking for the whole label is bounded, so that a text of nothing but names costs no more.
    let mut tries = 64;
    while let Some((range, blanks)) = lines.get(at) {
        let line = text.get(range.clone()).unwrap_or_default();
        let next = lines.get(at + 1).filter(|(_, blanks)| *blanks == 0);
        let broken = next.filter(|_| tries > 0 && is_half_label(line)).filter(|(next, _)| {
            tries -= 1;
            let rest = text.get(next.clone()).unwrap_or_default();
            let name = rest.split(':').next().unwrap_or_default();
            let whole = format!("{line} {name}");
            name.len() < 40
                && name.len() < rest.len()
                && is_half_label(name)
                && text.get(..range.start).is_some_and(|above| above.contains(&whole))
        });
        match broken {
            Some((next, _)) => {
                passages.extend(joined(text, &[range.clone(), next.clone()], *blanks));
                at += 2;
            }
            None => {
                passages.push(single(text, range.clone(), *blanks));
                at += 1;
            }
        }
    }
    passages
}

/// One to three words in capitals and nothing else.
fn is_half_label(line: &str) -> bool {
    line.len() < 40
        && (1..=3).contains(&line.split_whitespace().count())
        && line.chars().any(char::is_uppercase)
        && line.chars().all(|c| c.is_uppercase() || matches!(c, ' ' | '.' | '\'' | '’' | '-'))
}

fn single(text: &str, range: Range<usize>, blanks: usize) -> Passage<'_> {
    Passage {
        text: Cow::Borrowed(text.get(range.clone()).unwrap_or_default()),
        origin: Origin::Slice(range.start),
        blanks,
        hint: Hint::default(),
    }
}

/// Takes the bullets away where nearly every line has one: captions that were set as a list.
fn strip_bullets(text: &str, lines: &mut [(Range<usize>, usize)]) -> bool {
    let bullet = |range: &Range<usize>| {
        text.get(range.clone()).and_then(|line| line.strip_prefix("• ")).map(str::trim_start)
    };
    let bulleted = lines.iter().filter(|(range, _)| bullet(range).is_some()).count();
    if bulleted < 8 || bulleted * 10 < lines.len() * 7 {
        return false;
    }
    for (range, blanks) in lines {
        if let Some(rest) = bullet(range) {
            *range = range.end - rest.len()..range.end;
            *blanks = 0;
        }
    }
    true
}

/// Whether lines break in mid-sentence here, at no width in particular: of the lines that another
/// one follows directly, many don't end a sentence and the next begins small.
fn is_run_on(text: &str, lines: &[(Range<usize>, usize)]) -> bool {
    let mut followed = 0;
    let mut broken = 0;
    for pair in lines.windows(2) {
        let [(range, _), (next, 0)] = pair else { continue };
        followed += 1;
        broken += usize::from(is_open(text, range) && begins_small(text, next));
    }
    broken > 2 && broken * 4 > followed
}

/// Whether a line ends without ending a sentence.
fn is_open(text: &str, range: &Range<usize>) -> bool {
    let line = text.get(range.clone()).unwrap_or_default();
    line.len() > 15 && !line.ends_with(['.', '?', '!', ':', '"', '”', ')', ']', '…'])
}

fn begins_small(text: &str, range: &Range<usize>) -> bool {
    text.get(range.clone()).is_some_and(|line| line.starts_with(char::is_lowercase))
}

/// Joins the lines of a text that breaks in mid-sentence.
fn run_on<'t>(text: &'t str, lines: &[(Range<usize>, usize)]) -> Vec<Passage<'t>> {
    let mut passages = Vec::new();
    let mut group: Vec<Range<usize>> = Vec::new();
    let mut group_blanks = 0;
    for (range, blanks) in lines {
        let line = text.get(range.clone()).unwrap_or_default();
        let goes_on = *blanks == 0
            && group.last().is_some_and(|last| {
                is_open(text, last)
                    && (begins_small(text, range) || !begins(line) || ends_in_role(text, last))
            });
        if !goes_on {
            passages.extend(joined(text, &group, group_blanks));
            group.clear();
            group_blanks = *blanks;
        }
        group.push(range.clone());
    }
    passages.extend(joined(text, &group, group_blanks));
    passages
}

/// Whether a line breaks off in a label: `BRYAN KUNE, Manager of Pilot Development,`.
fn ends_in_role(text: &str, range: &Range<usize>) -> bool {
    let line = text.get(range.clone()).unwrap_or_default();
    line.ends_with(',')
        && line.split(',').next().is_some_and(|name| is_half_label(name) && name.contains(' '))
}

/// The width at which the text was wrapped, if it was: most lines that another one follows directly
/// nearly fill it, and none is longer.
fn wrap_width(text: &str, lines: &[(Range<usize>, usize)]) -> Option<usize> {
    let count =
        |range: &Range<usize>| text.get(range.clone()).map_or(0, |line| line.chars().count());
    let longest = lines.iter().map(|(range, _)| count(range)).max()?;
    if !(40..=120).contains(&longest) {
        return None;
    }
    let mut followed = 0;
    let mut full = 0;
    let mut open = 0;
    for pair in lines.windows(2) {
        let [(range, _), (_, 0)] = pair else { continue };
        followed += 1;
        full += usize::from(count(range) * 10 >= longest * 7);
        let line = text.get(range.clone()).unwrap_or_default();
        open += usize::from(!line.ends_with(['.', '?', '!', ':', '"', '”', ')', ']']));
    }
    (followed >= 4 && full * 10 >= followed * 6 && open * 10 >= followed * 4).then_some(longest)
}

fn join<'t>(text: &'t str, lines: &[(Range<usize>, usize)], width: usize) -> Vec<Passage<'t>> {
    let mut passages: Vec<Passage<'t>> = Vec::new();
    let mut group: Vec<Range<usize>> = Vec::new();
    let mut group_blanks = 0;
    for (range, blanks) in lines {
        let line = text.get(range.clone()).unwrap_or_default();
        let short = group.last().is_some_and(|last| {
            let last = text.get(last.clone()).unwrap_or_default();
            last.chars().count() * 10 < width * 6
        });
        // `DINAH LEE, FLIGHT DIRECTOR AND AUTHOR OF` / `THREE BOOKS: A valve`
        let in_label = group.last().is_some_and(|last| {
            let last = text.get(last.clone()).unwrap_or_default();
            last.contains(", ")
                && !last.chars().any(char::is_lowercase)
                && last.ends_with(|c: char| c.is_alphanumeric() || c == ',')
        });
        if *blanks > 0 || short || begins(line) && !in_label {
            passages.extend(joined(text, &group, group_blanks));
            group.clear();
            group_blanks = *blanks;
        }
        group.push(range.clone());
    }
    passages.extend(joined(text, &group, group_blanks));
    passages
}

/// Whether a line begins something of its own, in a text that is wrapped.
fn begins(line: &str) -> bool {
    let brackets = bracket::outermost(line);
    let at = words_begin(line, &brackets);
    line.starts_with(">>")
        || line.starts_with('[') && at > 0
        || line.starts_with('(')
            && bracket::at(&brackets, 0).is_some_and(|pair| pair.end == line.len())
        || label::Label::scan(line, at, &brackets)
            .is_some_and(|label| label.case == label::Case::Capitals)
}

fn joined<'t>(text: &'t str, group: &[Range<usize>], blanks: usize) -> Option<Passage<'t>> {
    let (first, last) = (group.first()?, group.last()?);
    if group.len() == 1 {
        return Some(single(text, first.clone(), blanks));
    }
    let mut words = String::with_capacity(last.end - first.start);
    let mut pieces = Vec::with_capacity(group.len());
    for range in group {
        if !words.is_empty() {
            words.push(' ');
        }
        pieces.push((words.len(), range.start));
        words.push_str(text.get(range.clone()).unwrap_or_default());
    }
    Some(Passage {
        text: Cow::Owned(words),
        origin: Origin::Pieces(pieces, last.end),
        blanks,
        hint: Hint::default(),
    })
}
