//! The rights line: whose it is, who provided it, and what is said of its accuracy.

use std::ops::Range;

use crate::model::Rights;
use crate::prose::label::fold;
use crate::prose::phrases::Phrases;

/// A rights line in a passage.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    /// The line; empty where only a disclaimer stands here.
    pub(crate) line: Range<usize>,
    /// What is said of the transcript's accuracy, if it follows.
    pub(crate) disclaimer: Option<Range<usize>>,
}

impl Found {
    /// Where it ends.
    pub(crate) fn end(&self) -> usize {
        self.disclaimer.as_ref().map_or(self.line.end, |range| range.end)
    }
}

/// The rights line that begins at an offset: all the sentences that go on saying it.
pub(crate) fn at(text: &str, at: usize) -> Option<Found> {
    let rest = text.get(at..)?;
    let opens = opens(rest);
    if rest.starts_with(LICENSED) {
        // What else is said of the licence goes on to the end of the paragraph.
        return Some(Found { line: at..text.trim_end().len(), disclaimer: None });
    }
    if !opens && !is_disclaimer(first_sentence(rest)) {
        return None;
    }
    let mut line_end = at;
    let mut end = at;
    let mut disclaims = false;
    for sentence in sentences(text, at) {
        let words = text.get(sentence.clone()).unwrap_or_default();
        if is_disclaimer(words) {
            disclaims = true;
        } else if !goes_on(words) && (disclaims || !opens || sentence.start != at) {
            break;
        }
        end = sentence.end;
        if !disclaims {
            line_end = end;
        }
    }
    let disclaimer_start =
        line_end + text.get(line_end..end)?.len() - text.get(line_end..end)?.trim_start().len();
    let disclaimer = disclaims.then_some(disclaimer_start..end);
    Some(Found { line: at..line_end, disclaimer })
}

/// How a licence begins that stands in place of a copyright.
const LICENSED: &str = "The original content of this program is licensed";

/// Where a rights line begins within a passage, after its first words: glued to a turn or a cue.
pub(crate) fn within(text: &str, from: usize) -> Option<usize> {
    const LEADS: &[&str] = &[
        "Transcript provided by",
        "Copyright ",
        "Copyright\u{a0}",
        "Copyright©",
        "© ",
        "©1",
        "©2",
        "COPYRIGHT ",
        LICENSED,
    ];
    let rest = text.get(from..)?;
    STARTS.places(rest).map(|offset| from + offset).find(|at| {
        let here = text.get(*at..).unwrap_or_default();
        let before = text.get(..*at).unwrap_or_default().trim_end();
        let after_end = before.is_empty()
            || before.ends_with(['.', '?', '!', ')', ']', '"', '”', '-', '—', '…', ':', '’', '\'']);
        after_end && LEADS.iter().any(|lead| here.starts_with(lead)) && opens(here)
    })
}

/// How the [`LEADS`](within) begin, whatever their case.
static STARTS: Phrases =
    Phrases::new(&["transcript provided by", "copyright", "©", "the original content of this"]);

/// Reads what a rights line says.
pub(crate) fn read(line: &str) -> Rights {
    let line = if line.contains('\n') { fold(line) } else { line.trim().to_owned() };
    let provider = line
        .split_once("provided by ")
        .map(|(_, rest)| rest.split([',', '.', ';']).next().unwrap_or_default().trim().to_owned())
        .filter(|provider| !provider.is_empty());
    let mark = ["Copyright", "COPYRIGHT", "copyright", "©", "(c)", "(C)"]
        .into_iter()
        .filter_map(|mark| line.find(mark).map(|at| (at, mark.len())))
        .min();
    let mut year = None;
    let mut holder = None;
    if let Some((at, length)) = mark {
        let mut rest = line.get(at + length..).unwrap_or_default();
        loop {
            rest = rest.trim_start_matches(|c: char| {
                c.is_whitespace() || matches!(c, '©' | '®' | ',' | '-' | '–' | ':')
            });
            if let Some(after) =
                ["(c)", "(C)", "Copyright", "by "].into_iter().find_map(|w| rest.strip_prefix(w))
            {
                rest = after;
                continue;
            }
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            match rest.get(..digits).and_then(|number| number.parse::<i16>().ok()) {
                Some(number) if digits == 4 => {
                    year = Some(number);
                    rest = rest.get(4..).unwrap_or_default();
                }
                _ => break,
            }
        }
        let end = sentence_end(rest);
        let name = rest.get(..end).unwrap_or_default();
        let name = name.split(" All rights").next().unwrap_or(name);
        let name = name.split(" All Rights").next().unwrap_or(name);
        let (name, own_year) = split_year(name);
        year = year.or(own_year);
        let name = name.trim().trim_end_matches(['.', ',', '®', '™', ' ']);
        holder = (!name.is_empty()).then(|| name.to_owned());
    }
    Rights { line, holder, provider, year, disclaimer: None, place: None }
}

/// Whether a text begins a rights line.
pub(crate) fn opens(text: &str) -> bool {
    let text = text.trim_start_matches(['[', '(', '-', ' ', '*']);
    if !text.starts_with(['T', 't', 'C', 'c', '©']) {
        return false;
    }
    let lower: String = text.chars().take(90).flat_map(char::to_lowercase).collect();
    if lower.starts_with("transcript provided by") || lower.starts_with("transcripts provided by") {
        return true;
    }
    if lower.starts_with("the original content of this program is licensed") {
        return true;
    }
    let Some(rest) = lower.strip_prefix("copyright").or_else(|| lower.strip_prefix('©')) else {
        return false;
    };
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '©' | ':' | ','));
    let rest = rest.strip_prefix("(c)").unwrap_or(rest).trim_start();
    // `Copyright law is on his side` is no rights line.
    rest.starts_with(|c: char| c.is_ascii_digit())
        || lower.starts_with('©')
        || lower.contains('©')
        || text.chars().skip(9).find(|c| c.is_alphabetic()).is_some_and(char::is_uppercase)
}

/// Whether a sentence speaks of how far a transcript can be relied on.
pub(crate) fn is_disclaimer(sentence: &str) -> bool {
    DISCLAIMERS.are_in(sentence)
}

static DISCLAIMERS: Phrases = Phrases::new(&[
    "transcripts are created on a rush",
    "transcript was created by a contractor",
    "transcripts are created by",
    "accuracy and availability",
    "authoritative record",
    "considered the authoritative",
    "transcript text may be revised",
    "may be edited after its original",
    "has not verified its accuracy",
    "text may not be in its final form",
    "programming is the audio",
    "using a proprietary transcription process",
]);

/// Whether a sentence goes on with what a rights line says.
fn goes_on(sentence: &str) -> bool {
    sentence.len() < 500 && GOES_ON.are_in(sentence)
}

static GOES_ON: Phrases = Phrases::new(&[
    "all rights reserved",
    "terms of use",
    "to see more",
    "for personal",
    "noncommercial",
    "permission",
    "attribution",
    "reproduced",
    "copyright",
    "for research use",
    "www.",
    "http",
    "prior written",
    "may not be quoted",
    "further information",
    "licensed under",
    "for other uses",
    "visit our website",
    "no quotes from",
]);

fn first_sentence(text: &str) -> &str {
    sentences(text, 0).next().and_then(|range| text.get(range)).unwrap_or_default()
}

/// The sentences from an offset on.
fn sentences(text: &str, from: usize) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = from;
    std::iter::from_fn(move || {
        let rest = text.get(at..)?;
        let start = at + rest.len() - rest.trim_start().len();
        let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
        let end = start + sentence_end(rest);
        at = end;
        Some(start..end)
    })
}

/// Where the first sentence of a text ends, its full stop included.
fn sentence_end(text: &str) -> usize {
    const SHORT: &[&str] =
        &["inc", "co", "corp", "ltd", "st", "u.s", "no", "vs", "mr", "ms", "mrs", "dr"];
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find(['.', '\n'])) {
        let at = from + at;
        let after = text.get(at + 1..).unwrap_or_default();
        if text.as_bytes().get(at) == Some(&b'\n') {
            return at;
        }
        let word = text
            .get(..at)
            .unwrap_or_default()
            .rsplit(|c: char| c.is_whitespace())
            .next()
            .unwrap_or_default();
        let is_short = SHORT.contains(&word.to_lowercase().trim_start_matches('('));
        let next = after.trim_start().chars().next();
        let glued = !after.starts_with(char::is_whitespace)
            && next.is_some_and(|c| c.is_lowercase() || c.is_ascii_digit() || c == '/');
        if !glued && (!is_short || next.is_none()) {
            return at + 1;
        }
        from = at + 1;
    }
    text.len()
}

/// `Historical Society, 1988` as name and year.
fn split_year(name: &str) -> (&str, Option<i16>) {
    let Some((before, last)) = name.trim_end().rsplit_once([',', ' ']) else { return (name, None) };
    match last.trim().trim_end_matches('.').parse::<i16>() {
        Ok(year) if (1900..2200).contains(&year) => (before.trim_end_matches(','), Some(year)),
        _ => (name, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_are_read() {
        for (line, holder, provider, year) in [
            ("Transcript provided by NPR, Copyright NPR.", "NPR", Some("NPR"), None),
            (
                "Copyright 2020 NPR. To see more, visit https://www.npr.org.",
                "NPR",
                None,
                Some(2020),
            ),
            ("Copyright © 2019 NPR. All rights reserved. Visit our", "NPR", None, Some(2019)),
            (
                "Copyright ©2008 National Public Radio®. For personal, noncommercial use only.",
                "National Public Radio",
                None,
                Some(2008),
            ),
            (
                "© 1996 - 2022 Someone's Productions LLC. All Rights Reserved.",
                "Someone's Productions LLC",
                None,
                Some(2022),
            ),
            (
                "© Brack County Society, 1988. For research use only.",
                "Brack County Society",
                None,
                Some(1988),
            ),
            ("Copyright 2025 KXYZ", "KXYZ", None, Some(2025)),
        ] {
            let rights = read(line);
            assert_eq!(rights.holder.as_deref(), Some(holder), "{line}");
            assert_eq!(rights.provider.as_deref(), provider, "{line}");
            assert_eq!(rights.year, year, "{line}");
        }
    }

    #[test]
    fn line_and_disclaimer_come_apart() {
        let text = "Copyright © 2019 NPR. All rights reserved. Visit our website terms of use at www.npr.org for further information. NPR transcripts are created on a rush deadline by a contractor. This text may not be in its final form. Tags News";
        let found = at(text, 0).unwrap();
        assert!(text[found.line.clone()].ends_with("information."));
        assert!(text[found.disclaimer.unwrap()].ends_with("final form."));
    }

    #[test]
    fn glued_lines_are_found() {
        let text = "Thank you, Osric.Transcript provided by NPR, Copyright NPR.";
        assert_eq!(within(text, 0), Some(17));
        assert_eq!(within("The Copyright Office said so. Copyright law is old.", 0), None);
    }
}
