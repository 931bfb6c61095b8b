//! What changed from one reading of a story to another, as an editor wants to see a correction.

mod fields;

use std::collections::BTreeSet;
use std::ops::Range;

use crate::diff::hunks;
use crate::identity::push_block;
use crate::matching::{Matching, Side, Sort, matching};
use crate::model::{Block, Content, Document, MemberId, Paragraph};

/// How two documents differ. Ids, places in the source, page furniture and warnings aren't
/// compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// What is told of the story: headline, rights, cast, …
    pub fields: Vec<FieldChange>,
    /// The written story, paragraph by paragraph, unchanged ones too.
    pub article: Vec<Step>,
    /// The transcript, block by block, unchanged ones too.
    pub transcript: Vec<Step>,
}

impl Comparison {
    /// Whether nothing differs.
    pub fn is_same(&self) -> bool {
        let steps = || self.article.iter().chain(&self.transcript);
        self.fields.is_empty() && steps().all(|step| step.change == Change::Same)
    }
}

/// A field that differs. Of a list, each item that differs is one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// The field's name, as JSON has it.
    pub field: &'static str,
    /// What it was, in words; `None` where there was nothing.
    pub before: Option<String>,
    /// What it is now; `None` where there is nothing.
    pub after: Option<String>,
    /// The words of both, where there are both.
    pub words: Vec<Run>,
}

/// Passages that belong together, as they were and as they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What became of them.
    pub change: Change,
    /// Where they stood: indexes of the earlier document's blocks or paragraphs. Mostly one; none
    /// for what was added.
    pub before: Vec<usize>,
    /// Where they stand in the later document; none for what was removed.
    pub after: Vec<usize>,
    /// The words of both sides in order. Paragraphs are parted by a line break.
    pub words: Vec<Run>,
    /// What else differs: label, speaker, kind, notes, language, times, …
    pub details: Vec<FieldChange>,
}

/// What became of passages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    Same,
    /// It was corrected: words, details, or both.
    Corrected,
    /// It wasn't there.
    Added,
    /// It isn't there any more.
    Removed,
    /// One became several.
    Split,
    /// Several became one.
    Merged,
    /// It stands elsewhere, with the same words.
    Moved,
    /// Several became several others.
    Rearranged,
}

/// Consecutive words that met the same fate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// What became of them.
    pub fate: Fate,
    /// The words, with single spaces between.
    pub text: String,
}

/// What became of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// They are in both.
    Kept,
    /// They are in the earlier one only.
    Removed,
    /// They are in the later one only.
    Added,
}

/// Compares two documents. Time is in proportion to their words, near enough.
pub fn compare(before: &Document, after: &Document) -> Comparison {
    let written = |document: &Document| -> Vec<Paragraph> {
        document.article.iter().flat_map(|article| article.paragraphs.clone()).collect()
    };
    let (old_article, new_article) = (written(before), written(after));
    Comparison {
        fields: fields::of(before, after),
        article: steps(&Paragraphs(&old_article), &Paragraphs(&new_article)),
        transcript: steps(&Blocks(before), &Blocks(after)),
    }
}

/// The words of two texts in order, as runs.
pub(crate) fn runs(before: &str, after: &str) -> Vec<Run> {
    let (old, new) = (tokens(before), tokens(after));
    let mut runs = Runs::default();
    let (mut i, mut j) = (0, 0);
    for (removed, added) in hunks(old.iter(), new.iter()) {
        runs.push(Fate::Kept, &old, i..removed.start);
        runs.push(Fate::Removed, &old, removed.clone());
        runs.push(Fate::Added, &new, added.clone());
        (i, j) = (removed.end, added.end);
    }
    debug_assert_eq!(old.len() - i, new.len() - j, "what follows the last hunk is equal");
    runs.push(Fate::Kept, &old, i..old.len());
    runs.0
}

/// Words, and the breaks between paragraphs.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            tokens.push("\n");
        }
        tokens.extend(line.split_whitespace());
    }
    tokens
}

#[derive(Default)]
struct Runs(Vec<Run>);

impl Runs {
    fn push(&mut self, fate: Fate, tokens: &[&str], range: Range<usize>) {
        let mut text = String::new();
        for token in tokens.get(range).unwrap_or_default() {
            if !text.is_empty() && !text.ends_with('\n') && *token != "\n" {
                text.push(' ');
            }
            text.push_str(token);
        }
        if !text.is_empty() {
            self.0.push(Run { fate, text });
        }
    }
}

/// Passages that can be compared.
trait Passages {
    fn side(&self) -> Side;
    fn words(&self, index: usize) -> String;
    /// What differs beside the words.
    fn details(&self, index: usize, after: &Self, other: usize) -> Vec<FieldChange>;
}

struct Paragraphs<'a>(&'a [Paragraph]);

impl Passages for Paragraphs<'_> {
    fn side(&self) -> Side {
        let mut side = Side::default();
        for paragraph in self.0 {
            side.push(Sort::Written, "", std::iter::once(paragraph.text.as_str()));
        }
        side
    }

    fn words(&self, index: usize) -> String {
        self.0.get(index).map(|paragraph| paragraph.text.clone()).unwrap_or_default()
    }

    fn details(&self, index: usize, after: &Self, other: usize) -> Vec<FieldChange> {
        let language = |side: &Self, index: usize| side.0.get(index)?.language.clone();
        fields::differing("language", language(self, index), language(after, other))
            .into_iter()
            .collect()
    }
}

struct Blocks<'a>(&'a Document);

impl Blocks<'_> {
    fn block(&self, index: usize) -> Option<&Block> {
        self.0.blocks().get(index)
    }

    /// The speaker by name, or by what the cast has instead of one.
    fn speaker(&self, id: &MemberId) -> String {
        let name = self.0.member(id).and_then(|member| member.name.clone());
        name.unwrap_or_else(|| id.0.clone())
    }
}

impl Passages for Blocks<'_> {
    fn side(&self) -> Side {
        let mut side = Side::default();
        for block in self.0.blocks() {
            push_block(&mut side, block);
        }
        side
    }

    fn words(&self, index: usize) -> String {
        match self.block(index).map(|block| &block.content) {
            Some(Content::Turn(turn)) => {
                let texts: Vec<_> = turn.paragraphs.iter().map(|p| p.text.as_str()).collect();
                texts.join("\n")
            }
            Some(Content::Cue(cue)) => cue.text.clone(),
            Some(Content::Timestamp(time)) => time.text.clone(),
            Some(Content::Gap(_)) | None => String::new(),
        }
    }

    fn details(&self, index: usize, after: &Self, other: usize) -> Vec<FieldChange> {
        let (Some(one), Some(two)) = (self.block(index), after.block(other)) else {
            return Vec::new();
        };
        let speaker = |side: &Self, block: &Block| {
            block.turn().and_then(|turn| turn.speaker.as_ref()).map(|id| side.speaker(id))
        };
        let mut changes = fields::block(one, two);
        changes.extend(fields::differing("speaker", speaker(self, one), speaker(after, two)));
        changes
    }
}

/// Aligns two lists of passages.
fn steps<P: Passages>(before: &P, after: &P) -> Vec<Step> {
    let (old, new) = (before.side(), after.side());
    let matching = matching(&old, &new);
    let mut came: Vec<Vec<usize>> = vec![Vec::new(); new.len()];
    for (from, went) in matching.went.iter().enumerate() {
        for to in went {
            if let Some(came) = came.get_mut(*to) {
                came.push(from);
            }
        }
    }
    let mut steps = Vec::new();
    let mut done = vec![false; new.len()];
    let mut removed = (0..old.len())
        .filter(|from| matching.went.get(*from).is_some_and(Vec::is_empty))
        .peekable();
    for index in 0..new.len() {
        if done.get(index) == Some(&true) {
            continue;
        }
        let (from, to) = group(index, &matching, &came);
        for index in &to {
            if let Some(done) = done.get_mut(*index) {
                *done = true;
            }
        }
        let moved = matching.moved.contains(&index);
        if let (Some(first), false) = (from.first(), moved) {
            while let Some(gone) = removed.next_if(|gone| gone < first) {
                steps.push(step(before, after, vec![gone], Vec::new(), false));
            }
        }
        steps.push(step(before, after, from, to, moved));
    }
    steps.extend(removed.map(|gone| step(before, after, vec![gone], Vec::new(), false)));
    steps
}

/// What belongs together with a later passage: all that its words came from, all that those went
/// to, and so on.
fn group(index: usize, matching: &Matching, came: &[Vec<usize>]) -> (Vec<usize>, Vec<usize>) {
    let (mut from, mut to) = (BTreeSet::new(), BTreeSet::from([index]));
    let mut open = vec![index];
    while let Some(next) = open.pop() {
        for earlier in came.get(next).into_iter().flatten() {
            if from.insert(*earlier) {
                let went = matching.went.get(*earlier).into_iter().flatten();
                open.extend(went.copied().filter(|later| to.insert(*later)));
            }
        }
    }
    (from.into_iter().collect(), to.into_iter().collect())
}

fn step<P: Passages>(before: &P, after: &P, from: Vec<usize>, to: Vec<usize>, moved: bool) -> Step {
    let words = |side: &P, indexes: &[usize]| {
        let words = indexes.iter().map(|index| side.words(*index));
        words.collect::<Vec<_>>().join("\n")
    };
    let runs = runs(&words(before, &from), &words(after, &to));
    let details = match (&from[..], &to[..]) {
        ([from, ..], [to, ..]) => before.details(*from, after, *to),
        _ => Vec::new(),
    };
    let same = details.is_empty() && runs.iter().all(|run| run.fate == Fate::Kept);
    let change = match (from.len(), to.len()) {
        (0, _) => Change::Added,
        (_, 0) => Change::Removed,
        (1, 1) if same && moved => Change::Moved,
        (1, 1) if same => Change::Same,
        (1, 1) => Change::Corrected,
        (1, _) => Change::Split,
        (_, 1) => Change::Merged,
        _ => Change::Rearranged,
    };
    Step { change, before: from, after: to, words: runs, details }
}

#[cfg(test)]
mod tests;
