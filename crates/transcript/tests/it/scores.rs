//! The corpus is read as well as it ever was.

use crate::corpus;
use crate::score::Score;

/// Precision and recall that must be reached, for what rules were made by and for what was held
/// back. They only ever grow: whoever reads better raises them in the same commit.
const FLOORS: &[(&str, [f64; 2], [f64; 2])] = &[
    ("turns", [0.99, 0.99], [0.96, 0.95]),
    ("speakers", [0.98, 0.98], [0.91, 0.90]),
    ("roles", [0.89, 0.90], [0.84, 0.83]),
    ("cues", [1.0, 0.98], [1.0, 0.92]),
    ("words", [0.99, 0.99], [0.94, 0.94]),
    ("page", [0.98, 0.96], [0.81, 0.86]),
    ("article", [0.88, 1.0], [0.0, 0.0]),
    ("furniture", [0.95, 0.98], [0.92, 0.86]),
    ("rights", [1.0, 1.0], [1.0, 0.96]),
    ("bios", [1.0, 1.0], [1.0, 1.0]),
    ("notes", [1.0, 1.0], [0.5, 0.5]),
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
fn a_third_is_held_back() {
    let cases = corpus::cases();
    let held = cases.iter().filter(|case| case.held).count();
    assert!(cases.len() >= 120, "{} cases", cases.len());
    assert!(held * 10 >= cases.len(), "{held} of {} are held back", cases.len());
}
