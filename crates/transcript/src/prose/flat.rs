//! Pages that a crawl has flattened to one line, cut into the lines they once had.

use crate::prose::label::{Label, blank};
use crate::prose::layout::Kind;
use crate::prose::passage::{Hint, Passage};
use crate::prose::roster::{Roster, within};
use crate::prose::{bracket, chrome, date, header, remark, rights, tail};

/// Passages longer than this may be several lines.
const LONG: usize = 500;

/// How far a page's head and each of its lines may reach, in bytes.
const REACH: usize = 400;

/// Cuts the long passages of a flattened text at what used to be lines of the page: player,
/// headline, byline, date, sharing in front of the first label, tags and bios behind the rights
/// line. Where the words of one speaker begin is for [`pieces`](super::piece::pieces) to find.
pub(crate) fn unflatten<'t>(passages: Vec<Passage<'t>>) -> Vec<Passage<'t>> {
    let passages = dated(passages);
    if passages.len() > 12 || !passages.iter().any(|passage| passage.text.len() > LONG) {
        return passages;
    }
    let roster = Roster::of(&passages);
    if !roster.is_flattened() {
        return passages;
    }
    let mut cut = Vec::new();
    for passage in passages {
        if passage.text.len() <= LONG || passage.hint != Hint::default() {
            cut.push(passage);
            continue;
        }
        let cuts = cuts(&passage.text, &roster);
        cut.extend(slices(&passage, &cuts));
    }
    cut
}

/// `date 2020-06-03 STEVE, HOST:`: the date that a crawl put in front of the first line.
fn dated(mut passages: Vec<Passage<'_>>) -> Vec<Passage<'_>> {
    let Some(first) = passages.first() else { return passages };
    let length = first.text.len();
    let end = first
        .text
        .strip_prefix("date ")
        .and_then(|rest| rest.split_whitespace().next())
        .filter(|day| day.len() == 10 && date::published(day).is_some())
        .map(|day| 5 + day.len());
    if let Some(end) = end.filter(|end| *end < length) {
        let (head, mut rest) = (first.slice(0, end), first.slice(end, length));
        rest.blanks = 1;
        passages.splice(0..1, [head, rest]);
    }
    passages
}

fn cuts(text: &str, roster: &Roster) -> Vec<usize> {
    let mut cuts = Vec::new();
    let brackets = bracket::outermost(text);
    let first = first_speech(text, roster);
    let head_end = first.unwrap_or(text.len()).min(4 * REACH);
    head(text, floor(text, head_end), &mut cuts);
    cuts.extend(first);
    let labels: Vec<usize> = within(text, &brackets, 0)
        .into_iter()
        .filter(|label| roster.takes_within(label, text))
        .map(|label| label.span.start)
        .collect();
    let mut from = 0;
    while let Some(at) = rights::within(text, from) {
        let Some(found) = rights::at(text, at) else { break };
        let end = found.end();
        let glued_to = bracket::around(&brackets, at).is_some();
        if end <= at || glued_to {
            break;
        }
        if end < text.len() {
            cuts.push(end);
            let next = labels.partition_point(|label| *label < end);
            foot(text, end, labels.get(next).copied().unwrap_or(text.len()), &mut cuts);
        }
        from = end;
    }
    cuts.sort_unstable();
    cuts.dedup();
    cuts
}

/// Where the first label stands, or the printed time or cue right in front of it.
fn first_speech(text: &str, roster: &Roster) -> Option<usize> {
    let brackets = bracket::outermost(text);
    let label =
        within(text, &brackets, 0).into_iter().find(|label| roster.takes_within(label, text));
    // In a flattened head no sentence ends in front of the first label: look for the words in
    // capitals themselves.
    let bare = memchr::memchr_iter(b':', text.as_bytes())
        .take(60)
        .find_map(|colon| run_before(text, &brackets, colon, roster));
    let label = label.map(|label| label.span.start);
    // Of two that end at the same colon the later one has no headline in it.
    let mut at = match (label, bare) {
        (Some(one), Some(other))
            if one < other
                && text.get(one..other).is_some_and(|between| !between.contains(':')) =>
        {
            other
        }
        (one, other) => one.into_iter().chain(other).min()?,
    };
    let above = |at: usize| {
        let pair = brackets.get(brackets.partition_point(|pair| pair.end <= at).checked_sub(1)?)?;
        text.get(pair.end..at)?.trim().is_empty().then_some(pair)
    };
    while let Some(pair) = above(at) {
        at = pair.start;
    }
    Some(at)
}

/// The start of the longest label in capitals that ends at a colon, whatever stands before it.
fn run_before(
    text: &str,
    brackets: &[std::ops::Range<usize>],
    colon: usize,
    roster: &Roster,
) -> Option<usize> {
    let low = floor(text, colon.saturating_sub(160));
    let window = text.get(low..colon)?;
    let starts = window.char_indices().filter(|(at, _)| {
        *at == 0 || window.get(..*at).is_some_and(|before| before.ends_with(char::is_whitespace))
    });
    for (offset, letter) in starts {
        if !letter.is_uppercase() {
            continue;
        }
        let at = low + offset;
        let Some(label) = Label::scan(text, at, brackets) else { continue };
        let name = label.head(text);
        if label.end > colon && label.span.end <= colon && roster.knows(&label, text) {
            return Some(at);
        }
        let in_capitals =
            !name.chars().any(char::is_lowercase) && name.split_whitespace().count() > 1;

        if label.end > colon
            && label.span.end <= colon
            && in_capitals
            && !label.role(text).is_empty()
            && roster.takes(&label, text)
        {
            return Some(at);
        }
    }
    None
}

/// The lines of a page's head.
fn head(text: &str, end: usize, cuts: &mut Vec<usize>) {
    let mut at = 0;
    loop {
        let rest = text.get(at..end).unwrap_or_default();
        let skipped = blank(rest);
        if let Some(length) = leading(rest.trim_start()) {
            at += skipped + length;
            cuts.push(at);
            continue;
        }
        let Some((from, to)) = dateline(text, at, end) else { break };
        title(text, at, from, cuts);
        cuts.extend([from, to]);
        at = to;
    }
    let rest = text.get(at..end).unwrap_or_default();
    if let Some((offset, _)) = rest.char_indices().find(|(offset, _)| {
        rest.get(..*offset).is_some_and(|before| before.ends_with(' '))
            && rest.get(*offset..).is_some_and(|rest| remark::of(rest).is_some())
    }) {
        cuts.push(at + offset);
    }
}

/// The longest beginning that is a line of the page around the story.
fn leading(rest: &str) -> Option<usize> {
    let mut longest = None;
    for (at, _) in rest
        .char_indices()
        .filter(|(_, letter)| letter.is_whitespace())
        .chain(std::iter::once((rest.len(), ' ')))
        .take(40)
    {
        let start = rest.get(..at)?;
        if at > REACH {
            break;
        }
        let is_length =
            matches!(header::listen(start), Some(Kind::Listen(_, after)) if after >= start.len());
        if !start.is_empty() && (chrome::of(start).is_some() || is_length) {
            longest = Some(at);
        }
    }
    longest
}

/// The date line in a range.
fn dateline(text: &str, from: usize, end: usize) -> Option<(usize, usize)> {
    let range = text.get(from..end)?;
    for lead in ["Published ", "Aired ", "Posted "] {
        let Some(offset) = range.find(lead) else { continue };
        let rest = range.get(offset..)?;
        let mut longest = None;
        for (at, _) in rest
            .char_indices()
            .filter(|(_, letter)| letter.is_whitespace())
            .chain(std::iter::once((rest.len(), ' ')))
            .take(14)
        {
            if rest.get(..at).is_some_and(date::is_dateline) {
                longest = Some(at);
            }
        }
        if let Some(length) = longest {
            return Some((from + offset, from + offset + length));
        }
    }
    None
}

/// Programme, headline and byline in front of the date.
fn title(text: &str, from: usize, to: usize, cuts: &mut Vec<usize>) {
    let range = text.get(from..to).unwrap_or_default();
    if let Some(bar) = range.find(" | By ") {
        let start = range
            .get(..bar)
            .and_then(|before| before.rfind(char::is_whitespace))
            .map_or(0, |at| at + 1);
        cuts.push(from + start);
    } else if let Some(by) = range
        .rfind(" By ")
        .filter(|by| header::byline(range.get(by + 1..).unwrap_or_default()).is_some())
    {
        cuts.push(from + by + 1);
    }
    // `MORNING LEDGER Rail Talks Collapse`: the programme in capitals, then the headline.
    let mut end = 0;
    let mut count = 0;
    for word in range.split_inclusive(char::is_whitespace) {
        let bare = word.trim();
        if bare.chars().any(char::is_lowercase)
            || bare.chars().filter(|c| c.is_alphabetic()).count() < 2
                && !bare.is_empty()
                && count == 0
        {
            break;
        }
        end += word.len();
        count += usize::from(!bare.is_empty());
    }
    if count > 0 && end < range.len() && count < 8 {
        cuts.push(from + end);
    }
}

/// The lines behind a rights line: tags, bios, links, pleas.
fn foot(text: &str, from: usize, to: usize, cuts: &mut Vec<usize>) {
    let range = text.get(from..to).unwrap_or_default();
    for lead in ["Tags ", "See stories by ", "Stay Connected", "Related Stories", "Related Content"]
    {
        for (offset, _) in range.match_indices(lead).take(20) {
            cuts.push(from + offset);
            if lead == "Tags " {
                cuts.push(from + offset + 5);
            }
        }
    }
    let mut at = 0;
    while let Some(length) = leading(range.get(at..).unwrap_or_default().trim_start()) {
        at += blank(range.get(at..).unwrap_or_default()) + length;
        cuts.push(from + at);
    }
    // A name and what bios say of it; a name after `See stories by` ends with it.
    let words: Vec<(usize, &str)> = words(range).collect();
    for (index, (offset, _)) in words.iter().enumerate() {
        let name: Vec<&str> = words
            .iter()
            .skip(index)
            .take(4)
            .map(|(_, word)| *word)
            .take_while(|word| word.starts_with(char::is_uppercase))
            .collect();
        let verb = words.get(index + name.len()).map(|(_, word)| *word).unwrap_or_default();
        let begins = index == 0
            || words.get(index - 1).is_some_and(|(_, before)| {
                !before.starts_with(char::is_uppercase)
                    || before.ends_with(['.', '!'])
                    || name.len() == 2
            });
        if (2..=3).contains(&name.len()) && tail::is_verb(verb) && begins {
            cuts.push(from + offset);
        }
    }
    for (offset, _) in range.match_indices("See stories by ").take(20) {
        let names: usize = words
            .iter()
            .filter(|(at, _)| *at >= offset + 15)
            .take(2)
            .map(|(at, word)| at + word.len())
            .last()
            .unwrap_or(range.len());
        cuts.push(from + names);
    }
}

/// The words of a text and where each begins.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> + '_ {
    let mut at = 0;
    text.split_inclusive(char::is_whitespace).filter_map(move |piece| {
        let start = at;
        at += piece.len();
        let word = piece.trim_end();
        (!word.is_empty()).then_some((start, word))
    })
}

/// The start of a letter at or before an offset.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn slices<'t>(passage: &Passage<'t>, cuts: &[usize]) -> Vec<Passage<'t>> {
    let mut found = Vec::new();
    let mut from = 0;
    for cut in cuts.iter().copied().chain(std::iter::once(passage.text.len())) {
        let Some(words) = passage.text.get(from..cut) else { continue };
        let trimmed = words.trim();
        if !trimmed.is_empty() {
            let start = from + blank(words);
            found.push(Passage {
                blanks: if found.is_empty() { passage.blanks } else { 1 },
                ..passage.slice(start, start + trimmed.len())
            });
        }
        from = cut;
    }
    found
}
