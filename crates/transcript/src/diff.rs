//! What of a sequence was replaced by what, in time that is near enough in proportion to it.

use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput, Interner};

/// What of the first sequence was replaced by what of the second; either may be empty.
pub(crate) type Hunk = (Range<usize>, Range<usize>);

/// The hunks of two sequences, in order.
///
/// Short sequences are compared as `git` compares lines. Long ones are cut first where something
/// stands that is in each just once, since comparing them whole can take time in proportion to
/// their square. A long stretch in which nothing is such counts as replaced.
pub(crate) fn hunks<T: Eq + Hash>(
    old: impl Iterator<Item = T>,
    new: impl Iterator<Item = T>,
) -> Vec<Hunk> {
    let mut numbers: HashMap<T, u32> = HashMap::new();
    let mut number = |token: T| {
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        *numbers.entry(token).or_insert(next)
    };
    let old: Vec<u32> = old.map(&mut number).collect();
    let new: Vec<u32> = new.map(&mut number).collect();
    let mut hunks = Vec::new();
    cut(&old, &new, (0, 0), &GRAMS, &mut hunks);
    hunks
}

/// Up to here sequences are compared whole.
const SHORT: usize = 4096;

/// From here on a stretch in which nothing stands just once isn't compared.
const LONG: usize = 65_536;

/// How many things in a row must stand in each sequence just once for it to be cut there. Rare words
/// do it mostly; a very long text has few of these, but hardly four words that it says twice.
const GRAMS: [usize; 2] = [1, 4];

/// Compares two stretches that begin at `base`.
fn cut(old: &[u32], new: &[u32], base: (usize, usize), grams: &[usize], hunks: &mut Vec<Hunk>) {
    let start = old.iter().zip(new).take_while(|(one, other)| one == other).count();
    let (old, new) = (old.get(start..), new.get(start..));
    let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
    let pairs = old.iter().rev().zip(new.iter().rev());
    let end = pairs.take_while(|(one, other)| one == other).count();
    let old = old.get(..old.len() - end).unwrap_or_default();
    let new = new.get(..new.len() - end).unwrap_or_default();
    let base = (base.0 + start, base.1 + start);
    match grams {
        _ if old.is_empty() && new.is_empty() => {}
        _ if old.len() + new.len() <= SHORT => compare(old, new, base, hunks),
        [] if old.len() + new.len() <= LONG => compare(old, new, base, hunks),
        [] => hunks.push((base.0..base.0 + old.len(), base.1..base.1 + new.len())),
        [gram, rest @ ..] => {
            let mut at = (0, 0);
            let whole = std::iter::once((old.len(), new.len()));
            for (before, after) in anchors(old, new, *gram).into_iter().chain(whole) {
                if let (Some(one), Some(other)) = (old.get(at.0..before), new.get(at.1..after)) {
                    cut(one, other, (base.0 + at.0, base.1 + at.1), rest, hunks);
                }
                at = (before + 1, after + 1);
            }
        }
    }
}

/// The pairs of equal things between the hunks, in order.
pub(crate) fn equal(
    hunks: &[Hunk],
    old: usize,
    new: usize,
) -> impl Iterator<Item = (usize, usize)> {
    let starts = std::iter::once((0, 0)).chain(hunks.iter().map(|(b, a)| (b.end, a.end)));
    let ends = hunks.iter().map(|(b, a)| (b.start, a.start)).chain(std::iter::once((old, new)));
    starts.zip(ends).flat_map(|((old, new), (old_end, new_end))| (old..old_end).zip(new..new_end))
}

fn compare(old: &[u32], new: &[u32], base: (usize, usize), hunks: &mut Vec<Hunk>) {
    let (before, after) = (Vec::new(), Vec::new());
    let mut input = InternedInput { before, after, interner: Interner::new(0) };
    input.update_before(old.iter());
    input.update_after(new.iter());
    // Histogram reads better and can take long; Myers, as it is here, gives up on being minimal.
    let short = old.len() + new.len() <= SHORT;
    let algorithm = if short { Algorithm::Histogram } else { Algorithm::Myers };
    let diff = Diff::compute(algorithm, &input);
    let wide =
        |range: Range<u32>, base: usize| base + range.start as usize..base + range.end as usize;
    let found = diff.hunks();
    hunks.extend(found.map(|hunk| (wide(hunk.before, base.0), wide(hunk.after, base.1))));
}

/// Where so many things in a row stand that stand so in each sequence just once, as far as they
/// stand in the same order: a longest increasing subsequence, by patience.
fn anchors(old: &[u32], new: &[u32], gram: usize) -> Vec<(usize, usize)> {
    /// How often, and where at last, in the one and in the other.
    type Seen = ((usize, usize), (usize, usize));
    let mut seen: HashMap<&[u32], Seen> = HashMap::new();
    for (at, things) in old.windows(gram).enumerate() {
        let (one, _) = seen.entry(things).or_default();
        *one = (one.0 + 1, at);
    }
    for (at, things) in new.windows(gram).enumerate() {
        if let Some((_, other)) = seen.get_mut(things) {
            *other = (other.0 + 1, at);
        }
    }
    let once = seen.into_values().filter(|(one, other)| one.0 == 1 && other.0 == 1);
    let mut pairs: Vec<(usize, usize)> = once.map(|(one, other)| (one.1, other.1)).collect();
    pairs.sort_unstable();
    // The piles' tops, and for each pair the one below it in the chain.
    let mut tops: Vec<usize> = Vec::new();
    let mut below: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    let place = |index: usize| pairs.get(index).map(|(_, after)| *after);
    for index in 0..pairs.len() {
        let pile = tops.partition_point(|top| place(*top) < place(index));
        below.push(pile.checked_sub(1).and_then(|pile| tops.get(pile)).copied());
        match tops.get_mut(pile) {
            Some(top) => *top = index,
            None => tops.push(index),
        }
    }
    let mut chain = Vec::with_capacity(tops.len());
    let mut next = tops.last().copied();
    while let Some(index) = next {
        chain.extend(pairs.get(index).copied());
        next = below.get(index).copied().flatten();
    }
    chain.reverse();
    chain
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// Both sequences put together again from the hunks and what is equal.
    fn is_sound(old: &[u32], new: &[u32], hunks: &[Hunk]) -> Result<(), TestCaseError> {
        let (mut removed, mut added) = (vec![false; old.len()], vec![false; new.len()]);
        for (before, after) in hunks {
            removed[before.clone()].fill(true);
            added[after.clone()].fill(true);
            prop_assert!(!before.is_empty() || !after.is_empty());
        }
        for (one, other) in equal(hunks, old.len(), new.len()) {
            prop_assert_eq!(old[one], new[other]);
            prop_assert!(!removed[one] && !added[other]);
            (removed[one], added[other]) = (true, true);
        }
        prop_assert!(removed.into_iter().chain(added).all(|met| met));
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn hunks_of_short_sequences_are_sound(
            old in vec(0..9u32, 0..60),
            new in vec(0..9u32, 0..60),
        ) {
            is_sound(&old, &new, &hunks(old.iter(), new.iter()))?;
        }

        #[test]
        fn hunks_of_long_sequences_are_sound_and_few(
            edits in vec((0..6000usize, 0..7000u32), 0..30),
            moved in 0..6000usize,
        ) {
            let old: Vec<u32> = (0..6000).map(|at| if at % 3 == 0 { 1 } else { at }).collect();
            let mut new = old.clone();
            for (at, token) in &edits {
                new[*at] = *token;
            }
            new.rotate_left(moved);
            let hunks = hunks(old.iter(), new.iter());
            is_sound(&old, &new, &hunks)?;
            // Of a rotation, the longer part stays.
            let kept = equal(&hunks, old.len(), new.len()).count();
            prop_assert!(kept + 4 * edits.len() + 4 >= moved.max(6000 - moved));
        }
    }
}
