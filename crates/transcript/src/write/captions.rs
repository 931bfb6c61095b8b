//! From blocks to captions: pieces of words with a beginning and an end.

use std::borrow::Cow;
use std::ops::Range;

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
    /// Whether `>>` must tell that somebody else speaks whom nobody knows, since a caption without
    /// a speaker is taken for the last one's.
    pub(crate) chevrons: bool,
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
    let mut drafts =
        Drafts { size, names, before: None, named: false, has_named: false, drafts: Vec::new() };
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
            if letter == ' ' && !begins_speech(rest.get(at + 1..).unwrap_or_default()) {
                space = Some(at);
            }
            if let (true, Some(space)) = (count >= width, space) {
                cut = space;
                break;
            }
        }
        let (line, after) = rest.split_at(cut);
        lines.push(line.trim_end_matches(' '));
        rest = after.trim_start_matches(' ');
    }
    lines
}

/// Whether a line that begins so would be taken for another speaker's: captions set dialogue apart
/// with dashes and `>>`.
fn begins_speech(words: &str) -> bool {
    words.starts_with(['-', '–', '—', '>'])
}

/// A caption the end of which may not be known yet.
type Draft<'a> = (TimeSpan, Caption<'a>);

struct Drafts<'a, 'n> {
    size: Size,
    names: &'n Names<'a>,
    /// The last speaker, as the file names them.
    before: Option<Option<&'a str>>,
    /// Whether a caption without a speaker would be taken for that of somebody named above.
    named: bool,
    /// Whether somebody was named.
    has_named: bool,
    drafts: Vec<Draft<'a>>,
}

impl<'a> Drafts<'a, '_> {
    fn turn(&mut self, block: &'a Block, turn: &'a Turn, missing: &mut Missing) {
        let speaker = self.names.full(turn);
        missing.add(
            Thing::Labels,
            usize::from(turn.label.is_some() && turn.label.as_deref() != speaker),
        );
        // Captions write `>>` where somebody else speaks, and nobody knows who.
        let unnamed = self.size.chevrons && speaker.is_none() && self.named;
        let room = match speaker {
            Some(name) if self.size.named && self.before != Some(speaker) => {
                name.chars().count() + 2
            }
            None if unnamed => 3,
            _ => 0,
        };
        let (mut pieces, complete) = pieces(block, turn, self.size.width, room);
        if !complete {
            missing.add(Thing::UntimedTurns, 1);
        }
        if let (true, Some(first)) = (unnamed, pieces.first_mut()) {
            first.text = Cow::Owned(format!(">> {}", first.text));
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
            self.named = speaker.is_some();
            self.has_named |= self.named;
            self.drafts.push((piece.time, caption));
        }
    }

    fn cue(&mut self, block: &'a Block, cue: &'a Cue, missing: &mut Missing) {
        let Some(time) = block.time else { return missing.add(Thing::UntimedCues, 1) };
        self.named = self.has_named;
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
fn words(paragraph: &Paragraph) -> Option<Vec<(Range<usize>, &Word)>> {
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
    words: &[(Range<usize>, &Word)],
    width: usize,
    room: usize,
) -> impl Iterator<Item = (Cow<'a, str>, TimeSpan)> {
    let text = |place: &Range<usize>| paragraph.text.get(place.clone()).unwrap_or_default();
    let mut chunks: Vec<(Range<usize>, TimeSpan)> = Vec::new();
    let mut lines = Lines { width, line: 1, column: room };
    for (place, time) in runs(paragraph, words) {
        let length = text(&place).chars().count();
        let fits = lines.add(length);
        match chunks.last_mut() {
            Some((chunk, whole))
                if fits
                    && !paused(whole, &time)
                    && !(lines.line == LINES && ends_sentence(text(chunk))) =>
            {
                chunk.end = place.end;
                *whole = followed(*whole, time);
            }
            Some(_) => {
                lines = Lines { width, line: 1, column: length };
                chunks.push((place, time));
            }
            None => chunks.push((place, time)),
        }
    }
    chunks
        .into_iter()
        .map(|(place, time)| (Cow::Borrowed(paragraph.text.get(place).unwrap_or_default()), time))
}

/// The pieces that can't be cut: words without a space between them, and words that mustn't begin
/// a line.
fn runs(paragraph: &Paragraph, words: &[(Range<usize>, &Word)]) -> Vec<(Range<usize>, TimeSpan)> {
    let mut runs: Vec<(Range<usize>, TimeSpan)> = Vec::new();
    for (place, word) in words {
        let begins = begins_speech(paragraph.text.get(place.clone()).unwrap_or_default());
        match runs.last_mut() {
            Some((run, time)) if begins || run.end == place.start => {
                run.end = place.end;
                *time = followed(*time, word.time);
            }
            _ => runs.push((place.clone(), word.time)),
        }
    }
    runs
}

/// The time of words and what follows them. An end that isn't known mustn't be taken from a word
/// further up.
fn followed(time: TimeSpan, next: TimeSpan) -> TimeSpan {
    TimeSpan { end: time.and(next).end.filter(|_| next.end.is_some()), ..time.and(next) }
}

fn paused(before: &TimeSpan, next: &TimeSpan) -> bool {
    before.end.is_some_and(|end| next.start.0 > end.0.saturating_add(PAUSE))
}

fn ends_sentence(text: &str) -> bool {
    text.ends_with(['.', '?', '!', '…', '"', '”'])
}

/// How far a caption's lines are filled.
struct Lines {
    width: usize,
    line: usize,
    column: usize,
}

impl Lines {
    /// Adds a piece; `false` where it takes another line than there are.
    fn add(&mut self, length: usize) -> bool {
        let space = usize::from(self.column > 0);
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
