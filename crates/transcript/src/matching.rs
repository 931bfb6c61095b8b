//! Which passage of an earlier reading is which of a later one, told by their words.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput, Interner};

/// What sort of passage it is. Words of one sort are never taken for words of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Sort {
    /// A turn of the transcript.
    Turn,
    /// A cue.
    Cue,
    /// A printed time.
    Timestamp,
    /// A missing line.
    Gap,
    /// A paragraph of a turn.
    Spoken,
    /// A paragraph of the written story.
    Written,
    /// A bio.
    Bio,
}

/// The passages of one reading, in order.
#[derive(Debug, Default)]
pub(crate) struct Side<'a> {
    words: Vec<Token<'a>>,
    passages: Vec<Passage<'a>>,
}

#[derive(Debug)]
struct Passage<'a> {
    sort: Sort,
    label: &'a str,
    words: Range<usize>,
}

/// A word as it is compared: without its case and the punctuation around it.
type Token<'a> = (Sort, Cow<'a, str>);

impl<'a> Side<'a> {
    /// Appends a passage.
    pub(crate) fn push(
        &mut self,
        sort: Sort,
        label: &'a str,
        texts: impl Iterator<Item = &'a str>,
    ) {
        let start = self.words.len();
        let words = texts.flat_map(str::split_whitespace).map(|word| (sort, bare(word)));
        self.words.extend(words);
        if self.words.len() == start {
            // A passage without words is known by its label. No word has a space.
            self.words.push((sort, Cow::Owned(format!(" {label}"))));
        }
        self.passages.push(Passage { sort, label, words: start..self.words.len() });
    }

    /// How many passages there are.
    pub(crate) fn len(&self) -> usize {
        self.passages.len()
    }

    fn tokens(&self, words: Range<usize>) -> &[Token<'a>] {
        self.words.get(words).unwrap_or_default()
    }

    fn key(&self, passage: &Passage<'a>) -> (&'a str, &[Token<'a>]) {
        (passage.label, self.tokens(passage.words.clone()))
    }
}

fn bare(word: &str) -> Cow<'_, str> {
    let inner = word.trim_matches(|letter: char| !letter.is_alphanumeric());
    let word = if inner.is_empty() { word } else { inner };
    if word.chars().all(|letter| !letter.is_uppercase()) {
        Cow::Borrowed(word)
    } else {
        Cow::Owned(word.to_lowercase())
    }
}

/// What became of the passages.
#[derive(Debug, PartialEq)]
pub(crate) struct Matching {
    /// For each earlier passage: the later ones that hold its words now, in order. None where it
    /// was deleted.
    pub(crate) went: Vec<Vec<usize>>,
    /// For each later passage: the earlier one that it still is, corrected perhaps.
    pub(crate) kept: Vec<Option<usize>>,
}

/// Matches two readings. Time is in proportion to their words, near enough: the comparison of words
/// gives up on being minimal where it would take long.
///
/// A passage stays itself where most of its words stay. Where several later passages have most of
/// their words from one earlier, that one was split and none of them is it. Where several earlier
/// went into one later, that one is the earlier which it has most words of.
pub(crate) fn matching(old: &Side<'_>, new: &Side<'_>) -> Matching {
    let mut state = State {
        old,
        new,
        matching: Matching { went: vec![Vec::new(); old.len()], kept: vec![None; new.len()] },
        taken: vec![false; new.len()],
    };
    let hunks = state.unchanged();
    for (before, after) in &hunks {
        if !before.is_empty() && !after.is_empty() {
            state.corrected(before.clone(), after.clone());
        }
    }
    state.moved(&hunks);
    state.replaced();
    state.matching
}

/// The hunks of two sequences: what of the first was replaced by what of the second.
pub(crate) fn hunks<T: Eq + Hash>(
    old: impl Iterator<Item = T>,
    new: impl Iterator<Item = T>,
) -> Vec<(Range<usize>, Range<usize>)> {
    let (before, after) = (Vec::new(), Vec::new());
    let mut input = InternedInput { before, after, interner: Interner::new(0) };
    input.update_before(old);
    input.update_after(new);
    let diff = Diff::compute(Algorithm::Histogram, &input);
    let wide = |range: Range<u32>| range.start as usize..range.end as usize;
    diff.hunks().map(|hunk| (wide(hunk.before), wide(hunk.after))).collect()
}

/// The pairs of equal things between the hunks.
pub(crate) fn equal(
    hunks: &[(Range<usize>, Range<usize>)],
    old: usize,
    new: usize,
) -> impl Iterator<Item = (usize, usize)> {
    let starts = std::iter::once((0, 0)).chain(hunks.iter().map(|(b, a)| (b.end, a.end)));
    let ends = hunks.iter().map(|(b, a)| (b.start, a.start)).chain(std::iter::once((old, new)));
    starts.zip(ends).flat_map(|((old, new), (old_end, new_end))| (old..old_end).zip(new..new_end))
}

struct State<'s, 'a> {
    old: &'s Side<'a>,
    new: &'s Side<'a>,
    matching: Matching,
    /// Which later passages have words of earlier ones.
    taken: Vec<bool>,
}

impl State<'_, '_> {
    /// Pairs what didn't change; the hunks are what did.
    fn unchanged(&mut self) -> Vec<(Range<usize>, Range<usize>)> {
        let old = self.old.passages.iter().map(|passage| self.old.key(passage));
        let new = self.new.passages.iter().map(|passage| self.new.key(passage));
        let hunks = hunks(old, new);
        for (before, after) in equal(&hunks, self.old.len(), self.new.len()) {
            self.pair(before, after);
        }
        hunks
    }

    fn pair(&mut self, before: usize, after: usize) {
        if let (Some(went), Some(kept), Some(taken)) = (
            self.matching.went.get_mut(before),
            self.matching.kept.get_mut(after),
            self.taken.get_mut(after),
        ) {
            went.push(after);
            *kept = Some(before);
            *taken = true;
        }
    }

    /// Matches the passages of a hunk by how many words they share.
    fn corrected(&mut self, before: Range<usize>, after: Range<usize>) {
        let shared = self.shared(before.clone(), after.clone());
        let length = |side: &Side<'_>, index: usize| {
            side.passages.get(index).map_or(0, |passage| passage.words.len())
        };
        let edge = |(i, j, count): &(usize, usize, usize)| {
            count * 2 > length(self.old, *i).min(length(self.new, *j))
        };
        let mut edges: Vec<_> = shared.into_iter().filter(edge).collect();
        // A few common words in a row don't tell where a passage went, or came from.
        let mut went: HashMap<usize, usize> = HashMap::new();
        let mut came: HashMap<usize, usize> = HashMap::new();
        for (i, j, count) in &edges {
            *went.entry(*i).or_default() += count;
            *came.entry(*j).or_default() += count;
        }
        edges.retain(|(i, j, _)| {
            let most = |count: Option<&usize>, length: usize| count.unwrap_or(&0) * 3 >= length;
            most(went.get(i), length(self.old, *i)) && most(came.get(j), length(self.new, *j))
        });
        let parts = |edge: &&(usize, usize, usize)| edge.2 * 2 > length(self.new, edge.1);
        let mut pieces: HashMap<usize, usize> = HashMap::new();
        for (i, _, _) in edges.iter().filter(parts) {
            *pieces.entry(*i).or_default() += 1;
        }
        let mut best_new: HashMap<usize, (usize, usize)> = HashMap::new();
        for (i, j, count) in &edges {
            if best_new.get(i).is_none_or(|(_, most)| count > most) {
                best_new.insert(*i, (*j, *count));
            }
        }
        let mut best_old: HashMap<usize, (usize, usize)> = HashMap::new();
        for (i, j, count) in &edges {
            let candidate = pieces.get(i).is_none_or(|pieces| *pieces < 2)
                && best_new.get(i).is_some_and(|(best, _)| best == j);
            if candidate && best_old.get(j).is_none_or(|(_, most)| count > most) {
                best_old.insert(*j, (*i, *count));
            }
        }
        for (i, j, _) in edges {
            if let Some(taken) = self.taken.get_mut(j) {
                *taken = true;
            }
            if let Some(went) = self.matching.went.get_mut(i) {
                went.push(j);
            }
            if let (Some((kept, _)), Some(slot)) = (best_old.get(&j), self.matching.kept.get_mut(j))
            {
                *slot = Some(*kept);
            }
        }
    }

    /// How many words two passages share, for each pair that shares any. Both run in order.
    fn shared(&self, before: Range<usize>, after: Range<usize>) -> Vec<(usize, usize, usize)> {
        let range = |side: &Side<'_>, passages: Range<usize>| -> Range<usize> {
            let passages = side.passages.get(passages).unwrap_or_default();
            let start = passages.first().map_or(0, |passage| passage.words.start);
            start..passages.last().map_or(start, |passage| passage.words.end)
        };
        let (old, new) = (range(self.old, before.clone()), range(self.new, after.clone()));
        let (old_words, new_words) = (self.old.tokens(old.clone()), self.new.tokens(new.clone()));
        let hunks = hunks(old_words.iter(), new_words.iter());
        let mut shared: Vec<(usize, usize, usize)> = Vec::new();
        let (mut i, mut j) = (before.start, after.start);
        let holder = |side: &Side<'_>, mut index: usize, word: usize| {
            while side.passages.get(index).is_some_and(|passage| passage.words.end <= word) {
                index += 1;
            }
            index
        };
        for (old_word, new_word) in equal(&hunks, old.len(), new.len()) {
            i = holder(self.old, i, old.start + old_word);
            j = holder(self.new, j, new.start + new_word);
            match shared.last_mut() {
                Some((a, b, count)) if (*a, *b) == (i, j) => *count += 1,
                _ => shared.push((i, j, 1)),
            }
        }
        shared
    }

    /// Pairs what stands elsewhere now, unchanged.
    fn moved(&mut self, hunks: &[(Range<usize>, Range<usize>)]) {
        let mut lost: HashMap<(&str, &[Token<'_>]), VecDeque<usize>> = HashMap::new();
        for index in hunks.iter().flat_map(|(before, _)| before.clone()) {
            let gone = self.matching.went.get(index).is_some_and(Vec::is_empty);
            if let (true, Some(passage)) = (gone, self.old.passages.get(index)) {
                lost.entry(self.old.key(passage)).or_default().push_back(index);
            }
        }
        let mut pairs = Vec::new();
        for index in hunks.iter().flat_map(|(_, after)| after.clone()) {
            let fresh = self.taken.get(index) == Some(&false);
            if let (true, Some(passage)) = (fresh, self.new.passages.get(index))
                && let Some(found) =
                    lost.get_mut(&self.new.key(passage)).and_then(VecDeque::pop_front)
            {
                pairs.push((found, index));
            }
        }
        for (before, after) in pairs {
            self.pair(before, after);
        }
    }

    /// Pairs what was replaced where it stands: one passage for one of the same sort and label,
    /// between two that stayed, the words of which are too few to be alike.
    fn replaced(&mut self) {
        const FEW: usize = 8;
        for index in 0..self.old.len() {
            if self.matching.went.get(index).is_none_or(|went| !went.is_empty()) {
                continue;
            }
            let before = match index.checked_sub(1).map(|index| self.matching.went.get(index)) {
                None => 0,
                Some(Some(went)) => match went.last() {
                    Some(last) => last + 1,
                    None => continue,
                },
                Some(None) => continue,
            };
            let after = match self.matching.went.get(index + 1) {
                None => self.new.len(),
                Some(went) => match went.first() {
                    Some(first) => *first,
                    None => continue,
                },
            };
            let alone = after == before + 1 && self.taken.get(before) == Some(&false);
            let pair = (self.old.passages.get(index), self.new.passages.get(before));
            if let (true, (Some(old), Some(new))) = (alone, pair)
                && old.sort == new.sort
                && old.label == new.label
                && old.words.len().min(new.words.len()) <= FEW
            {
                self.pair(index, before);
            }
        }
    }
}
