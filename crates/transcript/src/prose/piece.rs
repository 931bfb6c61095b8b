//! What a passage of a transcript falls into: labels, notes, cues, printed times, words.

use std::ops::Range;

use crate::model::{CueKind, Millis};
use crate::prose::label::{Label, blank};
use crate::prose::roster::{Roster, within};
use crate::prose::{bracket, cue, rights};

/// A piece of a passage.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Piece {
    /// Who speaks from here.
    Label(Label),
    /// Somebody new speaks from here, and it isn't said who (`>>`).
    NewVoice(Range<usize>),
    /// How what follows is said.
    Note(Range<usize>),
    /// What is heard.
    Cue(Range<usize>),
    /// A time that is printed on its own.
    Stamp(Range<usize>),
    /// A time that says when these words are heard.
    Start(Range<usize>, Millis),
    /// What is said.
    Words(Range<usize>),
    /// A clip that stands wholly in brackets: its label, and its words without the brackets.
    Clip(Label, Range<usize>),
    /// The rights line, glued to the end.
    Rights(rights::Found),
}

/// What comes next of a kind: looked for once, and again only when it has been passed.
#[derive(Debug, Clone, Copy)]
enum Ahead {
    Unknown,
    None,
    At(usize),
}

impl Ahead {
    fn from(self, at: usize, find: impl FnOnce() -> Option<usize>) -> Self {
        match self {
            Self::Unknown => find().map_or(Self::None, Self::At),
            Self::At(found) if found < at => find().map_or(Self::None, Self::At),
            known => known,
        }
    }

    fn place(self) -> Option<usize> {
        match self {
            Self::At(at) => Some(at),
            _ => None,
        }
    }
}

/// Takes a passage apart. The pieces are in order; what is between them is white space, colons and
/// brackets of clips.
pub(crate) fn pieces(text: &str, roster: &Roster) -> Vec<Piece> {
    pieces_of(text, roster, false)
}

/// The same of words whose speaker is known already, or not.
pub(crate) fn pieces_of(text: &str, roster: &Roster, labelled: bool) -> Vec<Piece> {
    let brackets = bracket::outermost(text);
    let labels: Vec<Label> = within(text, &brackets, 0)
        .into_iter()
        .filter(|label| roster.takes_within(label, text))
        .collect();
    let mut cutter = Cutter {
        text,
        roster,
        brackets,
        labels,
        at: 0,
        ahead: [Ahead::Unknown; 3],
        fresh: true,
        labelled,
        worded: false,
        pieces: Vec::new(),
    };
    cutter.run();
    cutter.pieces
}

struct Cutter<'t> {
    text: &'t str,
    roster: &'t Roster,
    brackets: Vec<Range<usize>>,
    /// The labels within the line, in order.
    labels: Vec<Label>,
    at: usize,
    /// The next rights line, cue without brackets, and time between hashes, once looked for.
    ahead: [Ahead; 3],
    /// Whether a label may stand here.
    fresh: bool,
    /// Whether a label has just been read.
    labelled: bool,
    /// Whether words have been read.
    worded: bool,
    pieces: Vec<Piece>,
}

impl Cutter<'_> {
    fn run(&mut self) {
        let bullets = self.text.len()
            - self
                .text
                .trim_start_matches(|c: char| {
                    c.is_whitespace() || matches!(c, '•' | '‣' | '▪' | '●')
                })
                .len();
        self.at = bullets;
        loop {
            self.at += blank(self.rest());
            if self.rest().is_empty() {
                return;
            }
            let before = self.at;
            if !(self.mark()
                || self.starred()
                || self.rights()
                || self.clock()
                || self.bracket()
                || self.label())
            {
                self.words();
            }
            if self.at <= before {
                // Nothing fits, which `words` excludes; go on rather than stand still.
                self.at = self.text.len();
            }
        }
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn push(&mut self, piece: Piece, end: usize) {
        self.at = end;
        self.pieces.push(piece);
    }

    /// `>>`
    fn mark(&mut self) -> bool {
        let rest = self.rest();
        let marks = rest.len() - rest.trim_start_matches('>').len();
        if !self.fresh || !(2..=3).contains(&marks) {
            return false;
        }
        let end = self.at + marks;
        self.push(Piece::NewVoice(self.at..end), end);
        true
    }

    /// `*laughter*`, `♪ ♪`: a whole line between stars or notes.
    fn starred(&mut self) -> bool {
        let rest = self.rest().trim_end();
        const SCRIPT: &[&str] = &["MUSIC:", "SFX:", "SOUND:", "SOUND EFFECT:", "FX:"];
        let scripted = SCRIPT.iter().any(|lead| rest.starts_with(lead)) && rest.len() < 300;
        if scripted && self.pieces.is_empty() {
            let end = self.at + rest.len();
            self.push(Piece::Cue(self.at..end), end);
            return true;
        }
        let wide = rest.starts_with('（') && rest.ends_with('）') && rest.chars().count() < 40;
        if wide && self.pieces.is_empty() {
            let end = self.at + rest.len();
            self.push(Piece::Cue(self.at..end), end);
            return true;
        }
        if !self.pieces.is_empty()
            || !rest.starts_with(['*', '♪', '♫'])
            || cue::parse(rest).is_none()
        {
            return false;
        }
        let end = self.at + rest.len();
        self.push(Piece::Cue(self.at..end), end);
        true
    }

    fn rights(&mut self) -> bool {
        if self.labelled || !rights::opens(self.rest()) {
            return false;
        }
        let Some(found) = rights::at(self.text, self.at) else { return false };
        let end = found.end();
        if end <= self.at {
            return false;
        }
        self.push(Piece::Rights(found), end);
        self.fresh = true;
        true
    }

    /// Times: `#00:01:00.64#` anywhere; `00:01` after a label; `:00:35.:00:45.` and a clock in
    /// front of a label at the start.
    fn clock(&mut self) -> bool {
        let rest = self.rest();
        if let Some(end) = hashed(rest) {
            let end = self.at + end;
            self.push(Piece::Stamp(self.at..end), end);
            self.labelled = false;
            return true;
        }
        if !self.fresh && !self.labelled {
            return false;
        }
        if let Some((end, start)) = subtitle(rest) {
            self.push(Piece::Start(self.at..self.at + end, start), self.at + end);
            return true;
        }
        let word = rest.split_whitespace().next().unwrap_or_default();
        let Some(start) = clock(word) else { return false };
        if word.len() == self.text.trim().len() {
            let end = self.at + word.len();
            self.push(Piece::Stamp(self.at..end), end);
            return true;
        }
        let end = self.at + word.len();
        let follows = end + blank(self.text.get(end..).unwrap_or_default());
        let leads = self.labelled
            || Label::scan(self.text, follows, &self.brackets)
                .is_some_and(|label| self.roster.takes(&label, self.text))
            || self.roster.is_clocked();
        if leads {
            self.push(Piece::Start(self.at..end, start), end);
        }
        leads
    }

    fn bracket(&mut self) -> bool {
        let Some(pair) = bracket::at(&self.brackets, self.at) else { return self.unclosed() };
        let Some(inner) = self.text.get(pair.start + 1..pair.end - 1) else { return false };
        let inner = inner.trim();
        if let Some(start) = clock(inner) {
            if self.text.get(pair.start..).is_some_and(|t| t.starts_with('(')) {
                self.push(Piece::Start(pair.clone(), start), pair.end);
            } else {
                self.push(Piece::Stamp(pair.clone()), pair.end);
                self.labelled = false;
            }
            return true;
        }
        if !self.fresh && !self.labelled {
            return false;
        }
        if self.clip(&pair) {
            return true;
        }
        let printed = self.text.get(pair.clone()).unwrap_or_default();
        if cue::is_query(printed) {
            return false;
        }
        let after = self.text.get(pair.end..).unwrap_or_default();
        let alone = after.trim().is_empty() || after.trim() == ".";
        let sound = cue::parse(printed);
        if self.labelled {
            let strong = sound.as_ref().is_some_and(|sound| is_strong(sound.kind, inner));
            if strong {
                self.push(Piece::Cue(pair.clone()), pair.end);
                self.fresh = true;
                self.labelled = false;
                return true;
            }
            let end = if alone { self.at + self.rest().trim_end().len() } else { pair.end };
            self.push(Piece::Note(pair.start..end), end);
            return true;
        }
        let Some(sound) = sound else {
            if alone && is_capital(inner) {
                let end = self.at + self.rest().trim_end().len();
                self.push(Piece::Cue(pair.start..end), end);
                self.fresh = true;
                return true;
            }
            if cue::is_note(&inner.to_lowercase()) {
                let colon = after.len() - after.trim_start_matches([':', ' ']).len();
                let colon = if after.trim_start().starts_with(':') { colon } else { 0 };
                let end = if alone { self.at + self.rest().trim_end().len() } else { pair.end };
                self.push(Piece::Note(pair.start..end), end.max(pair.end + colon));
                self.labelled = true;
                return true;
            }
            return false;
        };
        let is_cue =
            alone || is_strong(sound.kind, inner) || self.goes_on(pair.end) || is_capital(inner);
        if is_cue {
            let end = if alone { self.at + self.rest().trim_end().len() } else { pair.end };
            self.push(Piece::Cue(pair.start..end), end);
            self.fresh = true;
        }
        is_cue
    }

    /// A soundbite whose bracket nobody closed: to the end of the line.
    fn unclosed(&mut self) -> bool {
        let rest = self.rest();
        let lower: String = rest.chars().take(13).flat_map(char::to_lowercase).collect();
        if !matches!(lower.as_str(), "(soundbite of" | "[soundbite of")
            || rest.trim_end().chars().any(char::is_lowercase)
                && lower != rest.get(..13).unwrap_or_default()
        {
            return false;
        }
        let end = self.at + rest.trim_end().len();
        self.push(Piece::Cue(self.at..end), end);
        self.fresh = true;
        true
    }

    /// Whether a label, another bracket, or the rights line follows.
    fn goes_on(&self, end: usize) -> bool {
        let rest = self.text.get(end..).unwrap_or_default();
        let at = end + blank(rest);
        let rest = rest.trim_start();
        rest.starts_with(['(', '['])
            || rights::opens(rest)
            || Label::scan(self.text, at, &self.brackets)
                .is_some_and(|label| self.roster.takes(&label, self.text))
    }

    /// `[ARCHIVE CLIP, Carl Sage: …]`, the whole passage.
    fn clip(&mut self, pair: &Range<usize>) -> bool {
        let whole = self.text.get(pair.end..).unwrap_or_default().trim().is_empty();
        if !whole || !self.text.get(pair.start..).is_some_and(|t| t.starts_with('[')) {
            return false;
        }
        let inner = self.text.get(..pair.end - 1).unwrap_or_default();
        let own: Vec<Range<usize>> =
            bracket::outermost(inner.get(pair.start + 1..).unwrap_or_default())
                .into_iter()
                .map(|own| own.start + pair.start + 1..own.end + pair.start + 1)
                .collect();
        let Some(label) = Label::scan(inner, pair.start + 1, &own) else { return false };
        let name = label.head(inner);
        let lead = name.split([' ', ',']).next().unwrap_or_default();
        let words = label.end..inner.trim_end().len();
        if words.is_empty() || lead.chars().any(char::is_lowercase) || lead.len() < 2 {
            return false;
        }
        let end = pair.end;
        self.push(Piece::Clip(label, words), end);
        self.fresh = true;
        true
    }

    fn label(&mut self) -> bool {
        if !self.fresh {
            return false;
        }
        let first = !self.worded;
        let inline = self.labels.partition_point(|label| label.span.start < self.at);
        let inline = self.labels.get(inline).filter(|label| label.span.start == self.at).cloned();
        let own =
            if first { self.roster.label_at(self.text, self.at, &self.brackets) } else { None };
        let Some(label) = own.or(inline) else { return false };
        let end = label.end;
        self.pieces.extend([Piece::Label(label.clone())]);
        self.pieces.extend(label.notes.into_iter().map(Piece::Note));
        self.at = end;
        self.fresh = false;
        self.labelled = true;
        true
    }

    /// Words up to the next label, cue, time or rights line within the line.
    fn words(&mut self) {
        let from = self.at;
        if let Some(end) = self.bare_cue(from) {
            self.push(Piece::Cue(from..end), end);
            self.fresh = true;
            self.labelled = false;
            return;
        }
        let label = self.labels.partition_point(|label| label.span.start <= from);
        let label = self.labels.get(label).map(|label| label.span.start);
        let past = from + self.rest().chars().next().map_or(1, char::len_utf8);
        let text = self.text;
        let [glued, bare, hash] = self.ahead;
        let glued = glued.from(past, || rights::within(text, past));
        let bare = bare.from(past, || {
            let found = memchr::memmem::find_iter(text.get(past..)?.as_bytes(), b"MUSIC ");
            let mut places = found.map(|at| past + at);
            places.find(|at| {
                self.bare_cue(*at).is_some() && bracket::around(&self.brackets, *at).is_none()
            })
        });
        let hash = hash.from(past, || {
            let mut found = text.get(past..)?.match_indices('#').map(|(at, _)| past + at);
            found.find(|at| text.get(*at..).and_then(hashed).is_some())
        });
        self.ahead = [glued, bare, hash];
        let nearest = [label, glued.place(), bare.place(), hash.place()];
        let mut end =
            nearest.into_iter().flatten().filter(|at| *at > from).min().unwrap_or(self.text.len());
        let first = self.brackets.partition_point(|pair| pair.start <= from);
        for pair in self.brackets.get(first..).unwrap_or_default() {
            if pair.start >= end {
                break;
            }
            let inner = self.text.get(pair.start + 1..pair.end - 1).unwrap_or_default().trim();
            let printed = self.text.get(pair.clone()).unwrap_or_default();
            if clock(inner).is_some() {
                end = pair.start;
                break;
            }
            let Some(sound) = cue::parse(printed) else { continue };
            let ends = self.text.get(pair.end..).unwrap_or_default().trim().is_empty();
            let told = (ends || self.roster.is_flattened() && self.goes_on(pair.end))
                && sound.kind != CueKind::Other
                && printed.starts_with('[');
            let is_cue = is_strong(sound.kind, inner)
                || told
                || is_capital(inner)
                    && (self.goes_on(pair.end)
                        || self.text.get(pair.end..).unwrap_or_default().trim().is_empty());
            if is_cue {
                end = pair.start;
                self.fresh = true;
                break;
            }
        }
        let words = self.text.get(from..end).unwrap_or_default().trim_end();
        let words_end = from + words.len();
        let at_label = label == Some(end);
        let next = self.text.get(end..).unwrap_or_default();
        let at_cue = next.starts_with(['(', '[']);
        self.fresh = at_label || at_cue || self.bare_cue(end).is_some() || rights::opens(next);
        self.labelled = false;
        self.worded = true;
        self.push(Piece::Words(from..words_end), end);
    }

    /// Where a cue without brackets that begins here ends.
    fn bare_cue(&self, at: usize) -> Option<usize> {
        let rest = self.text.get(at..)?;
        let mut end = 0;
        for (count, word) in rest.split_whitespace().take(3).enumerate() {
            let offset = rest.get(end..)?.find(word)? + end;
            if count > 0 && cue::is_bare(rest.get(..offset + word.len())?) {
                return Some(at + offset + word.len());
            }
            end = offset + word.len();
        }
        None
    }
}

/// Whether a cue is one wherever it stands.
fn is_strong(kind: CueKind, inner: &str) -> bool {
    let lower: String = inner.chars().take(12).flat_map(char::to_lowercase).collect();
    lower.starts_with("soundbite of")
        || matches!(kind, CueKind::ClipBegins | CueKind::ClipEnds)
        || matches!(kind, CueKind::Break | CueKind::Music) && is_capital(inner)
}

/// Whether the text is set in capitals.
fn is_capital(text: &str) -> bool {
    text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase)
}

/// A clock: `1:04`, `00:01:09`, `1:02:03.5`, as milliseconds.
pub(crate) fn clock(text: &str) -> Option<Millis> {
    if text.len() < 4
        || text.len() > 13
        || !text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b':' | b'.'))
    {
        return None;
    }
    let mut seconds = 0.0;
    let mut parts = 0;
    for (at, part) in text.split(':').enumerate() {
        let number: f64 = part.parse().ok()?;
        if at > 0 && (number >= 60.0 || part.split('.').next().unwrap_or_default().len() != 2)
            || at == 0 && part.contains('.')
        {
            return None;
        }
        seconds = seconds * 60.0 + number;
        parts += 1;
    }
    (parts == 2 || parts == 3).then(|| Millis::from_seconds(seconds)).flatten()
}

/// The end of a time between hashes: `#00:01:00.64#`.
fn hashed(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('#')?;
    let close = rest.bytes().take(16).position(|b| b == b'#')?;
    clock(rest.get(..close)?)?;
    Some(close + 2)
}

/// The end of a subtitle's pair of times (`:00:35.:00:45.`), and the first of them.
pub(crate) fn subtitle(text: &str) -> Option<(usize, Millis)> {
    let word = text
        .split_whitespace()
        .next()
        .filter(|word| word.ends_with('.') && word.len() > 8 && word.len() < 28)?;
    let mut times = word.trim_end_matches('.').split(".:");
    let (first, second) = (times.next()?, times.next());
    let (first, second) = match second {
        Some(second) => (first, second),
        None => word.trim_end_matches('.').split_once('.')?,
    };
    let read = |time: &str| {
        let time = time.trim_start_matches(':');
        clock(time)
    };
    read(second)?;
    Some((word.len(), read(first)?))
}
