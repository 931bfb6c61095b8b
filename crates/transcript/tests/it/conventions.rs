//! House styles are told by what transcripts look like.

use std::collections::BTreeMap;

use transcript::CONVENTIONS;

use crate::corpus;

/// The house style of each set of the corpus that has one.
const SETS: &[(&str, &str)] = &[
    ("npr-now", "npr"),
    ("npr-old", "npr-old"),
    ("cnn", "cnn"),
    ("pbs", "pbs"),
    ("democracy-now", "democracy-now"),
    ("wnyc", "wnyc"),
    ("radiolab", "radiolab"),
    ("voa", "voa"),
    ("srt", "captions"),
    ("vtt", "captions"),
    ("ttml", "captions"),
];

#[test]
fn each_is_told_by_its_own_transcripts() {
    let mut wrong = Vec::new();
    let mut told: BTreeMap<&str, usize> = BTreeMap::new();
    for case in corpus::cases().iter().filter(|case| !case.held) {
        let Some((_, name)) = SETS.iter().find(|(set, _)| *set == case.set) else { continue };
        let Ok(document) = case.read() else { continue };
        match document.convention.as_deref() {
            Some(found) if found == *name => *told.entry(name).or_default() += 1,
            found => wrong.push(format!("{}: {found:?}", case.name)),
        }
    }
    for convention in CONVENTIONS {
        let count = told.get(convention.name).copied().unwrap_or_default();
        assert!(count > 1, "{} is told of {count} transcripts", convention.name);
    }
    // A text in which nothing tells whose it is has none; taking it for another's would be worse.
    let other: Vec<&String> = wrong.iter().filter(|wrong| !wrong.ends_with("None")).collect();
    assert!(other.is_empty() && wrong.len() < 8, "{}", wrong.join("\n"));
}
