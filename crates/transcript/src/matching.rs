//! Which passage of an earlier reading is which of a later one, told by their words.

use std::collections::{HashMap, HashSet, VecDeque};
use std::ops::Range;

use crate::diff::{Hunk, equal, hunks};

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
pub(crate) struct Side {
    /// The words as they are compared: without their case and the punctuation around them, by
    /// their hashes. Two words of one hash would be taken for one, which does no harm.
    words: Vec<u64>,
    passages: Vec<Passage>,
}

#[derive(Debug)]
struct Passage {
    sort: Sort,
    /// The label's hash.
    label: u64,
    words: Range<usize>,
    /// The hash of all its words.
    said: u64,
}

impl Side {
    /// Appends a passage.
    pub(crate) fn push<'a>(
        &mut self,
        sort: Sort,
        label: &str,
        texts: impl Iterator<Item = &'a str>,
    ) {
        let start = self.words.len();
        self.words.extend(texts.flat_map(str::split_whitespace).map(|word| bare(sort, word)));
        let label = fnv(sort as u64, label.bytes());
        if self.words.len() == start {
            // A passage without words is known by its label.
            self.words.push(label);
        }
        let words = self.words.get(start..).unwrap_or_default();
        let said = fnv(sort as u64, words.iter().flat_map(|word| word.to_le_bytes()));
        self.passages.push(Passage { sort, label, words: start..self.words.len(), said });
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
}

/// The hash of a word without its case and the punctuation around it.
fn bare(sort: Sort, word: &str) -> u64 {
    let inner = word.trim_matches(|letter: char| !letter.is_alphanumeric());
    let word = if inner.is_empty() { word } else { inner };
    if word.is_ascii() {
        return fnv(sort as u64, word.bytes().map(|byte| byte.to_ascii_lowercase()));
    }
    let mut bytes = [0; 4];
    word.chars()
        .flat_map(char::to_lowercase)
        .fold(fnv(sort as u64, std::iter::empty()), |hash, letter| {
            fnv_on(hash, letter.encode_utf8(&mut bytes).bytes())
        })
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
pub(crate) fn matching(old: &Side, new: &Side) -> Matching {
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

/// How many words an earlier and a later passage share.
struct Edge {
    old: usize,
    new: usize,
    shared: usize,
}

/// The pairs that share most words of one of them. A few common words in a row don't tell where a
/// passage went, or came from.
fn edges(shared: Vec<Edge>, old: &Side, new: &Side) -> Vec<Edge> {
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

struct State<'s> {
    old: &'s Side,
    new: &'s Side,
    matching: Matching,
    /// Which later passages have words of earlier ones.
    taken: Vec<bool>,
}

impl State<'_> {
    /// Pairs what didn't change; the hunks are what did.
    fn unchanged(&mut self) -> Vec<Hunk> {
        let key = |passage: &Passage| (passage.label, passage.said);
        let (old, new) = (self.old.passages.iter(), self.new.passages.iter());
        let hunks = hunks(old.map(key), new.map(key));
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
    fn left(&self, hunks: &[Hunk]) -> (Vec<usize>, Vec<usize>) {
        let lost = |index: &usize| self.matching.went.get(*index).is_some_and(Vec::is_empty);
        let fresh = |index: &usize| self.taken.get(*index) == Some(&false);
        (
            hunks.iter().flat_map(|(before, _)| before.clone()).filter(lost).collect(),
            hunks.iter().flat_map(|(_, after)| after.clone()).filter(fresh).collect(),
        )
    }

    /// Pairs what stands elsewhere now, unchanged but for its label perhaps.
    fn moved(&mut self, hunks: &[Hunk]) {
        self.moved_by(hunks, |passage| (passage.label, passage.said));
        self.moved_by(hunks, |passage| (0, passage.said));
    }

    fn moved_by(&mut self, hunks: &[Hunk], key: fn(&Passage) -> (u64, u64)) {
        let (gone, fresh) = self.left(hunks);
        let mut lost: HashMap<(u64, u64), VecDeque<usize>> = HashMap::new();
        for index in gone {
            if let Some(passage) = self.old.passages.get(index) {
                lost.entry(key(passage)).or_default().push_back(index);
            }
        }
        for index in fresh {
            if let Some(passage) = self.new.passages.get(index)
                && let Some(found) = lost.get_mut(&key(passage)).and_then(VecDeque::pop_front)
            {
                self.pair(found, index);
                self.matching.moved.insert(index);
            }
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

/// FNV-1a over bytes, from a number on.
pub(crate) fn fnv(seed: u64, bytes: impl Iterator<Item = u8>) -> u64 {
    fnv_on(0xcbf2_9ce4_8422_2325 ^ seed, bytes)
}

fn fnv_on(hash: u64, bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}
