//! Which passage of an earlier reading is which of a later one, told by their words.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet, VecDeque};
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

    /// How many words a passage has.
    fn length(&self, index: usize) -> usize {
        self.passages.get(index).map_or(0, |passage| passage.words.len())
    }

    /// The words of some passages: which passage, which word.
    fn holders(&self, passages: &[usize]) -> Vec<(usize, usize)> {
        let words = |index: usize| {
            let words = self.passages.get(index).map(|passage| passage.words.clone());
            words.into_iter().flatten().map(move |word| (index, word))
        };
        passages.iter().copied().flat_map(words).collect()
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
    /// The later passages that stood elsewhere.
    pub(crate) moved: HashSet<usize>,
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
        matching: Matching {
            went: vec![Vec::new(); old.len()],
            kept: vec![None; new.len()],
            moved: HashSet::new(),
        },
        taken: vec![false; new.len()],
    };
    let hunks = state.unchanged();
    for (before, after) in &hunks {
        let (before, after): (Vec<usize>, Vec<usize>) =
            (before.clone().collect(), after.clone().collect());
        state.corrected(&before, &after);
    }
    state.moved(&hunks);
    // What was both moved and corrected, or stands on the other side of something that moved.
    let (lost, fresh) = state.left(&hunks);
    let found = state.corrected(&lost, &fresh);
    state.matching.moved.extend(found);
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

/// How many words an earlier and a later passage share.
struct Edge {
    old: usize,
    new: usize,
    shared: usize,
}

/// The pairs that share most words of one of them. A few common words in a row don't tell where a
/// passage went, or came from.
fn edges(shared: Vec<Edge>, old: &Side<'_>, new: &Side<'_>) -> Vec<Edge> {
    let mut edges = shared;
    edges.retain(|edge| edge.shared * 2 > old.length(edge.old).min(new.length(edge.new)));
    let mut went: HashMap<usize, usize> = HashMap::new();
    let mut came: HashMap<usize, usize> = HashMap::new();
    for edge in &edges {
        *went.entry(edge.old).or_default() += edge.shared;
        *came.entry(edge.new).or_default() += edge.shared;
    }
    edges.retain(|edge| {
        let (went, came) = (went.get(&edge.old), came.get(&edge.new));
        went.is_some_and(|words| words * 3 >= old.length(edge.old))
            && came.is_some_and(|words| words * 3 >= new.length(edge.new))
    });
    edges
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

    /// Matches passages by how many words they share in order. Returns the later ones for which an
    /// earlier was found.
    fn corrected(&mut self, before: &[usize], after: &[usize]) -> Vec<usize> {
        if before.is_empty() || after.is_empty() {
            return Vec::new();
        }
        let edges = edges(self.shared(before, after), self.old, self.new);
        let mut pieces: HashMap<usize, usize> = HashMap::new();
        let mut best_new: HashMap<usize, &Edge> = HashMap::new();
        for edge in &edges {
            if edge.shared * 2 > self.new.length(edge.new) {
                *pieces.entry(edge.old).or_default() += 1;
            }
            if best_new.get(&edge.old).is_none_or(|best| edge.shared > best.shared) {
                best_new.insert(edge.old, edge);
            }
        }
        let mut best_old: HashMap<usize, &Edge> = HashMap::new();
        for edge in &edges {
            let whole = pieces.get(&edge.old).is_none_or(|pieces| *pieces < 2);
            let best = best_new.get(&edge.old).is_some_and(|best| best.new == edge.new);
            if whole && best && best_old.get(&edge.new).is_none_or(|best| edge.shared > best.shared)
            {
                best_old.insert(edge.new, edge);
            }
        }
        for edge in &edges {
            if let Some(taken) = self.taken.get_mut(edge.new) {
                *taken = true;
            }
            if let Some(went) = self.matching.went.get_mut(edge.old) {
                went.push(edge.new);
            }
            let best = best_old.get(&edge.new).map(|best| best.old);
            if let Some(kept) = self.matching.kept.get_mut(edge.new) {
                *kept = best;
            }
        }
        edges.iter().map(|edge| edge.new).collect()
    }

    /// How many words two passages share, for each pair that shares any. Both run in order.
    fn shared(&self, before: &[usize], after: &[usize]) -> Vec<Edge> {
        let (old, new) = (self.old.holders(before), self.new.holders(after));
        let hunks = hunks(
            old.iter().map(|(_, word)| self.old.words.get(*word)),
            new.iter().map(|(_, word)| self.new.words.get(*word)),
        );
        let mut shared: Vec<Edge> = Vec::new();
        for (one, other) in equal(&hunks, old.len(), new.len()) {
            let (Some((i, _)), Some((j, _))) = (old.get(one), new.get(other)) else { continue };
            match shared.last_mut() {
                Some(edge) if (edge.old, edge.new) == (*i, *j) => edge.shared += 1,
                _ => shared.push(Edge { old: *i, new: *j, shared: 1 }),
            }
        }
        shared
    }

    /// What is without a match on either side.
    fn left(&self, hunks: &[(Range<usize>, Range<usize>)]) -> (Vec<usize>, Vec<usize>) {
        let lost = |index: &usize| self.matching.went.get(*index).is_some_and(Vec::is_empty);
        let fresh = |index: &usize| self.taken.get(*index) == Some(&false);
        (
            hunks.iter().flat_map(|(before, _)| before.clone()).filter(lost).collect(),
            hunks.iter().flat_map(|(_, after)| after.clone()).filter(fresh).collect(),
        )
    }

    /// Pairs what stands elsewhere now, unchanged.
    fn moved(&mut self, hunks: &[(Range<usize>, Range<usize>)]) {
        let (gone, fresh) = self.left(hunks);
        let mut lost: HashMap<(&str, &[Token<'_>]), VecDeque<usize>> = HashMap::new();
        for index in gone {
            if let Some(passage) = self.old.passages.get(index) {
                lost.entry(self.old.key(passage)).or_default().push_back(index);
            }
        }
        let mut pairs = Vec::new();
        for index in fresh {
            if let Some(passage) = self.new.passages.get(index)
                && let Some(found) =
                    lost.get_mut(&self.new.key(passage)).and_then(VecDeque::pop_front)
            {
                pairs.push((found, index));
            }
        }
        for (before, after) in pairs {
            self.pair(before, after);
            self.matching.moved.insert(after);
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
