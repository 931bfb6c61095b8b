//! `longwave transcript`, as an editor and an archive's scripts use it.

use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::rig::{longwave, longwave_reading};

const STORY: &str = "\
The Lighthouse Keeper Who Stayed

JUNE ORTEGA, HOST:

The light at Pell Point has been automatic since 1989. Sam Whitlock still climbs the stairs.

SAM WHITLOCK, BYLINE: The keeper wakes at four.

(SOUNDBITE OF FOOTSTEPS)

ADA BRANDT: Somebody has to look at the sea.

WHITLOCK: For WQLW News, I'm Sam Whitlock at Pell Point.

Copyright 2024 WQLW. All rights reserved.
";

const CAPTIONS: &str = "\
1
00:00:01,000 --> 00:00:04,000
JUNE: Good morning.

2
00:00:04,000 --> 00:00:10,000
SAM: Good morning to you, June.
";

const NAVIGATION: &str = "\
Home
Programs
Schedule
Donate
Contact Us
";

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn transcript(args: &[&str], dir: &Path) -> Output {
    longwave(&[&["transcript"], args].concat(), dir)
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    dir
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn one_file_is_shown_as_json() {
    let dir = folder(&[("story.txt", STORY)]);
    let out = transcript(&["read", "story.txt"], dir.path());
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    let document = json(&text(&out.stdout));
    assert_eq!(document["headline"], "The Lighthouse Keeper Who Stayed");
    assert_eq!(document["cast"][1]["name"], "Sam Whitlock");
    assert_eq!(document["cast"][1]["role"], "reporter");
    assert_eq!(document["rights"]["line"], "Copyright 2024 WQLW. All rights reserved.");
    assert_eq!(text(&out.stderr), "");
}

#[test]
fn standard_input_is_read() {
    let dir = folder(&[]);
    let out = longwave_reading(&["transcript", "read", "-", "--to", "vtt"], dir.path(), CAPTIONS);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    let vtt = text(&out.stdout);
    assert!(vtt.starts_with("WEBVTT"), "{vtt}");
    assert!(vtt.contains("<v "), "{vtt}");
}

#[test]
fn every_form_is_written_and_what_it_cannot_hold_is_said() {
    let dir = folder(&[("story.txt", STORY), ("talk.srt", CAPTIONS)]);
    for form in transcript::Form::ALL {
        let out = transcript(&["read", "talk.srt", "--to", form.name()], dir.path());
        assert_eq!(out.status.code(), Some(0), "{form:?}");
        assert!(text(&out.stdout).contains("Good morning to you, June."), "{form:?}");
    }
    let out = transcript(&["read", "story.txt", "--to", "srt"], dir.path());
    let said = text(&out.stderr);
    assert!(said.lines().all(|line| line.starts_with("story.txt")), "{said}");
    assert!(said.contains("[not-carried]"), "{said}");
}

#[test]
fn a_folder_becomes_json_lines_with_the_names_of_the_files() {
    let dir = folder(&[
        ("archive/a/story.txt", STORY),
        ("archive/b.srt", CAPTIONS),
        ("archive/nav.txt", NAVIGATION),
        ("archive/.hidden.txt", STORY),
        ("archive/sound.mp3", "ID3"),
    ]);
    let out = transcript(&["read", "archive"], dir.path());
    assert_eq!(out.status.code(), Some(4), "{}", text(&out.stderr));
    let lines: Vec<Value> = text(&out.stdout).lines().map(json).collect();
    let files: Vec<&Value> = lines.iter().map(|line| &line["file"]).collect();
    assert_eq!(files, ["archive/a/story.txt", "archive/b.srt"]);
    let said = text(&out.stderr);
    assert!(said.contains("archive/nav.txt: "), "{said}");
    assert!(said.contains("2 of 3 files read; 1 without a story"), "{said}");
}

#[test]
fn a_bad_file_stops_no_other() {
    let dir = folder(&[
        ("in/good.txt", STORY),
        ("in/broken.json", "{\"schema\": \"longwave-transcript/1\", "),
        ("in/later.json", "{\"schema\": \"longwave-transcript/9\", \"new\": 1}"),
        ("in/empty.txt", ""),
        ("in/zzz.srt", CAPTIONS),
    ]);
    let args = ["read", "in", "gone.txt", "--to", "text", "-o", "out"];
    let out = transcript(&args, dir.path());
    assert_eq!(out.status.code(), Some(1));
    let said = text(&out.stderr);
    for file in ["in/broken.json: ", "in/later.json: ", "in/empty.txt: ", "gone.txt: "] {
        assert!(said.contains(file), "`{file}` isn't in:\n{said}");
    }
    let good = std::fs::read_to_string(dir.path().join("out/good.txt")).unwrap();
    assert!(good.contains("JUNE ORTEGA, HOST:"), "{good}");
    assert!(dir.path().join("out/zzz.txt").exists());
    assert_eq!(std::fs::read_dir(dir.path().join("out")).unwrap().count(), 2);
}

#[test]
fn what_is_read_is_never_replaced() {
    let dir = folder(&[("a.txt", STORY), ("b.txt", STORY)]);
    let out = transcript(&["read", "a.txt", "b.txt", "--to", "text", "-o", "."], dir.path());
    assert_eq!(out.status.code(), Some(1));
    assert!(text(&out.stderr).contains("would be replaced"), "{}", text(&out.stderr));
    assert_eq!(std::fs::read_to_string(dir.path().join("a.txt")).unwrap(), STORY);
}

#[test]
fn patterns_find_files_where_no_shell_does() {
    let dir = folder(&[("x/1.txt", STORY), ("x/y/2.txt", STORY), ("x/y/3.srt", CAPTIONS)]);
    let out = transcript(&["read", "x/**/*.txt", "-o", "out"], dir.path());
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    assert!(dir.path().join("out/1.json").exists());
    assert!(dir.path().join("out/y/2.json").exists());
    assert!(!dir.path().join("out/y/3.json").exists());
    let none = transcript(&["read", "x/*.md"], dir.path());
    assert_eq!(none.status.code(), Some(1));
    assert!(text(&none.stderr).contains("no file matches"), "{}", text(&none.stderr));
}

#[test]
fn several_files_are_not_one_page() {
    let dir = folder(&[("a.txt", STORY), ("b.txt", STORY)]);
    let out = transcript(&["read", "a.txt", "b.txt", "--to", "html"], dir.path());
    assert_eq!(out.status.code(), Some(2));
    assert!(text(&out.stderr).contains("-o"), "{}", text(&out.stderr));
}

#[test]
fn a_page_without_a_story_is_refused_with_its_own_exit_code() {
    let dir = folder(&[("nav.txt", NAVIGATION)]);
    for command in ["read", "check", "cast"] {
        let out = transcript(&[command, "nav.txt"], dir.path());
        assert_eq!(out.status.code(), Some(4), "{command}");
        assert!(text(&out.stderr).starts_with("nav.txt: "), "{}", text(&out.stderr));
    }
    let out = transcript(&["diff", "nav.txt", "nav.txt"], dir.path());
    assert_eq!(out.status.code(), Some(4));
}

#[test]
fn check_prints_warnings_by_line() {
    let backward = CAPTIONS.replace("00:00:10,000", "00:00:02,000");
    let dir = folder(&[("good.txt", STORY), ("bad.srt", &backward)]);
    let out = transcript(&["check", "good.txt", "bad.srt"], dir.path());
    assert_eq!(out.status.code(), Some(5));
    let said = text(&out.stdout);
    assert!(said.starts_with("bad.srt:5: This ends before it begins. [time-backward]"), "{said}");
    let out = transcript(&["check", "good.txt"], dir.path());
    assert_eq!((out.status.code(), text(&out.stdout)), (Some(0), String::new()));
}

#[test]
fn cast_says_who_speaks_and_how_much() {
    let dir = folder(&[("story.txt", STORY), ("talk.srt", CAPTIONS)]);
    let table = text(&transcript(&["cast", "story.txt"], dir.path()).stdout);
    let row = |name: &str| table.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    assert!(row("Sam Whitlock").contains("2 turns"), "{table}");
    assert!(row("Ada Brandt").contains("7 words"), "{table}");
    assert!(table.contains("3 speakers, 4 turns"), "{table}");
    let table = text(&transcript(&["cast", "talk.srt"], dir.path()).stdout);
    assert!(table.contains("0:06") && table.contains("67%"), "{table}");
}

#[test]
fn diff_shows_a_correction_by_turn_and_word() {
    let corrected = STORY.replace("since 1989", "since 1991").replace("wakes at four", "rises");
    let dir = folder(&[("before.txt", STORY), ("after.txt", &corrected)]);
    let out = transcript(&["diff", "before.txt", "after.txt"], dir.path());
    assert_eq!(out.status.code(), Some(5), "{}", text(&out.stderr));
    let shown = text(&out.stdout);
    assert!(shown.contains("been automatic since [-1989.-] {+1991.+} Sam Whitlock"), "{shown}");
    assert!(shown.contains("June Ortega: corrected"), "{shown}");
    assert!(!shown.contains("Ada Brandt"), "{shown}");
    let out = transcript(&["diff", "before.txt", "before.txt"], dir.path());
    assert_eq!((out.status.code(), text(&out.stdout)), (Some(0), String::new()));
}

#[test]
fn names_and_words_of_strangers_do_not_steer_the_terminal() {
    let evil = STORY.replace("ADA BRANDT", "ADA \u{1b}[31mBRANDT");
    let dir = folder(&[("evil.txt", &evil)]);
    for command in ["cast", "check"] {
        let out = transcript(&[command, "evil.txt"], dir.path());
        assert!(!text(&out.stdout).contains('\u{1b}'), "{command}");
        assert!(!text(&out.stderr).contains('\u{1b}'), "{command}");
    }
}
