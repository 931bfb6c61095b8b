//! The text of a caption: tags and entities.

use crate::model::{Millis, TimeSpan, Word};
use crate::timed::clock;
use crate::timed::segment::Who;

/// A stretch of a caption that one voice says in one language.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Span {
    /// Who says it, if a voice span tells.
    pub(crate) who: Who,
    /// The language, if a language span tells.
    pub(crate) language: Option<String>,
    /// The text.
    pub(crate) text: String,
    /// Its pieces in time, where timestamps stand within (WebVTT, section 5.1, "cue timestamp").
    pub(crate) words: Vec<Word>,
}

/// Takes the text of a WebVTT cue, or of a SubRip one with its few tags, apart. Unknown tags are
/// dropped; a `<` that begins none is text.
pub(crate) fn spans(text: &str, time: Option<TimeSpan>) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut who = Who::InWords;
    let mut languages: Vec<String> = Vec::new();
    let mut stamp: Option<Millis> = None;
    let mut since = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let close =
            rest.strip_prefix('<').and_then(|inner| inner.find('>')).filter(|close| *close < 300);
        if let Some(close) = close {
            let tag = rest.get(1..close + 1).unwrap_or_default().trim();
            rest = rest.get(close + 2..).unwrap_or_default();
            let (name, value) = tag.split_once(|c: char| c.is_whitespace()).unwrap_or((tag, ""));
            let name = name.split('.').next().unwrap_or_default();
            match name {
                "v" => {
                    who = Who::named(Some(&decode(value)), Who::InWords);
                    spans.push(Span {
                        who: who.clone(),
                        language: languages.last().cloned(),
                        ..Span::default()
                    });
                    since = 0;
                }
                "/v" => {
                    who = Who::InWords;
                    spans.push(Span { language: languages.last().cloned(), ..Span::default() });
                    since = 0;
                }
                "lang" | "/lang" => {
                    if name == "lang" {
                        languages.push(value.trim().to_owned())
                    } else {
                        languages.pop().unwrap_or_default().clear()
                    }
                    spans.push(Span {
                        who: who.clone(),
                        language: languages.last().cloned(),
                        ..Span::default()
                    });
                    since = 0;
                }
                _ => {
                    if let Some(at) = clock(tag) {
                        end_word(
                            &mut spans,
                            &mut since,
                            stamp.or(time.map(|time| time.start)),
                            Some(at),
                        );
                        stamp = Some(at);
                    } else if !is_tag(name) {
                        push(&mut spans, &who, &format!("<{tag}>"));
                    }
                }
            }
            continue;
        }
        let skip = usize::from(rest.starts_with('<'));
        let next =
            rest.get(skip..).and_then(|inner| inner.find('<')).map_or(rest.len(), |at| at + skip);
        let piece = rest.get(..next).unwrap_or_default();
        push(&mut spans, &who, &decode(&without_override(piece)));
        rest = rest.get(next..).unwrap_or_default();
    }
    if stamp.is_some() {
        end_word(&mut spans, &mut since, stamp, time.and_then(|time| time.end));
    }
    spans.retain(|span| !span.text.trim().is_empty());
    spans
}

/// Adds text to the span that is open.
fn push(spans: &mut Vec<Span>, who: &Who, text: &str) {
    match spans.last_mut() {
        Some(span) => span.text.push_str(text),
        None => spans.push(Span { who: who.clone(), text: text.to_owned(), ..Span::default() }),
    }
}

fn end_word(spans: &mut [Span], since: &mut usize, start: Option<Millis>, end: Option<Millis>) {
    let (Some(span), Some(start)) = (spans.last_mut(), start) else { return };
    let said = span.text.get(*since..).unwrap_or_default().trim().to_owned();
    *since = span.text.len();
    if !said.is_empty() {
        span.words.push(Word { text: said, time: TimeSpan::new(start, end), confidence: None });
    }
}

fn is_tag(name: &str) -> bool {
    let name = name.trim_start_matches('/').trim_end_matches('/').to_lowercase();
    matches!(
        name.as_str(),
        "i" | "b"
            | "u"
            | "c"
            | "s"
            | "font"
            | "ruby"
            | "rt"
            | "em"
            | "strong"
            | "br"
            | "span"
            | "p"
    )
}

/// Without SubStation's overrides: `{\an8}`.
fn without_override(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("{\\") {
        let Some(close) = rest.get(at..).and_then(|inner| inner.find('}')) else { break };
        kept.push_str(rest.get(..at).unwrap_or_default());
        rest = rest.get(at + close + 1..).unwrap_or_default();
    }
    kept.push_str(rest);
    kept
}

/// Decodes the entities that captions and feeds leave in their text.
pub(crate) fn decode(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        decoded.push_str(rest.get(..at).unwrap_or_default());
        let entity = rest.get(at + 1..).unwrap_or_default();
        let close = entity.bytes().take(12).position(|b| b == b';');
        let letter = close.and_then(|close| letter(entity.get(..close)?));
        match (letter, close) {
            (Some(letter), Some(close)) => {
                decoded.push_str(letter.as_str());
                rest = entity.get(close + 1..).unwrap_or_default();
            }
            _ => {
                decoded.push('&');
                rest = entity;
            }
        }
    }
    decoded.push_str(rest);
    decoded
}

fn letter(name: &str) -> Option<String> {
    let known = match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        "nbsp" => "\u{a0}",
        "lrm" => "\u{200e}",
        "rlm" => "\u{200f}",
        "mdash" => "—",
        "ndash" => "–",
        "hellip" => "…",
        "rsquo" => "’",
        "lsquo" => "‘",
        "rdquo" => "”",
        "ldquo" => "“",
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            return char::from_u32(code).map(String::from);
        }
    };
    Some(known.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn voices_and_tags_come_apart() {
        let found = spans("<v.loud Tob Wren>It <c.y>costs</c> &lt;9&gt;.</v> <v Esme>2 < 3?", None);
        let found: Vec<(Who, &str)> =
            found.iter().map(|span| (span.who.clone(), span.text.trim())).collect();
        assert_eq!(
            found,
            [
                (Who::Named("Tob Wren".to_owned()), "It costs <9>."),
                (Who::Named("Esme".to_owned()), "2 < 3?")
            ]
        );
    }

    #[test]
    fn entities_decode_once() {
        assert_eq!(decode("&amp;lt; &#39;a&#x27; &bogus; &"), "&lt; 'a' &bogus; &");
    }
}
