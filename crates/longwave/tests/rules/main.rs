//! The rules of the repository, as tests.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod files;
mod floors;
mod protocol;
mod workspace;

use std::path::{Path, PathBuf};

/// The repository's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Fails with every fault that was found, not only with the first.
#[track_caller]
fn none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
