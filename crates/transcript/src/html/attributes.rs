//! Tags with more attributes than any page has.

use std::borrow::Cow;

/// How many attributes a tag may have. Real ones have fewer than fifty; the tokenizer compares each
/// with all in front of it, so that a hundred thousand would take minutes.
const MOST: usize = 256;

/// Follows the tokenizer through a page, and leaves out of its tags the attributes beyond
/// [`MOST`]. Scripts and comments, in which a `<` is no tag's, stay as they are.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    within: Within,
    tag: Tag,
}

/// What the tokenizer is in where a piece begins.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Within {
    /// Text, be it a script's.
    #[default]
    Text,
    /// A tag: a quoted `>` or `<` has ended a piece.
    Tag,
    /// A comment.
    Comment,
}

impl Attributes {
    /// What the tokenizer is to read of the piece that comes next. A piece has a `<` only where it
    /// begins. `raw` where a script's or a title's text is read, in
    /// which only end tags are tags.
    pub(super) fn pass<'p>(&mut self, piece: &'p str, raw: bool) -> Cow<'p, str> {
        if self.within == Within::Text {
            if begins_tag(piece, raw) {
                self.within = Within::Tag;
                self.tag = Tag::default();
            } else if piece.starts_with("<!--") && !raw {
                self.within = Within::Comment;
            }
        }
        if self.within == Within::Tag { self.tag.few(piece) } else { Cow::Borrowed(piece) }
    }

    /// The tokenizer has said what it had read: the tag or comment is at its end.
    pub(super) fn said(&mut self) {
        self.within = Within::Text;
    }
}

fn begins_tag(piece: &str, raw: bool) -> bool {
    let Some(rest) = piece.strip_prefix('<') else { return false };
    let name = rest.strip_prefix('/').or((!raw).then_some(rest));
    name.is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// How far a tag has been read.
#[derive(Debug, Default)]
struct Tag {
    quote: Option<u8>,
    last: u8,
    count: usize,
}

impl Tag {
    /// A piece of the tag without what is too much, but with the `>` that ends the tag, and what is
    /// behind.
    fn few<'p>(&mut self, piece: &'p str) -> Cow<'p, str> {
        let mut over = (self.count > MOST).then_some(0);
        for (at, byte) in piece.bytes().enumerate() {
            match (self.quote, byte) {
                (Some(own), byte) => {
                    if byte == own {
                        self.quote = None;
                    }
                }
                // A quote elsewhere is a part of a name.
                (None, b'"' | b'\'') if self.last == b'=' => self.quote = Some(byte),
                (None, b'>') => {
                    let kept = over.and_then(|over| piece.get(..over));
                    let behind = piece.get(at..).unwrap_or_default();
                    return kept
                        .map_or(Cow::Borrowed(piece), |kept| Cow::Owned(kept.to_owned() + behind));
                }
                (None, byte) => {
                    let begins = (self.last.is_ascii_whitespace()
                        || matches!(self.last, b'/' | b'"' | b'\''))
                        && !byte.is_ascii_whitespace();
                    self.count += usize::from(begins);
                    if self.count > MOST {
                        over = over.or(Some(at));
                    }
                }
            }
            if !(byte.is_ascii_whitespace() && self.last == b'=') {
                self.last = byte;
            }
        }
        Cow::Borrowed(over.and_then(|over| piece.get(..over)).unwrap_or(piece))
    }
}

#[cfg(test)]
mod tests {
    use crate::html::tree::Tree;

    /// The text of a page's body, and how many attributes its first paragraph has.
    fn read(page: &str) -> (String, usize) {
        let tree = Tree::parse(page);
        let paragraph = tree.elements(tree.root()).find(|(_, element)| element.name() == "p");
        let body = tree.elements(tree.root()).find(|(_, element)| element.name() == "body");
        let count = |index: usize| {
            let element = tree.element(index).unwrap();
            (0..6000).filter(|at| element.attribute(&format!("a{at}")).is_some()).count()
        };
        (tree.text(body.unwrap().0), paragraph.map_or(0, |(index, _)| count(index)))
    }

    #[test]
    fn a_tag_has_so_many_attributes_and_no_more() {
        for form in ["a{}=\"é > b\"", "a{}=\"é > < b\"", "a{}='&amp; x'", "a{}=x", "a{}"] {
            for (count, kept) in [(5, 5), (256, 256), (5000, 256)] {
                let attributes: String =
                    (0..count).map(|at| form.replace("{}", &at.to_string()) + " ").collect();
                let page =
                    format!("<body>above<p {attributes}>text = \" and</p {attributes}>below");
                assert_eq!(read(&page), ("abovetext = \" andbelow".to_owned(), kept), "{form}");
            }
        }
    }

    #[test]
    fn what_is_no_tag_is_left_alone() {
        let words = "x = 'y' + it's ".repeat(500);
        for hidden in [
            format!("<script>for (i = 0; i<n; i++) {{ {words} }}</script>"),
            format!("<title>a <b {words}</title>"),
            format!("<!-- <p {words} -->"),
            format!("<!-- <p {words} --><script>i<n {words} </script {words}>"),
        ] {
            let hidden = hidden.replace("</script x = 'y' + it's", "</script x = 'y' + its");
            let (text, _) = read(&format!("<head></head><body>above {hidden}<p a0>it's below</p>"));
            assert!(text.ends_with("it's below"), "{hidden}: {text}");
        }
    }
}
