//! Whatever a crash leaves behind, the tape opens and goes on.

use std::fs;
use std::path::Path;
use std::time::Duration;

use tape::Tape;

use crate::studio::{
    PATIENCE, Player, begin, bytes_of, clock, evening, numbers, options, read_on, secs,
};

/// Records 100 s over an hour's turn, and returns the number of frames.
fn record(dir: &Path) -> u64 {
    let (tape, mut appender) = Tape::open(options(dir), clock()).unwrap();
    begin(&mut appender);
    let mut player = Player::starting_at(evening());
    player.play(&mut appender, secs(60.0));
    player.now = player.now.saturating_add(secs(2.0));
    player.play(&mut appender, secs(40.0));
    assert!(tape.settle(PATIENCE));
    player.next
}

pub(crate) fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

fn shorten(path: &Path, len: u64) {
    fs::OpenOptions::new().write(true).open(path).unwrap().set_len(len).unwrap();
}

/// Opens what is left, and checks that it is the beginning of what was recorded, that it is in
/// order afterwards, and that recording goes on behind it. Returns how many frames are left.
fn opens_and_goes_on(dir: &Path, recorded: u64) -> u64 {
    let (tape, mut appender) = Tape::open(options(dir), clock()).unwrap();
    let (cold, gone) = match tape.seek(tape.window().unwrap().from()) {
        Ok(seek) => read_on(&tape, seek.cursor),
        Err(error) => panic!("{error}"),
    };
    assert!(gone.is_empty(), "{gone:?}");
    let left = numbers(&bytes_of(&cold));
    assert_eq!(left, (0..left.len() as u64).collect::<Vec<_>>());
    assert!(left.len() as u64 <= recorded);
    for pair in cold.windows(2) {
        assert_eq!(pair[0].sample + pair[0].samples, pair[1].sample);
        assert!(pair[0].first < pair[1].first);
    }
    let head = tape.head().unwrap();
    begin(&mut appender);
    let mut player = Player { next: left.len() as u64, now: head.saturating_add(secs(3.0)) };
    player.play(&mut appender, secs(2.0));
    assert!(tape.settle(PATIENCE));
    drop((tape, appender));

    let (tape, _appender) = Tape::open(options(dir), clock()).unwrap();
    let (cold, _) = read_on(&tape, tape.seek(tape.window().unwrap().from()).unwrap().cursor);
    assert_eq!(numbers(&bytes_of(&cold)), (0..player.next).collect::<Vec<_>>());
    let sequel = cold.iter().find(|block| block.first > head).unwrap();
    assert!(sequel.discontinuity);
    assert_eq!(Tape::check(dir).unwrap(), []);
    left.len() as u64
}

#[test]
fn a_torn_file_loses_what_is_torn_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let recorded = record(dir.path());
    let audio = "2026-11-24T04Z.mp3";
    let len = fs::metadata(dir.path().join(audio)).unwrap().len();
    let in_first_hour = 1250;
    let cuts: Vec<u64> = (0..400).map(|step| len.saturating_sub(step * 163)).collect();
    let edges = [len - 1, len - 191, len - 192, len - 193, 0, 1, 191, 192];
    for left in edges.into_iter().chain(cuts.into_iter().step_by(13)) {
        let crashed = tempfile::tempdir().unwrap();
        copy(dir.path(), crashed.path());
        shorten(&crashed.path().join(audio), left);
        let frames = opens_and_goes_on(crashed.path(), recorded);
        assert_eq!(frames, in_first_hour + left / 192, "cut off at {left} of {len}");
    }
}

#[test]
fn a_torn_index_loses_no_audio() {
    let dir = tempfile::tempdir().unwrap();
    let recorded = record(dir.path());
    let index = "2026-11-24T04Z.index";
    let len = fs::metadata(dir.path().join(index)).unwrap().len();
    for left in (0..=len).rev().step_by(131) {
        let crashed = tempfile::tempdir().unwrap();
        copy(dir.path(), crashed.path());
        shorten(&crashed.path().join(index), left);
        assert_eq!(opens_and_goes_on(crashed.path(), recorded), recorded, "{left} of {len}");
    }
}

#[test]
fn damaged_records_lose_no_audio() {
    let dir = tempfile::tempdir().unwrap();
    let recorded = record(dir.path());
    for name in ["2026-11-24T03Z.index", "2026-11-24T04Z.index"] {
        let bytes = fs::read(dir.path().join(name)).unwrap();
        for at in (0..bytes.len()).step_by(173) {
            let crashed = tempfile::tempdir().unwrap();
            copy(dir.path(), crashed.path());
            let mut bytes = bytes.clone();
            bytes[at] ^= 0x55;
            fs::write(crashed.path().join(name), bytes).unwrap();
            let (tape, _appender) = Tape::open(options(crashed.path()), clock()).unwrap();
            let (cold, _) =
                read_on(&tape, tape.seek(tape.window().unwrap().from()).unwrap().cursor);
            assert_eq!(numbers(&bytes_of(&cold)).len() as u64, recorded, "{name} at {at}");
        }
    }
}

#[test]
fn a_missing_index_is_rebuilt_and_says_that_its_times_are_guesses() {
    let dir = tempfile::tempdir().unwrap();
    let recorded = record(dir.path());
    for name in ["2026-11-24T03Z.index", "2026-11-24T04Z.index"] {
        let crashed = tempfile::tempdir().unwrap();
        copy(dir.path(), crashed.path());
        fs::remove_file(crashed.path().join(name)).unwrap();
        assert_eq!(Tape::check(crashed.path()).unwrap().len(), 1);
        let tape = Tape::open_read_only(crashed.path(), clock()).unwrap();
        let estimated: Vec<_> = tape.summary().files.iter().map(|file| file.estimated).collect();
        assert_eq!(estimated, [name.contains("T03"), name.contains("T04")]);
        drop(tape);
        assert_eq!(opens_and_goes_on(crashed.path(), recorded), recorded);
    }
}

#[test]
fn damage_in_the_middle_is_a_hole_that_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let recorded = record(dir.path());
    let path = dir.path().join("2026-11-24T03Z.mp3");
    let mut bytes = fs::read(&path).unwrap();
    bytes[192 * 500..192 * 500 + 20].fill(0);
    fs::write(&path, bytes).unwrap();
    let damage = Tape::check(dir.path()).unwrap();
    assert_eq!(damage.len(), 1, "{damage:?}");
    assert_eq!(damage[0].file, "2026-11-24T03Z.mp3");
    let (tape, _appender) = Tape::open(options(dir.path()), clock()).unwrap();
    let (cold, gone) = read_on(&tape, tape.seek(evening()).unwrap().cursor);
    let found = numbers(&bytes_of(&cold));
    assert!(found.is_sorted_by(|a, b| a < b) && !found.contains(&500));
    assert!(found.len() as u64 > recorded - 50, "{} of {recorded}", found.len());
    assert_eq!(gone.len(), 1);
    assert!(gone[0].unwrap().duration() < Duration::from_secs(2));
}

#[test]
fn an_unsynced_crash_loses_only_the_open_block() {
    let dir = tempfile::tempdir().unwrap();
    let (tape, mut appender) = Tape::open(options(dir.path()), clock()).unwrap();
    begin(&mut appender);
    let mut player = Player::starting_at(evening());
    for _ in 0..40 {
        player.play_on(&mut appender, Duration::from_millis(310));
        assert!(tape.settle(PATIENCE));
        // What another process would find if this one were killed now.
        let killed = tempfile::tempdir().unwrap();
        copy(dir.path(), killed.path());
        let left = opens_and_goes_on(killed.path(), player.next);
        assert!(player.next - left <= 250 / 24, "{} frames lost", player.next - left);
    }
}

#[test]
fn what_is_left_over_is_taken_away_and_what_is_set_aside_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let recorded = record(dir.path());
    let index = |hour: u8| dir.path().join(format!("2026-11-24T{hour:02}Z.index"));
    // A deletion that was cut short, an index that was being written, files without audio.
    fs::copy(index(3), index(1)).unwrap();
    fs::write(dir.path().join("2026-11-24T03Z.index.new"), b"half").unwrap();
    for noise in [b"noise", b"other"] {
        fs::write(dir.path().join("2026-11-24T02Z.mp3"), noise).unwrap();
        let (tape, _appender) = Tape::open(options(dir.path()), clock()).unwrap();
        assert_eq!(tape.summary().files.len(), 2);
    }
    let mut left: Vec<_> = fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with("2026-11-24T03Z.") && !name.starts_with("2026-11-24T04Z."))
        .collect();
    left.sort();
    assert_eq!(left, [".lock", "2026-11-24T02Z.mp3.damaged", "2026-11-24T02Z.mp3.damaged-2"]);
    assert_eq!(opens_and_goes_on(dir.path(), recorded), recorded);
}

#[test]
fn a_rebuilt_index_counts_on_from_one_neighbour_to_the_other() {
    let dir = tempfile::tempdir().unwrap();
    let (tape, mut appender) = Tape::open(options(dir.path()), clock()).unwrap();
    begin(&mut appender);
    let mut player = Player::starting_at(evening());
    for _ in 0..3 {
        player.play(&mut appender, secs(90.0));
        assert!(tape.settle(PATIENCE));
        player.now = player.now.hour().saturating_add(secs(3600.0 - 30.0));
    }
    let all = |tape: &Tape| tape.segments(tape.window().unwrap());
    let live = all(&tape);
    drop((tape, appender));
    for hour in ["03", "04", "05", "06"] {
        let crashed = tempfile::tempdir().unwrap();
        copy(dir.path(), crashed.path());
        fs::remove_file(crashed.path().join(format!("2026-11-24T{hour}Z.index"))).unwrap();
        let (tape, _appender) = Tape::open(options(crashed.path()), clock()).unwrap();
        let found = all(&tape);
        let counts = |segment: &tape::Segment| (segment.ordinal, segment.discontinuity);
        assert!(
            found.is_sorted_by(|a, b| counts(a) < counts(b) && a.samples.end <= b.samples.start)
        );
        assert!(found.is_sorted_by_key(|segment| segment.discontinuity), "{hour}");
        assert!(found.iter().all(|segment| segment.span.duration() < secs(15.0)), "{hour}");
        // What is about the hour is as it was.
        let name = format!("T{hour}");
        let outside = |segment: &&tape::Segment| !segment.span.to().to_string().contains(&name);
        let before: Vec<_> = live.iter().filter(outside).map(counts).collect();
        let after: Vec<_> = found.iter().filter(outside).map(counts).collect();
        assert!(before.iter().filter(|count| !after.contains(count)).count() <= 2, "{hour}");
    }
}

#[test]
fn more_indexes_than_are_held_are_all_found() {
    let dir = tempfile::tempdir().unwrap();
    let (tape, mut appender) = Tape::open(options(dir.path()), clock()).unwrap();
    begin(&mut appender);
    let mut player = Player::starting_at(evening());
    for _ in 0..60 {
        player.play(&mut appender, secs(1.5));
        assert!(tape.settle(PATIENCE));
        player.now = player.now.hour().saturating_add(secs(3600.0));
    }
    let whole = |tape: &Tape| {
        let (cold, _) = read_on(tape, tape.seek(tape.window().unwrap().from()).unwrap().cursor);
        assert_eq!(numbers(&bytes_of(&cold)), (0..player.next).collect::<Vec<_>>());
        assert_eq!(tape.summary().files.len(), 60);
    };
    whole(&tape);
    whole(&tape);
    drop((tape, appender));
    // Read without mending, an index that is rebuilt is in memory only.
    for hour in ["2026-11-24T03Z", "2026-11-24T04Z", "2026-11-25T12Z"] {
        fs::remove_file(dir.path().join(format!("{hour}.index"))).unwrap();
    }
    let tape = Tape::open_read_only(dir.path(), clock()).unwrap();
    whole(&tape);
    whole(&tape);
}
