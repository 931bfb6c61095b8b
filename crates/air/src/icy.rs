//! Metadata that a source interleaves with its audio (ICY): stripped, and its titles used.

use crate::title::RawTitle;

/// More audio than this between two metadata blocks is no interval.
const MOST_INTERVAL: u32 = 1 << 20;

/// Takes interleaved metadata out of a stream: after each `interval` bytes of audio a length
/// byte, then 16 times as many bytes of text, padded with zeros.
#[derive(Debug)]
pub(crate) struct IcyReader {
    interval: usize,
    /// Who says the titles.
    source: &'static str,
    state: State,
}

#[derive(Debug)]
enum State {
    Audio { left: usize },
    Length,
    Text { left: usize, text: Vec<u8> },
}

/// What is next in the stream.
#[derive(Debug)]
pub(crate) enum IcyPiece<'a> {
    Audio(&'a [u8]),
    Title(RawTitle),
}

impl IcyReader {
    /// A reader for a stream with so many bytes of audio between two blocks; `None` for an
    /// interval that can't be meant.
    pub(crate) fn new(interval: u32, source: &'static str) -> Option<Self> {
        if interval == 0 || interval > MOST_INTERVAL {
            return None;
        }
        let interval = usize::try_from(interval).ok()?;
        Some(Self { interval, source, state: State::Audio { left: interval } })
    }

    /// The next piece of `bytes`, which are taken from its front; `None` when they are used up.
    pub(crate) fn next<'a>(&mut self, bytes: &mut &'a [u8]) -> Option<IcyPiece<'a>> {
        while !bytes.is_empty() {
            match &mut self.state {
                State::Audio { left } => {
                    let (audio, rest) = bytes.split_at((*left).min(bytes.len()));
                    *bytes = rest;
                    *left -= audio.len();
                    if *left == 0 {
                        self.state = State::Length;
                    }
                    return Some(IcyPiece::Audio(audio));
                }
                State::Length => {
                    let left = usize::from(bytes[0]) * 16;
                    *bytes = &bytes[1..];
                    self.state = match left {
                        0 => State::Audio { left: self.interval },
                        left => State::Text { left, text: Vec::with_capacity(left) },
                    };
                }
                State::Text { left, text } => {
                    let (part, rest) = bytes.split_at((*left).min(bytes.len()));
                    *bytes = rest;
                    *left -= part.len();
                    text.extend_from_slice(part);
                    if *left == 0 {
                        let title = title_of(text, self.source);
                        self.state = State::Audio { left: self.interval };
                        if let Some(title) = title {
                            return Some(IcyPiece::Title(title));
                        }
                    }
                }
            }
        }
        None
    }
}

/// The title in `StreamTitle='…';StreamUrl='…';`. Apostrophes are not escaped: a value ends at
/// `';`, or at the last apostrophe where there is none.
fn title_of(text: &[u8], source: &'static str) -> Option<RawTitle> {
    let song = value_of(text, b"StreamTitle='")?;
    let mut fields = vec![("song".to_owned(), song.to_vec())];
    if let Some(url) = value_of(text, b"StreamUrl='").filter(|url| !url.is_empty()) {
        fields.push(("url".to_owned(), url.to_vec()));
    }
    Some(RawTitle { fields, charset: None, source })
}

fn value_of<'a>(text: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let start = find(text, name)? + name.len();
    let rest = &text[start..];
    let end = find(rest, b"';").or_else(|| rest.iter().rposition(|&b| b == b'\''))?;
    Some(&rest[..end])
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}
