//! Tags with more attributes than any page has.

use std::borrow::Cow;

/// How many attributes a tag may have. Real ones have fewer than fifty; the tokenizer compares each
/// with all in front of it, so that a hundred thousand would take minutes.
const MOST: usize = 256;

/// A page in which tags have at most [`MOST`] attributes: what goes on is blank, so that everything
/// keeps its place.
pub(super) fn few(page: &str) -> Cow<'_, str> {
    let bytes = page.as_bytes();
    let mut blanks: Vec<std::ops::Range<usize>> = Vec::new();
    let mut from = 0;
    while let Some(found) = memchr::memchr(b'<', bytes.get(from..).unwrap_or_default()) {
        let start = from + found + 1;
        if !bytes.get(start).is_some_and(u8::is_ascii_alphabetic) {
            from = start;
            continue;
        }
        let (end, over) = tag(bytes, start);
        blanks.extend(over.map(|over| over..end));
        from = end;
    }
    if blanks.is_empty() {
        return Cow::Borrowed(page);
    }
    let mut kept = String::with_capacity(page.len());
    let mut from = 0;
    for blank in blanks {
        kept.push_str(page.get(from..blank.start).unwrap_or_default());
        kept.extend(std::iter::repeat_n(' ', blank.len()));
        from = blank.end;
    }
    kept.push_str(page.get(from..).unwrap_or_default());
    Cow::Owned(kept)
}

/// Where a tag ends (at its `>`, or at the end of the page), and where its attributes become too
/// many.
fn tag(bytes: &[u8], start: usize) -> (usize, Option<usize>) {
    let mut quote = None;
    let mut last = b'<';
    let mut count = 0;
    let mut over = None;
    for (at, byte) in bytes.iter().copied().enumerate().skip(start) {
        match (quote, byte) {
            (Some(own), byte) => {
                if byte == own {
                    quote = None;
                }
            }
            // A quote elsewhere is a part of a name.
            (None, b'"' | b'\'') if last == b'=' => quote = Some(byte),
            (None, b'>') => return (at, over),
            (None, byte) => {
                let begins =
                    (last.is_ascii_whitespace() || last == b'/' || matches!(last, b'"' | b'\''))
                        && !byte.is_ascii_whitespace();
                count += usize::from(begins);
                if count > MOST && over.is_none() {
                    over = Some(at);
                }
            }
        }
        if !(byte.is_ascii_whitespace() && last == b'=') {
            last = byte;
        }
    }
    (bytes.len(), over)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_too_many_are_blank() {
        let usual = "<p class=\"a b > c\" data-x='1 2 3'>Text with = \" and < signs</p>";
        assert_eq!(few(usual), usual);
        let many = format!("<p {}>text</p>", "é=\"a b\" ".repeat(5000));
        let kept = few(&many);
        assert_eq!(kept.len(), many.len());
        assert_eq!(kept.matches('é').count(), MOST);
        assert!(kept.ends_with(">text</p>"));
    }
}
