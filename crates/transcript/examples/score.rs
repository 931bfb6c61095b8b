//! Reads the corpus and prints how well it is read:
//! `cargo run -p transcript --example score -- [--held] [-v] [NAME]`.
//!
//! A table of precision and recall per set, and with `-v` what is wrong in each case. What is
//! wrong in the held cases is shown only with `--held`: they are for judging rules, not for making
//! them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a tool for the corpus, not for input")]
#![allow(clippy::print_stdout, reason = "the table is what this program is for")]
#![allow(dead_code, reason = "the tests use more of these modules")]

#[path = "../tests/it/corpus.rs"]
mod corpus;
#[path = "../tests/it/measure.rs"]
mod measure;
#[path = "../tests/it/score.rs"]
mod score;

use score::Score;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| args.iter().any(|arg| arg == flag);
    let name = args.iter().find(|arg| !arg.starts_with('-')).map_or("", String::as_str);
    let cases = corpus::cases();
    let (held, tuned): (Vec<_>, Vec<_>) =
        cases.iter().filter(|case| case.name.starts_with(name)).partition(|case| case.held);
    for (title, cases, is_held) in [("tuned", tuned, false), ("held back", held, true)] {
        let score = Score::of(cases);
        if has("-v") && has("--held") == is_held {
            for (name, wrong) in &score.wrong {
                println!("{name}\n  {}\n", wrong.join("\n  "));
            }
        }
        let right = score.cases - score.wrong.len();
        println!("{title}: {} transcripts, {right} without a fault", score.cases);
        println!("{}", score.table());
    }
}
