//! What the files of the repository must be like.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{none, root};

/// The files that git keeps, by their path from the root.
pub(crate) fn kept() -> Vec<String> {
    let output = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8(output.stdout).unwrap();
    // What is deleted but not yet committed so is of no interest.
    names
        .split_terminator('\0')
        .filter(|name| root().join(name).exists())
        .map(str::to_owned)
        .collect()
}

/// The Rust files below `dir`, kept or not yet.
pub(crate) fn rust_below(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_owned()];
    while let Some(next) = open.pop() {
        let Ok(entries) = fs::read_dir(&next) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The crates' own directories.
fn crates() -> Vec<PathBuf> {
    let rooms = fs::read_dir(root().join("crates")).unwrap();
    let mut dirs: Vec<_> = rooms.map(|entry| entry.unwrap().path()).collect();
    dirs.push(root().join("bench"));
    dirs
}

fn sources() -> Vec<PathBuf> {
    crates().iter().flat_map(|dir| rust_below(&dir.join("src"))).collect()
}

#[test]
fn no_source_file_is_longer_than_700_lines() {
    let mut faults = Vec::new();
    for file in sources() {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        if lines > 700 {
            faults.push(format!("{}: {lines} lines", file.display()));
        }
    }
    none(&faults);
}

#[test]
fn no_file_is_larger_than_a_mebibyte_but_the_demo_audio() {
    const AUDIO: &str = "crates/longwave/audio/";
    const MEBIBYTE: u64 = 1 << 20;
    let mut faults = Vec::new();
    let mut audio = 0;
    for name in kept() {
        let size = fs::metadata(root().join(&name)).unwrap().len();
        if name.starts_with(AUDIO) {
            audio += size;
        } else if size > MEBIBYTE {
            faults.push(format!("{name}: {size} bytes"));
        }
    }
    if audio >= 8 * MEBIBYTE {
        faults.push(format!("{AUDIO}: {audio} bytes in all"));
    }
    none(&faults);
}

#[test]
fn every_lint_exception_has_its_reason() {
    let mut faults = Vec::new();
    for file in crates().iter().flat_map(|dir| rust_below(dir)) {
        let text = fs::read_to_string(&file).unwrap();
        for start in ["#[allow(", "#![allow(", "#[expect(", "#![expect("] {
            for (at, _) in text.match_indices(start) {
                // Not where it is quoted, as here.
                let line = text[..at].rsplit('\n').next().unwrap_or_default();
                if !line.trim().is_empty() {
                    continue;
                }
                let attribute = text[at..].split(")]").next().unwrap_or_default();
                if !attribute.contains("reason = \"") {
                    let line = text[..at].lines().count() + 1;
                    faults.push(format!("{}:{line}: no reason", file.display()));
                }
            }
        }
    }
    none(&faults);
}

/// Files that may ask the machine for the time, or wait: the injected clock's own source.
const CLOCKS: &[&str] = &["crates/airtime/src/source.rs"];

/// Clippy forbids these too; an `#[allow]` would silence it, and this not.
#[test]
fn time_comes_from_the_injected_clock() {
    let mut faults = Vec::new();
    let rooms = sources().into_iter().filter(|file| !file.starts_with(root().join("bench")));
    for file in rooms {
        let name = file.strip_prefix(root()).unwrap();
        if CLOCKS.iter().any(|clock| Path::new(clock) == name) {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for call in ["SystemTime::now", "Instant::now", "thread::sleep", "time::sleep"] {
                if code.contains(call) {
                    faults.push(format!("{}:{}: {call}", name.display(), number + 1));
                }
            }
        }
    }
    none(&faults);
}
