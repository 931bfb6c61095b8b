//! From blocks to captions: pieces of words with a beginning and an end.

use std::borrow::Cow;

use super::label::Names;
use super::missing::{Missing, Thing};
use crate::model::{
    Block, Content, Cue, CueKind, Document, Millis, Paragraph, TimeSpan, Turn, Word,
};

/// A caption.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Caption<'a> {
    /// When it appears.
    pub(crate) start: Millis,
    /// When it goes; always after `start`.
    pub(crate) end: Millis,
    /// What is said or heard, on one line.
    pub(crate) text: Cow<'a, str>,
    /// Who says it, if that is known; nobody says a cue.
    pub(crate) speaker: Option<&'a str>,
    /// Whether the speaker is another one than of the words before.
    pub(crate) changes: bool,
    /// The turn that the words belong to.
    pub(crate) turn: Option<&'a Turn>,
    /// The kind of a cue.
    pub(crate) cue: Option<CueKind>,
    /// The language where it isn't the document's.
    pub(crate) language: Option<&'a str>,
}

/// How much a caption holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// Characters in a line.
    pub(crate) width: usize,
    /// Whether the speaker's name takes room in the first line where the speaker changes.
    pub(crate) named: bool,
}

/// A caption has two lines.
const LINES: usize = 2;

/// A pause between words that ends a caption.
const PAUSE: u64 = 2000;

/// The captions of a document. What has no time is counted as missing and left out. Long
/// paragraphs are cut where their words have times; where they haven't, a caption is as long as
/// the words that its time is given for.
pub(crate) fn captions<'a>(
    document: &'a Document,
    names: &Names<'a>,
    size: Size,
    missing: &mut Missing,
) -> Vec<Caption<'a>> {
    let mut drafts = Drafts { size, names, before: None, drafts: Vec::new() };
    for block in document.blocks() {
        match &block.content {
            Content::Turn(turn) => drafts.turn(block, turn, missing),
            Content::Cue(cue) => drafts.cue(block, cue, missing),
            Content::Timestamp(_) | Content::Gap(_) => {}
        }
    }
    close(drafts.drafts, document.audio_length, missing)
}

/// Cuts words into lines of a width. A word that is longer has a line of its own.
pub(crate) fn lines(words: &str, width: usize) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = words.trim_matches(' ');
    while !rest.is_empty() {
        let mut cut = rest.len();
        let mut space = None;
        for (count, (at, letter)) in rest.char_indices().enumerate() {
            if letter == ' ' {
                space = Some(at);
            }
            if count >= width && space.is_some() {
                cut = space.unwrap_or(at);
                break;
            }
        }
        let (line, after) = rest.split_at(cut);
        lines.push(line.trim_end_matches(' '));
        rest = after.trim_start_matches(' ');
    }
    lines
}

/// A caption the end of which may not be known yet.
type Draft<'a> = (TimeSpan, Caption<'a>);

struct Drafts<'a, 'n> {
    size: Size,
    names: &'n Names<'a>,
    /// The last speaker, as the file names them.
    before: Option<Option<&'a str>>,
    drafts: Vec<Draft<'a>>,
}

impl<'a> Drafts<'a, '_> {
    fn turn(&mut self, block: &'a Block, turn: &'a Turn, missing: &mut Missing) {
        let speaker = self.names.full(turn);
        missing.add(
            Thing::Labels,
            usize::from(turn.label.is_some() && turn.label.as_deref() != speaker),
        );
        let room = match (self.size.named, speaker) {
            (true, Some(name)) if self.before != Some(speaker) => name.chars().count() + 2,
            _ => 0,
        };
        let (pieces, complete) = pieces(block, turn, self.size.width, room);
        if !complete {
            missing.add(Thing::UntimedTurns, 1);
        }
        for piece in pieces {
            let caption = Caption {
                start: piece.time.start,
                end: piece.time.start,
                text: piece.text,
                speaker,
                changes: self.before != Some(speaker),
                turn: Some(turn),
                cue: None,
                language: piece.language.or(turn.language.as_deref()),
            };
            self.before = Some(speaker);
            self.drafts.push((piece.time, caption));
        }
    }

    fn cue(&mut self, block: &'a Block, cue: &'a Cue, missing: &mut Missing) {
        let Some(time) = block.time else { return missing.add(Thing::UntimedCues, 1) };
        let caption = Caption {
            start: time.start,
            end: time.start,
            text: Cow::Borrowed(cue.text.as_str()),
            speaker: None,
            changes: false,
            turn: None,
            cue: Some(cue.kind),
            language: None,
        };
        self.drafts.push((time, caption));
    }
}

/// Words with a time.
struct Piece<'a> {
    text: Cow<'a, str>,
    time: TimeSpan,
    language: Option<&'a str>,
}

/// A turn's words with their times, and whether these are all of its words.
fn pieces<'a>(
    block: &'a Block,
    turn: &'a Turn,
    width: usize,
    room: usize,
) -> (Vec<Piece<'a>>, bool) {
    let notes = turn.notes.join(" ");
    let timed = |paragraph: &Paragraph| paragraph.time.is_some() || words(paragraph).is_some();
    let all_timed = turn.paragraphs.iter().all(timed);
    let mut pieces = Vec::new();
    if let (Some(time), false) = (block.time, all_timed && !turn.paragraphs.is_empty()) {
        let words = turn.paragraphs.iter().map(|paragraph| paragraph.text.as_str());
        let text = words.filter(|words| !words.is_empty()).collect::<Vec<_>>().join(" ");
        let languages = || turn.paragraphs.iter().map(|paragraph| paragraph.language.as_deref());
        let first = languages().next().flatten();
        let language = first.filter(|_| languages().all(|language| language == first));
        pieces.push(Piece { text: Cow::Owned(text), time, language });
    } else {
        for paragraph in &turn.paragraphs {
            let room = if pieces.is_empty() { room + notes.chars().count() } else { 0 };
            let language = paragraph.language.as_deref();
            match (words(paragraph), paragraph.time) {
                (Some(words), _) => {
                    let chunks = chunks(paragraph, &words, width, room);
                    pieces.extend(chunks.map(|(text, time)| Piece { text, time, language }));
                }
                (None, Some(time)) => {
                    pieces.push(Piece { text: Cow::Borrowed(&paragraph.text), time, language });
                }
                (None, None) => {}
            }
        }
    }
    if let (Some(first), false) = (pieces.first_mut(), notes.is_empty()) {
        first.text = Cow::Owned(format!("{notes} {}", first.text).trim_end().to_owned());
    }
    pieces.retain(|piece| !piece.text.trim().is_empty());
    (pieces, block.time.is_some() || all_timed && !turn.paragraphs.is_empty())
}

/// Where a paragraph's timed words stand in its text; `None` where they aren't all its words.
fn words(paragraph: &Paragraph) -> Option<Vec<(std::ops::Range<usize>, &Word)>> {
    let mut at = 0;
    let mut found = Vec::with_capacity(paragraph.words.len());
    for word in &paragraph.words {
        let rest = paragraph.text.get(at..)?;
        let start = at + (rest.len() - rest.trim_start().len());
        paragraph.text.get(start..)?.strip_prefix(word.text.trim())?;
        at = start + word.text.trim().len();
        found.push((start..at, word));
    }
    let rest = paragraph.text.get(at..)?;
    (!found.is_empty() && rest.trim().is_empty()).then_some(found)
}

/// Cuts a paragraph at its words into captions: where two lines are full, after a sentence when
/// one of them is, and at a pause.
fn chunks<'a>(
    paragraph: &'a Paragraph,
    words: &[(std::ops::Range<usize>, &Word)],
    width: usize,
    room: usize,
) -> impl Iterator<Item = (Cow<'a, str>, TimeSpan)> {
    let mut chunks: Vec<(std::ops::Range<usize>, TimeSpan)> = Vec::new();
    let mut lines = Lines { width, line: 1, column: room };
    let mut ended = false;
    for (index, (place, word)) in words.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|index| words.get(index));
        let paused = before
            .and_then(|(_, before)| before.time.end)
            .is_some_and(|end| word.time.start.0 > end.0.saturating_add(PAUSE));
        let text = paragraph.text.get(place.clone()).unwrap_or_default();
        let glued = before.is_some_and(|(before, _)| before.end == place.start);
        let fits = lines.add(text.chars().count(), glued);
        match chunks.last_mut() {
            Some((chunk, time)) if glued || fits && !paused && !(ended && lines.line == LINES) => {
                chunk.end = place.end;
                *time = time.and(word.time);
                // An end that isn't known mustn't be taken from a word further up.
                if word.time.end.is_none() {
                    time.end = None;
                }
            }
            _ => {
                if !chunks.is_empty() {
                    lines = Lines { width, line: 1, column: text.chars().count() };
                }
                chunks.push((place.clone(), word.time));
            }
        }
        ended = text.ends_with(['.', '?', '!', '…', '"', '”']);
    }
    chunks
        .into_iter()
        .map(|(place, time)| (Cow::Borrowed(paragraph.text.get(place).unwrap_or_default()), time))
}

/// How far a caption's lines are filled.
struct Lines {
    width: usize,
    line: usize,
    column: usize,
}

impl Lines {
    /// Adds a word; `false` where it takes another line than there are.
    fn add(&mut self, length: usize, glued: bool) -> bool {
        let space = usize::from(self.column > 0 && !glued);
        if self.column > 0 && self.column + space + length > self.width {
            self.line += 1;
            self.column = length;
        } else {
            self.column += space + length;
        }
        self.line <= LINES
    }
}

/// Gives every caption an end. Where the source has none, the caption stands until the next one
/// begins or the audio ends; at the very end, for as long as it takes to read.
fn close<'a>(
    drafts: Vec<Draft<'a>>,
    audio_length: Option<Millis>,
    missing: &mut Missing,
) -> Vec<Caption<'a>> {
    let mut next = audio_length;
    let mut captions: Vec<_> = drafts
        .into_iter()
        .rev()
        .map(|(time, mut caption)| {
            caption.end = time.end.filter(|end| *end > time.start).unwrap_or_else(|| {
                missing.add(Thing::OpenEnds, 1);
                let reading = 1000 + 60 * caption.text.chars().count() as u64;
                next.filter(|next| *next > time.start)
                    .unwrap_or(Millis(time.start.0.saturating_add(reading)))
            });
            next = Some(time.start);
            caption
        })
        .collect();
    captions.reverse();
    captions
}
