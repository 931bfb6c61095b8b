//! How well the corpus is read: one table for the cases that rules are made by, one for those that
//! were held back.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::corpus::Case;
use crate::measure::{self, ASPECTS, Count, Things};

/// Counts per aspect.
pub(crate) type Counts = BTreeMap<&'static str, Count>;

/// The scores of some cases.
#[derive(Default)]
pub(crate) struct Score {
    /// Per set.
    pub(crate) sets: BTreeMap<String, Counts>,
    /// All sets together.
    pub(crate) all: Counts,
    /// What is wrong, per case.
    pub(crate) wrong: Vec<(String, Vec<String>)>,
    /// How many cases there are.
    pub(crate) cases: usize,
}

impl Score {
    /// Reads the cases.
    pub(crate) fn of<'a>(cases: impl IntoIterator<Item = &'a Case>) -> Self {
        let mut score = Self::default();
        for case in cases {
            score.add(case);
        }
        score
    }

    fn add(&mut self, case: &Case) {
        self.cases += 1;
        let (read, right) = match (case.read(), case.is_refused()) {
            (Ok(document), false) => {
                (measure::of_document(&document), measure::of_answer(&case.answer))
            }
            (Err(_), true) => (Things::new(), Things::new()),
            (Ok(document), true) => {
                self.wrong.push((case.name.clone(), vec!["+ a story where there is none".into()]));
                (measure::of_document(&document), Things::new())
            }
            (Err(err), false) => {
                self.wrong.push((case.name.clone(), vec![format!("- refused: {err}")]));
                (Things::new(), measure::of_answer(&case.answer))
            }
        };
        let (counts, wrong) = measure::compare(&read, &right);
        for (aspect, count) in counts {
            let set = self.sets.entry(case.set.clone()).or_default();
            set.entry(aspect).or_default().add(count);
            self.all.entry(aspect).or_default().add(count);
        }
        if !wrong.is_empty() {
            self.wrong.push((case.name.clone(), wrong));
        }
    }

    /// Precision and recall per set and aspect, in hundredths.
    pub(crate) fn table(&self) -> String {
        let mut table = format!("{:<14}", "");
        for aspect in ASPECTS {
            let _ = write!(table, " {aspect:>11}");
        }
        table.push('\n');
        let all = ("all".to_owned(), self.all.clone());
        for (set, counts) in self.sets.clone().into_iter().chain([all]) {
            let _ = write!(table, "{set:<14}");
            for aspect in ASPECTS {
                let count = counts.get(aspect).copied().unwrap_or_default();
                if count.read + count.true_ == 0 {
                    let _ = write!(table, " {:>11}", "-");
                } else {
                    let (precision, recall) = (count.precision(), count.recall());
                    let _ = write!(table, " {:>11}", format!("{precision:.3} {recall:.3}"));
                }
            }
            table.push('\n');
        }
        table
    }
}
