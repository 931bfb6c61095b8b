//! The pieces that a page or a text falls into before anything is known of them.

use std::borrow::Cow;
use std::ops::Range;

use crate::model::FurnitureKind;

/// A line of a text, or a block of a page: the unit that is classified.
#[derive(Debug, Clone)]
pub(crate) struct Passage<'a> {
    /// The words. Of plain text: the line without the white space around it. Of HTML: white space
    /// folded, entities decoded.
    pub(crate) text: Cow<'a, str>,
    /// Where the words came from.
    pub(crate) origin: Origin,
    /// How many empty lines stand above: 0 where it follows the line above directly. Of HTML: 1
    /// between paragraphs, 0 after a single `<br>`, more where empty paragraphs stood.
    pub(crate) blanks: usize,
    /// What the page's markup says of it. Text has none.
    pub(crate) hint: Hint,
}

/// The way back from a passage's words to the source's text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Origin {
    /// The words are a slice of the source that begins here.
    Slice(usize),
    /// The words were put together: pairs of (offset in the words, offset in the source's text),
    /// in order, and where the last piece ends in the source.
    Pieces(Vec<(usize, usize)>, usize),
}

impl<'a> Passage<'a> {
    /// A stretch of the passage, white space at its ends dropped, as a passage.
    pub(crate) fn slice(&self, start: usize, end: usize) -> Self {
        let words = self.text.get(start..end).unwrap_or_default();
        let start = start + (words.len() - words.trim_start().len());
        let end = start + words.trim().len();
        let text: Cow<'a, str> = match &self.text {
            Cow::Borrowed(text) => Cow::Borrowed(text.get(start..end).unwrap_or_default()),
            Cow::Owned(text) => Cow::Owned(text.get(start..end).unwrap_or_default().to_owned()),
        };
        let origin = match &self.origin {
            Origin::Slice(base) => Origin::Slice(base + start),
            Origin::Pieces(pieces, _) => {
                let own = self.at(start..end);
                let inner = pieces
                    .iter()
                    .filter(|(at, _)| *at > start && *at < end)
                    .map(|(at, there)| (at - start, *there));
                Origin::Pieces(std::iter::once((0, own.start)).chain(inner).collect(), own.end)
            }
        };
        Self { text, origin, blanks: self.blanks, hint: self.hint.clone() }
    }

    /// Whether markup leaves it open that these are somebody's words: they are no heading, caption
    /// or menu.
    pub(crate) fn may_speak(&self) -> bool {
        let set_apart = matches!(
            self.hint.part,
            Some(
                PagePart::Heading(1..=3)
                    | PagePart::Caption
                    | PagePart::Credit
                    | PagePart::Byline
                    | PagePart::Date
                    | PagePart::Tag
                    | PagePart::Summary
            )
        );
        self.hint.furniture.is_none() && !set_apart
    }

    /// Puts a colon behind the first `length` bytes of the words: a label that is printed without.
    pub(crate) fn add_colon(&mut self, length: usize) {
        let kept = self.text.get(..length).unwrap_or_default().trim_end().len();
        let there = self.at(kept..kept).start;
        let whole = self.whole();
        let rest = self.text.get(kept..).unwrap_or_default();
        let mark =
            if rest.is_empty() || rest.starts_with(char::is_whitespace) { ":" } else { ": " };
        let mut pieces = match &self.origin {
            Origin::Slice(base) => vec![(0, *base)],
            Origin::Pieces(pieces, _) => pieces.clone(),
        };
        for (own, _) in pieces.iter_mut().filter(|(own, _)| *own > kept) {
            *own += mark.len();
        }
        let at = pieces.partition_point(|(own, _)| *own < kept + mark.len());
        if !rest.is_empty() {
            pieces.insert(at, (kept + mark.len(), there));
        }
        self.text.to_mut().insert_str(kept, mark);
        self.origin = Origin::Pieces(pieces, whole.end);
    }

    /// Where a range of the words lies in the source's text.
    pub(crate) fn at(&self, range: Range<usize>) -> Range<usize> {
        match &self.origin {
            Origin::Slice(base) => base + range.start..base + range.end,
            Origin::Pieces(pieces, end) => {
                let find = |at: usize| {
                    let piece = pieces.partition_point(|(own, _)| *own <= at).saturating_sub(1);
                    let next = pieces.get(piece + 1).map_or(*end, |(_, there)| *there);
                    pieces.get(piece).map_or(at, |(own, there)| (there + (at - own)).min(next))
                };
                let start = find(range.start);
                start..find(range.end).max(start)
            }
        }
    }

    /// Where all of it lies in the source's text.
    pub(crate) fn whole(&self) -> Range<usize> {
        match &self.origin {
            Origin::Slice(base) => *base..base + self.text.len(),
            Origin::Pieces(pieces, end) => pieces.first().map_or(*end, |(_, there)| *there)..*end,
        }
    }
}

/// What a page's markup says of a passage.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Hint {
    /// The passage is furniture by its element (`nav`, `footer`, …) or by being all links.
    pub(crate) furniture: Option<FurnitureKind>,
    /// The passage's part in the page, where an element or microdata names it.
    pub(crate) part: Option<PagePart>,
    /// Within an element that is named a transcript (id, class, `itemprop`, heading, …).
    pub(crate) transcript: bool,
    /// Within `main`, `article` or the container that holds most of the text.
    pub(crate) main: bool,
    /// How much of the beginning is set off (bold, `cite`, a label's own element, `dt`), in bytes
    /// of the words: a speaker label, perhaps.
    pub(crate) strong: usize,
    /// The language of the passage where `lang` differs from the page's.
    pub(crate) language: Option<String>,
    /// What a `time` element or an attribute says of when it is heard, in milliseconds.
    pub(crate) start: Option<u64>,
}

/// A passage's part in the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PagePart {
    /// `h1` to `h6`.
    Heading(u8),
    /// A caption of a picture.
    Caption,
    /// A picture's credit.
    Credit,
    /// Who wrote it.
    Byline,
    /// When it was published.
    Date,
    /// What it is about.
    Summary,
    /// What is told of a contributor.
    Bio,
    /// The page's section.
    Section,
    /// A tag or topic.
    Tag,
    /// A list item.
    Item,
    /// A quotation set apart.
    Quote,
}
