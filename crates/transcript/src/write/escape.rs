//! What may stand where: white space, control characters, and each form's own marks.

use super::missing::{Missing, Thing};

/// Appends words as they can stand in any text form: line breaks within them become spaces, and a
/// control character, which XML and HTML forbid, becomes U+FFFD and is counted.
pub(crate) fn push_plain(out: &mut String, words: &str, missing: &mut Missing) {
    push(out, words, missing, |out, letter| out.push(letter));
}

/// Appends words to HTML or XML, as text or within a quoted attribute.
pub(crate) fn push_markup(out: &mut String, words: &str, missing: &mut Missing) {
    push(out, words, missing, |out, letter| match letter {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '"' => out.push_str("&quot;"),
        // A browser reads a no-break space that is written plainly, but an editor can't see it.
        '\u{a0}' => out.push_str("&#160;"),
        _ => out.push(letter),
    });
}

/// Appends words to a WebVTT caption (<https://www.w3.org/TR/webvtt1/#webvtt-cue-text>): `&`, `<`
/// and `>` are escaped, so that no `-->` can stand there.
pub(crate) fn push_caption(out: &mut String, words: &str, missing: &mut Missing) {
    push(out, words, missing, |out, letter| match letter {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        _ => out.push(letter),
    });
}

/// Appends words to Markdown (CommonMark 0.31, section 2.4): what could be read as a mark gets a
/// backslash. What is a mark only where a line begins is escaped there only, lest every full stop
/// carry one.
pub(crate) fn push_markdown(out: &mut String, words: &str, missing: &mut Missing) {
    let mut digits = true;
    let mut begins = true;
    push(out, words.trim(), missing, |out, letter| {
        let marks = match letter {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '#' | '|' | '~' | '$' => true,
            '+' | '-' | '=' | ':' => begins,
            '.' | ')' => digits && !begins,
            _ => false,
        };
        if marks {
            out.push('\\');
        }
        out.push(letter);
        begins = false;
        digits &= letter.is_ascii_digit();
    });
}

/// The words without line breaks and control characters.
pub(crate) fn plain(words: &str, missing: &mut Missing) -> String {
    let mut out = String::with_capacity(words.len());
    push_plain(&mut out, words, missing);
    out
}

fn push(
    out: &mut String,
    words: &str,
    missing: &mut Missing,
    mut put: impl FnMut(&mut String, char),
) {
    let mut space = false;
    for letter in words.chars() {
        let breaks = matches!(
            letter,
            '\n' | '\r' | '\t' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}'
        );
        if breaks {
            if !space {
                put(out, ' ');
            }
            space = true;
            continue;
        }
        space = letter == ' ';
        if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') {
            missing.add(Thing::Characters, 1);
            put(out, '\u{fffd}');
        } else {
            put(out, letter);
        }
    }
}
