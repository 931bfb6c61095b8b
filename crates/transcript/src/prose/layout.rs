//! What each passage of a page is: the page around the story, its head, its body, its end.

use std::collections::HashSet;

use crate::model::{Document, FurnitureKind, Millis, NoteKind, Touches};
use crate::prose::label::{Case, Label};
use crate::prose::passage::Passage;
use crate::prose::roster::{Roster, words_begin};
use crate::prose::{bracket, chrome, cue, date, rights};

/// What a passage is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    /// Nobody has said yet.
    Open,
    /// The page around the story.
    Furniture(FurnitureKind),
    /// The title.
    Headline,
    /// What the story is about, from an offset on: in front of it may stand the title again.
    Summary(usize),
    /// The programme: its name.
    Program(String),
    /// The page's section.
    Section,
    /// Who wrote it.
    Byline,
    /// When it was published.
    Date,
    /// How long the audio is, and what is printed behind it.
    Listen(Option<Millis>, usize),
    /// A picture's caption or credit.
    Caption,
    /// A remark of the editors.
    Note(NoteKind, Touches),
    /// The rights line.
    Rights(rights::Found),
    /// A tag.
    Tag,
    /// Tags behind a lead, from an offset.
    Tags(usize),
    /// The heading of a bio: whose.
    BioName,
    /// A bio.
    Bio,
    /// A paragraph of the written story.
    Article,
    /// A part of the transcript.
    Speech,
    /// A part of the transcript above which a line is missing.
    SpeechAfterGap,
}

/// A page and what is known of its passages.
pub(crate) struct Layout<'p, 't> {
    /// The passages.
    pub(crate) passages: &'p [Passage<'t>],
    /// What each is.
    pub(crate) kinds: Vec<Kind>,
    /// The document's labels.
    pub(crate) roster: &'p Roster,
    /// What metadata told.
    pub(crate) known: &'p Document,
    /// The first and one past the last passage with a label, if there is a transcript.
    pub(crate) speech: Option<(usize, usize)>,
    /// How many empty lines stand between paragraphs as a rule.
    pub(crate) normal: usize,
    /// The label with which each passage begins.
    pub(crate) labels: Vec<Option<Label>>,
    /// Full names of people that are known from labels and bylines, in lower case.
    pub(crate) names: HashSet<String>,
}

impl<'p, 't> Layout<'p, 't> {
    /// Looks where the transcript is, and at what each passage is by itself.
    pub(crate) fn new(
        passages: &'p [Passage<'t>],
        roster: &'p Roster,
        known: &'p Document,
    ) -> Self {
        let mut layout = Self {
            passages,
            kinds: vec![Kind::Open; passages.len()],
            roster,
            known,
            speech: None,
            normal: normal_blanks(passages),
            labels: passages
                .iter()
                .map(|passage| {
                    passage.may_speak().then(|| label_of(&passage.text, roster)).flatten()
                })
                .collect(),
            names: known.bylines.iter().map(|byline| byline.name.to_lowercase()).collect(),
        };
        layout.find_speech();
        layout
    }

    /// The words of a passage.
    pub(crate) fn text(&self, index: usize) -> &'p str {
        self.passages.get(index).map_or("", |passage| &passage.text)
    }

    /// Says what a passage is.
    pub(crate) fn set(&mut self, index: usize, kind: Kind) {
        if let Some(own) = self.kinds.get_mut(index) {
            *own = kind;
        }
    }

    /// What a passage is.
    pub(crate) fn kind(&self, index: usize) -> &Kind {
        self.kinds.get(index).unwrap_or(&Kind::Open)
    }

    /// Whether more empty lines stand above a passage than is usual.
    pub(crate) fn has_gap(&self, index: usize) -> bool {
        self.passages.get(index).is_some_and(|passage| passage.blanks > self.normal.max(1))
    }

    /// The label with which a passage begins.
    pub(crate) fn label(&self, index: usize) -> Option<&Label> {
        self.labels.get(index)?.as_ref()
    }

    /// Whether what looks like the first label is a title with a colon in it: nobody has this name
    /// again, no sentence ends with the line, and the date stands right below.
    fn is_titled(&self, index: usize) -> bool {
        let Some(label) = self.label(index) else { return false };
        let text = self.text(index);
        label.case == Case::Title
            && label.role(text).is_empty()
            && !self.roster.knows(label, text)
            && !text.trim_end().ends_with(['.', '?', '!', '"', '”', '…', ':'])
            && word_count(text) < 16
            && (index + 1..index + 4).any(|below| date::is_dateline(self.text(below)))
    }

    fn find_speech(&mut self) {
        let mut first = None;
        let mut last = None;
        let mut labels = 0;
        let mut sure = false;
        for (index, passage) in self.passages.iter().enumerate() {
            if !passage.may_speak() {
                continue;
            }
            let text: &str = &passage.text;
            if first.is_some() && chrome::opens_related(text) {
                break;
            }
            if first.is_none() && self.is_titled(index) {
                if let Some(own) = self.labels.get_mut(index) {
                    *own = None;
                }
                continue;
            }
            let label = self.label(index).cloned();
            let inner = if label.is_none() || self.roster.is_flattened() {
                labels_within(text, self.roster)
            } else {
                Vec::new()
            };
            self.names.extend(inner.iter().filter(|name| name.contains(' ')).cloned());
            let inner = inner.len();
            if let Some(label) = &label {
                let role = label.role(text).to_lowercase();
                sure |= ["host", "byline", "anchor", "correspondent", "reporting"]
                    .iter()
                    .any(|word| role.contains(word));
                let name = label.head(text).to_lowercase();
                sure |= name.ends_with("narrator");
                if name.contains(' ') {
                    self.names.insert(name);
                }
            }
            let timed =
                self.roster.is_clocked() && text.starts_with([':', '0', '1', '2', '[', '(']);
            if label.is_some() || inner > 0 || timed || text.starts_with(">>") || is_clip(text) {
                first.get_or_insert(index);
                last = Some(index);
                labels += usize::from(label.is_some())
                    + inner
                    + usize::from(timed || text.starts_with(">>") || is_clip(text));
            } else if text.len() < 300
                && cue::parse(text).is_some()
                && text.to_lowercase().contains("soundbite of")
            {
                sure = true;
                first.get_or_insert(index);
                last = Some(index);
            }
        }
        let hinted = self.passages.iter().any(|passage| passage.hint.transcript);
        let heading = (0..self.passages.len())
            .rev()
            .find(|index| chrome::opens_transcript(self.text(*index)));
        let headed = heading.is_some_and(|heading| first.is_none_or(|first| heading < first));
        if labels == 0
            && first.is_none()
            && let Some(heading) = heading
                .filter(|heading| self.has_gap(heading + 1) && is_prose(self.text(heading + 1)))
        {
            // All labels were lost, but not the heading, nor the gap where the first one stood.
            self.speech = Some((heading + 1, heading + 2));
            return;
        }
        if labels > 1 || labels > 0 && (sure || hinted || headed) {
            let mut first = first;
            // Times in rows of their own stand above the words.
            while let Some(above) = first.and_then(|first| first.checked_sub(1)).filter(|above| {
                super::piece::clock(self.text(*above).trim_matches(['[', ']'])).is_some()
                    && hinted_time(self, *above)
            }) {
                first = Some(above);
            }
            self.speech = first.zip(last).map(|(first, last)| (first, last + 1));
        }
    }
}

/// The label with which a line begins.
pub(crate) fn label_of(text: &str, roster: &Roster) -> Option<Label> {
    let brackets = bracket::outermost(text);
    let start = words_begin(text, &brackets);
    if start > 200 {
        return None;
    }
    let start = match text.get(start..).and_then(|rest| rest.split_whitespace().next()) {
        Some(word) if super::piece::clock(word).is_some() => start + word.len(),
        _ => start,
    };
    roster.label_at(text, start, &brackets)
}

/// The names of the labels within a line, in lower case.
fn labels_within(text: &str, roster: &Roster) -> Vec<String> {
    let brackets = bracket::outermost(text);
    super::roster::within(text, &brackets, 0)
        .iter()
        .filter(|label| roster.takes_within(label, text))
        .map(|label| label.head(text).to_lowercase())
        .collect()
}

fn is_clip(text: &str) -> bool {
    text.starts_with("[ARCHIVE") || text.starts_with("[CLIP") || text.starts_with("[LISTENER:")
}

/// The number of empty lines that most often stands between passages.
fn normal_blanks(passages: &[Passage<'_>]) -> usize {
    let mut counts = [0_usize; 8];
    for passage in passages.iter().skip(1) {
        if let Some(count) = counts.get_mut(passage.blanks.min(7)) {
            *count += 1;
        }
    }
    // Where paragraphs are set apart at all, lines that follow directly are lists and headings.
    let apart = counts.iter().skip(1).sum::<usize>();
    let from = usize::from(apart * 3 > counts[0]);
    // In a badly damaged text the larger distance is more frequent than the usual one.
    let total = counts.iter().skip(from).sum::<usize>();
    (from..8).find(|blanks| counts[*blanks] * 5 >= total && counts[*blanks] > 0).unwrap_or(from)
}

/// How many words a text has.
///
/// Chinese and Japanese are written without spaces: there, two letters count as a word.
pub(crate) fn word_count(text: &str) -> usize {
    if text.is_ascii() {
        return text.split_whitespace().count();
    }
    let ideographs = text.chars().filter(|c| is_ideograph(*c)).count();
    text.split_whitespace().count() + ideographs / 2
}

fn is_ideograph(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}')
}

/// Whether a text is a sentence or several rather than a heading.
pub(crate) fn is_prose(text: &str) -> bool {
    let ends = text
        .trim_end()
        .trim_end_matches(['"', '”', '’', '\'', ')', ']'])
        .ends_with(['.', '?', '!', '…', ':', '。', '？', '！']);
    let words = word_count(text);
    words > 30 || ends && words > 3 || stops(text) && words > 6
}

/// Whether a sentence ends within a text: a full stop after a word that is no abbreviation.
fn stops(text: &str) -> bool {
    text.match_indices(". ").any(|(at, _)| {
        let word = text.get(..at).unwrap_or_default().rsplit(' ').next().unwrap_or_default();
        word.len() > 3 && !word.contains('.') && !matches!(word, "Sept" | "Prof")
    })
}

/// Whether a time stands in front of other passages with times: three at least in the document, in
/// growing order.
fn hinted_time(layout: &Layout<'_, '_>, above: usize) -> bool {
    let times: Vec<_> = (above..layout.passages.len())
        .filter_map(|index| super::piece::clock(layout.text(index).trim_matches(['[', ']'])))
        .take(3)
        .collect();
    times.len() == 3 && times.is_sorted() && times.first() != times.last()
}
