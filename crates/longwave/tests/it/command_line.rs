//! Help, exit codes, and the commands that end by themselves.

use crate::rig::{longwave, longwave_reading};

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn help_shows_how_to_begin() {
    let dir = tempfile::tempdir().unwrap();
    let out = longwave(&["--help"], dir.path());
    assert_eq!(out.status.code(), Some(0));
    let help = text(&out.stdout);
    for part in ["longwave demo", "longwave init", "longwave serve", "Exit codes"] {
        assert!(help.contains(part), "`{part}` is not in:\n{help}");
    }
}

#[test]
fn every_command_has_help() {
    let dir = tempfile::tempdir().unwrap();
    let commands: &[&[&str]] = &[
        &["demo"],
        &["serve"],
        &["init"],
        &["check-config"],
        &["reload"],
        &["hash-password"],
        &["tape", "ls"],
        &["tape", "cut"],
        &["tape", "check"],
        &["tape", "withhold"],
        &["transcript", "read"],
        &["transcript", "check"],
        &["transcript", "cast"],
        &["transcript", "diff"],
    ];
    for command in commands {
        let out = longwave(&[*command, &["--help"]].concat(), dir.path());
        assert_eq!(out.status.code(), Some(0), "{command:?}");
        assert!(text(&out.stdout).contains("Usage: longwave"), "{command:?}");
    }
}

#[test]
fn a_wrong_command_line_is_exit_code_2() {
    let dir = tempfile::tempdir().unwrap();
    for wrong in [&["play"][..], &["demo", "--port", "70000"], &["serve", "--now"], &[]] {
        assert_eq!(longwave(wrong, dir.path()).status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn a_missing_configuration_says_how_to_write_one() {
    let dir = tempfile::tempdir().unwrap();
    for command in ["serve", "check-config", "reload"] {
        let out = longwave(&[command], dir.path());
        assert_eq!(out.status.code(), Some(1));
        let said = text(&out.stderr);
        assert!(said.contains("longwave.toml") && said.contains("longwave init"), "{said}");
    }
}

#[test]
fn a_wrong_configuration_is_exit_code_3_with_file_and_line() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("longwave.toml"), "[server]\nprot = 1\n").unwrap();
    for command in ["serve", "check-config", "reload"] {
        let out = longwave(&[command], dir.path());
        assert_eq!(out.status.code(), Some(3));
        let said = text(&out.stderr);
        assert!(said.contains("longwave.toml:2:1: unknown field `prot`"), "{said}");
    }
}

#[test]
fn init_writes_a_configuration_that_is_right_and_never_overwrites_one() {
    let dir = tempfile::tempdir().unwrap();
    let out = longwave(&["init"], dir.path());
    assert_eq!(out.status.code(), Some(0));
    let shown = text(&out.stdout);
    let written = std::fs::read_to_string(dir.path().join("longwave.toml")).unwrap();
    let passwords: Vec<&str> =
        shown.lines().filter_map(|line| line.split_once("password ")).map(|(_, p)| p).collect();
    assert_eq!(passwords.len(), 2);
    for password in passwords {
        assert!(!written.contains(password), "a password stands in the file");
    }
    assert_eq!(longwave(&["check-config"], dir.path()).status.code(), Some(0));

    let again = longwave(&["init"], dir.path());
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again.stderr).contains("--output"));
    assert_eq!(std::fs::read_to_string(dir.path().join("longwave.toml")).unwrap(), written);
}

#[test]
fn a_hashed_password_is_taken_by_the_configuration() {
    let dir = tempfile::tempdir().unwrap();
    let out = longwave_reading(&["hash-password"], dir.path(), "correct horse\n");
    assert_eq!(out.status.code(), Some(0));
    let hash = access::PasswordHash::parse(text(&out.stdout).trim()).unwrap();
    assert!(hash.verify(&access::Secret::new("correct horse")));

    let empty = longwave_reading(&["hash-password"], dir.path(), "\n");
    assert_eq!(empty.status.code(), Some(1));
}

#[test]
fn reload_without_a_station_says_so() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(longwave(&["init"], dir.path()).status.code(), Some(0));
    let out = longwave(&["reload"], dir.path());
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("No station is running"));
}
