//! Replays the fuzzers' corpora: what once broke a promise, or reaches a part of a parser.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

// The fuzzers are built with other flags, in a workspace of their own; what they check is plain
// code.
#[path = "../../../../fuzz/src/lib.rs"]
#[allow(unreachable_pub, reason = "it is public where it is a library")]
mod fuzz;

#[test]
fn every_input_of_the_corpora_keeps_the_promises() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let mut failed = Vec::new();
    for (name, target) in fuzz::TARGETS {
        let inputs = fs::read_dir(corpora.join(name)).unwrap();
        let mut replayed = 0;
        for input in inputs {
            let path = input.unwrap().path();
            let data = fs::read(&path).unwrap();
            replayed += 1;
            if catch_unwind(|| target(&data)).is_err() {
                failed.push(path.display().to_string());
            }
        }
        assert!(replayed > 0, "the corpus of {name} is empty");
    }
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
}

/// Inputs beside the corpora that cost nothing to try: the shortest, and runs of one byte.
#[test]
fn simple_inputs_keep_the_promises() {
    for (_, target) in fuzz::TARGETS {
        target(&[]);
        for byte in 0..=255 {
            for length in [1, 2, 3, 64, 9000] {
                target(&vec![byte; length]);
            }
        }
    }
}
