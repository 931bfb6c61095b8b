//! No input takes more than linear time. Nothing is timed here: what grows faster than its input
//! would take hours, and a test that takes minutes is ended (`.config/nextest.toml`). The figures
//! are printed by `cargo run --release -p transcript --example hostile`.

use transcript::{ReadOptions, read};

use crate::hostile;

/// Reads every hostile input whose place in the list leaves `rest` when divided by four, so that
/// they are spread over the tests.
fn read_all(rest: usize, size: usize) {
    for (at, input) in hostile::all().into_iter().enumerate() {
        if at % 4 == rest {
            let options = ReadOptions { from: Some(input.format), ..ReadOptions::default() };
            let text = input.text(size);
            if let Ok(document) = read(text.as_bytes(), &options) {
                assert!(
                    !document.parts.is_empty() || !document.furniture.is_empty(),
                    "{}",
                    input.name
                );
            }
            // And as what it is taken for by itself.
            let _ = read(text.get(..size / 4).unwrap_or(&text).as_bytes(), &ReadOptions::default());
        }
    }
}

#[test]
fn half_a_megabyte_of_anything_first_part() {
    read_all(0, 1 << 19);
}

#[test]
fn half_a_megabyte_of_anything_second_part() {
    read_all(1, 1 << 19);
}

#[test]
fn half_a_megabyte_of_anything_third_part() {
    read_all(2, 1 << 19);
}

#[test]
fn half_a_megabyte_of_anything_fourth_part() {
    read_all(3, 1 << 19);
}

#[test]
fn ten_megabytes_of_open_brackets() {
    let text = "(".repeat(10 << 20);
    assert!(read(text.as_bytes(), &ReadOptions::default()).is_err());
}

#[test]
fn ten_megabytes_of_labels_without_words() {
    let text = "A: \n".repeat((10 << 20) / 4);
    let _ = read(text.as_bytes(), &ReadOptions::default());
}
