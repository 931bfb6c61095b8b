//! The corpus is read as well as it ever was.

use crate::corpus;
use crate::score::Score;

/// Precision and recall that must be reached, for what rules were made by and for what was held
/// back. They only ever grow: whoever reads better raises them in the same commit.
const FLOORS: &[(&str, [f64; 2], [f64; 2])] = &[
    ("turns", [0.99, 0.99], [0.98, 0.98]),
    ("speakers", [0.99, 0.99], [0.96, 0.96]),
    ("roles", [0.91, 0.92], [0.86, 0.86]),
    ("cues", [1.0, 0.99], [1.0, 0.96]),
    ("words", [0.99, 0.99], [0.97, 0.98]),
    ("page", [0.99, 0.98], [0.87, 0.85]),
    ("article", [1.0, 1.0], [0.24, 1.0]),
    ("furniture", [0.96, 0.98], [0.88, 0.82]),
    ("rights", [1.0, 1.0], [0.98, 0.96]),
    ("bios", [1.0, 1.0], [1.0, 1.0]),
    ("notes", [1.0, 1.0], [0.90, 0.83]),
];

#[test]
fn scores_never_fall() {
    let cases = corpus::cases();
    let tuned = Score::of(cases.iter().filter(|case| !case.held));
    let held = Score::of(cases.iter().filter(|case| case.held));
    let mut fallen = String::new();
    for (aspect, tuned_floor, held_floor) in FLOORS {
        for (name, score, floor) in [("tuned", &tuned, tuned_floor), ("held", &held, held_floor)] {
            let count = score.all.get(aspect).copied().unwrap_or_default();
            let reached = [count.precision(), count.recall()];
            if reached.iter().zip(floor).any(|(reached, floor)| reached < floor) {
                fallen.push_str(&format!("{name} {aspect}: {reached:.3?} of {floor:?}\n"));
            }
        }
    }
    assert!(
        fallen.is_empty(),
        "{fallen}\n{}\n(cargo run -p transcript --example score -- -v shows what is wrong)",
        tuned.table()
    );
}

#[test]
fn many_are_held_back() {
    let cases = corpus::cases();
    let held = cases.iter().filter(|case| case.held).count();
    assert!(cases.len() >= 120, "{} cases", cases.len());
    assert!(held * 5 >= cases.len(), "{held} of {} are held back", cases.len());
}
