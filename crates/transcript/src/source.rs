//! A file's bytes as text, with the way back from a place in the text to the bytes.

use std::borrow::Cow;
use std::ops::Range;

use crate::model::{Code, Place, Warning};

/// A decoded file.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    text: Cow<'a, str>,
    stride: Stride,
    /// Where text and bytes correspond, in order: offset in the text, offset in the bytes. Between
    /// two anchors both run at the stride.
    anchors: Vec<(usize, usize)>,
    /// How many bytes the file has.
    length: usize,
    /// Where lines begin in the text.
    lines: Vec<usize>,
    /// How many bytes were no UTF-8 and were read as Windows-1252.
    foreign: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stride {
    Utf8,
    Utf16,
}

impl<'a> Source<'a> {
    /// Decodes a file: UTF-8 with or without a byte order mark, UTF-16 with one (or clearly so
    /// without), and byte for byte Windows-1252 (of which Latin-1 is a part) where it isn't UTF-8,
    /// so that a single damaged byte doesn't change how the rest is read.
    pub(crate) fn decode(bytes: &'a [u8]) -> Self {
        if let Some(rest) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
            return Self::utf8(rest, 3);
        }
        if let Some(rest) = bytes.strip_prefix(b"\xFF\xFE") {
            return Self::utf16(rest, 2, encoding_rs::UTF_16LE);
        }
        if let Some(rest) = bytes.strip_prefix(b"\xFE\xFF") {
            return Self::utf16(rest, 2, encoding_rs::UTF_16BE);
        }
        match unmarked_utf16(bytes) {
            Some(encoding) => Self::utf16(bytes, 0, encoding),
            None => Self::utf8(bytes, 0),
        }
    }

    /// The text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Where a range of the text lies in the file.
    pub(crate) fn place(&self, range: Range<usize>) -> Place {
        let (start, end) = (self.byte(range.start), self.byte(range.end));
        // A page may show things in another order than that in which they stand in the file.
        Place { start: start.min(end), end: start.max(end) }
    }

    /// The line that holds an offset of the text, counted from 1.
    pub(crate) fn line(&self, at: usize) -> u32 {
        let line = self.lines.partition_point(|start| *start <= at);
        u32::try_from(line.max(1)).unwrap_or(u32::MAX)
    }

    /// The line in which a place of the file begins, counted from 1.
    pub(crate) fn line_of(&self, place: Place) -> u32 {
        // Lines are kept by where they begin in the text; bytes grow with them.
        let line = self.lines.partition_point(|start| self.byte(*start) <= place.start);
        u32::try_from(line.max(1)).unwrap_or(u32::MAX)
    }

    /// What an editor should know of the encoding.
    pub(crate) fn warning(&self) -> Option<Warning> {
        (self.foreign > 0).then(|| Warning {
            code: Code::Encoding,
            message: format!(
                "{} bytes are no UTF-8 and were read as Windows-1252; check accents and quotes.",
                self.foreign
            ),
            line: self.anchors.get(1).map(|(text, _)| self.line(text.saturating_sub(1))),
        })
    }

    fn byte(&self, at: usize) -> usize {
        let anchor = self.anchors.partition_point(|(text, _)| *text <= at).saturating_sub(1);
        let Some((text, byte)) = self.anchors.get(anchor).copied() else { return at };
        // Within a letter that is longer as text than it was as a byte, and behind the last one,
        // there is nothing.
        let most = self.anchors.get(anchor + 1).map_or(self.length, |(_, byte)| *byte);
        let found = match self.stride {
            Stride::Utf8 => byte + at.saturating_sub(text),
            Stride::Utf16 => {
                let between = self.text.get(text..at).unwrap_or_default();
                byte + 2 * between.chars().map(char::len_utf16).sum::<usize>()
            }
        };
        found.min(most)
    }

    fn utf8(bytes: &'a [u8], skipped: usize) -> Self {
        let mut anchors = vec![(0, skipped)];
        let Err(_) = std::str::from_utf8(bytes) else {
            let text = String::from_utf8_lossy(bytes);
            return Self::new(text, Stride::Utf8, anchors, 0, skipped + bytes.len());
        };
        let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
        let mut at = skipped;
        let mut foreign = 0;
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            at += chunk.valid().len();
            for byte in chunk.invalid() {
                let (letter, _) = encoding_rs::WINDOWS_1252
                    .decode_without_bom_handling(std::slice::from_ref(byte));
                text.push_str(&letter);
                at += 1;
                foreign += 1;
                anchors.push((text.len(), at));
            }
        }
        Self::new(Cow::Owned(text), Stride::Utf8, anchors, foreign, at)
    }

    fn utf16(bytes: &[u8], skipped: usize, encoding: &'static encoding_rs::Encoding) -> Self {
        let (text, _) = encoding.decode_without_bom_handling(bytes);
        let text = text.into_owned();
        let mut anchors = vec![(0, skipped)];
        let mut byte = skipped;
        for (count, (at, letter)) in text.char_indices().enumerate() {
            if count % 256 == 0 {
                anchors.push((at, byte));
            }
            byte += 2 * letter.len_utf16();
        }
        Self::new(Cow::Owned(text), Stride::Utf16, anchors, 0, skipped + bytes.len())
    }

    fn new(
        text: Cow<'a, str>,
        stride: Stride,
        anchors: Vec<(usize, usize)>,
        foreign: usize,
        length: usize,
    ) -> Self {
        let lines = lines(&text).map(|line| line.start).collect();
        Self { text, stride, anchors, length, lines, foreign }
    }
}

/// The lines of a text without their ends, whichever of `\n`, `\r\n` and `\r` ends them.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let bytes = text.as_bytes();
    let mut next = Some(0);
    std::iter::from_fn(move || {
        let start = next?;
        let rest = bytes.get(start..)?;
        let Some(length) = memchr::memchr2(b'\n', b'\r', rest) else {
            next = None;
            return Some(start..bytes.len());
        };
        let ends_in_two = rest.get(length..length + 2) == Some(b"\r\n");
        next = Some(start + length + if ends_in_two { 2 } else { 1 });
        Some(start..start + length)
    })
}

/// UTF-16 of mostly Western text shows as a zero in every other byte.
fn unmarked_utf16(bytes: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let sample = bytes.get(..bytes.len().min(512) & !1)?;
    let pairs = sample.len() / 2;
    let zeros = |parity: usize| sample.iter().skip(parity).step_by(2).filter(|b| **b == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    match () {
        () if pairs < 4 => None,
        () if odd * 10 > pairs * 7 && even * 10 < pairs => Some(encoding_rs::UTF_16LE),
        () if even * 10 > pairs * 7 && odd * 10 < pairs => Some(encoding_rs::UTF_16BE),
        () => None,
    }
}
