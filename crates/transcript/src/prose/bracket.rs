//! Which bracket closes which, nested ones too, in one pass.

use std::ops::Range;

/// The bracketed stretches of a text, brackets included, outermost only, in order.
///
/// Round and square brackets nest in one another (`(SOUNDBITE OF X'S "HIDE (RAW)")`). One that
/// never closes is no stretch; what it holds may still be.
pub(crate) fn outermost(text: &str) -> Vec<Range<usize>> {
    if memchr::memchr2(b'(', b'[', text.as_bytes()).is_none() {
        return Vec::new();
    }
    let mut open: Vec<(usize, u8)> = Vec::new();
    let mut pairs: Vec<Range<usize>> = Vec::new();
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'[' => open.push((at, byte)),
            b')' | b']' => {
                let wanted = if byte == b')' { b'(' } else { b'[' };
                if open.last().is_some_and(|(_, kind)| *kind == wanted)
                    && let Some((start, _)) = open.pop()
                {
                    while pairs.last().is_some_and(|inner| inner.start > start) {
                        pairs.pop();
                    }
                    pairs.push(start..at + 1);
                }
            }
            _ => {}
        }
    }
    pairs
}

/// The stretch that begins at `at`.
pub(crate) fn at(pairs: &[Range<usize>], at: usize) -> Option<Range<usize>> {
    let index = pairs.partition_point(|pair| pair.start < at);
    pairs.get(index).filter(|pair| pair.start == at).cloned()
}

/// The stretch that holds `at`, if it isn't where that stretch begins.
pub(crate) fn around(pairs: &[Range<usize>], at: usize) -> Option<Range<usize>> {
    let index = pairs.partition_point(|pair| pair.start < at);
    pairs.get(index.checked_sub(1)?).filter(|pair| pair.end > at).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_brackets_are_one_stretch() {
        let text = "(SOUNDBITE OF A BAND'S \"HIDE (RAW) [2]\") and (more) (open";
        let found: Vec<&str> = outermost(text).into_iter().map(|pair| &text[pair]).collect();
        assert_eq!(found, ["(SOUNDBITE OF A BAND'S \"HIDE (RAW) [2]\")", "(more)"]);
    }

    #[test]
    fn a_bracket_that_never_closes_hides_nothing() {
        let text = "(((a) (b)";
        let found: Vec<&str> = outermost(text).into_iter().map(|pair| &text[pair]).collect();
        assert_eq!(found, ["(a)", "(b)"]);
    }

    #[test]
    fn the_stretch_around_a_place_is_found() {
        let pairs = outermost("ab (cd) ef");
        assert_eq!(around(&pairs, 5), Some(3..7));
        assert_eq!(around(&pairs, 3), None);
        assert_eq!(around(&pairs, 8), None);
        assert_eq!(at(&pairs, 3), Some(3..7));
    }
}
