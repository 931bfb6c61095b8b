//! Disks that fill, hang and fail: the air goes on.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use airtime::Clock;
use parking_lot::{Condvar, Mutex};
use tape::{Event, EventLog, MachineDisk, Media, RecordingState, Storage, Tape};

use crate::studio::{
    PATIENCE, Player, begin, bytes_of, clock, evening, numbers, options, read_on, secs, span,
};

/// A disk that a test makes hang, fill or fail.
#[derive(Clone, Debug, Default)]
struct Faulty {
    state: Arc<(Mutex<State>, Condvar)>,
}

#[derive(Debug, Default)]
struct State {
    hangs: bool,
    /// How much more fits, where that is limited.
    room: Option<usize>,
    /// What fails, or hangs where `hangs` is set: writing, if nothing is named.
    at: At,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum At {
    #[default]
    Writing,
    Opening,
    Syncing,
}

impl Faulty {
    fn set(&self, hangs: bool, room: Option<usize>) {
        self.put(State { hangs, room, at: At::Writing });
    }

    fn put(&self, state: State) {
        *self.state.0.lock() = state;
        self.state.1.notify_all();
    }

    /// Waits, or fails, if that is what is to happen here.
    fn pass(&self, at: At) -> io::Result<()> {
        let (lock, wake) = &*self.state;
        let mut state = lock.lock();
        while state.hangs && state.at == at {
            wake.wait(&mut state);
        }
        match state.at == at && at != At::Writing {
            true => Err(io::Error::other("input/output error")),
            false => Ok(()),
        }
    }
}

impl Storage for Faulty {
    fn append_to(&self, path: &Path, len: u64) -> io::Result<Box<dyn Media>> {
        self.pass(At::Opening)?;
        Ok(Box::new(Slow { disk: self.clone(), media: MachineDisk.append_to(path, len)? }))
    }
}

struct Slow {
    disk: Faulty,
    media: Box<dyn Media>,
}

impl Media for Slow {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.disk.pass(At::Writing)?;
        let mut state = self.disk.state.0.lock();
        if let Some(room) = &mut state.room {
            let fits = bytes.len().min(*room);
            *room -= fits;
            self.media.append(&bytes[..fits])?;
            if fits < bytes.len() {
                return Err(io::ErrorKind::StorageFull.into());
            }
            return Ok(());
        }
        self.media.append(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.disk.pass(At::Syncing)?;
        self.media.sync()
    }
}

#[test]
fn a_full_disk_costs_tape_and_never_air() {
    let dir = tempfile::tempdir().unwrap();
    let (clock, disk) = (clock(), Faulty::default());
    let mut roomy = options(dir.path());
    roomy.ring = secs(60.0);
    let (tape, mut appender) = Tape::open_on(roomy, clock.clone(), Arc::new(disk.clone())).unwrap();
    let start = tape.behind_head(Duration::ZERO);
    begin(&mut appender);
    let mut player = Player::starting_at(evening());
    player.play(&mut appender, secs(5.0));
    assert!(tape.settle(PATIENCE));
    // Full in the middle of a frame.
    disk.set(false, Some(10_000));
    player.play(&mut appender, secs(10.0));
    assert!(tape.settle(PATIENCE));
    let RecordingState::Stopped { lost, .. } = tape.recording() else { panic!() };
    assert!(lost > 20, "{lost}");
    let (live, gone) = read_on(&tape, start);
    assert!(gone.is_empty());
    assert_eq!(numbers(&bytes_of(&live)), (0..player.next).collect::<Vec<_>>());

    disk.set(false, None);
    clock.advance(secs(2.0));
    player.play(&mut appender, secs(5.0));
    assert!(tape.settle(PATIENCE));
    assert_eq!(tape.recording(), RecordingState::Ok);
    drop((tape, appender));

    let (tape, _appender) = Tape::open(options(dir.path()), clock.clone()).unwrap();
    let (cold, gone) = read_on(&tape, tape.seek(evening()).unwrap().cursor);
    let found = numbers(&bytes_of(&cold));
    assert_eq!(gone.len(), 1);
    let hole = gone[0].unwrap();
    assert!(hole.duration() > secs(8.0) && hole.duration() < secs(10.1), "{hole:?}");
    assert!(found.is_sorted() && found.len() > 400);
    let kept: Vec<_> = (0..player.next)
        .filter(|n| {
            let at = evening().saturating_add(Duration::from_millis(n * 24));
            !hole.contains(at)
        })
        .collect();
    assert_eq!(found, kept);
    assert_eq!(tape.summary().holes, [hole]);
    let after = cold.iter().filter(|block| block.discontinuity).count();
    assert_eq!(after, 2, "a decoder is told of the hole");
    assert_eq!(Tape::check(dir.path()).unwrap(), []);
    assert!(clock.now() > evening());
}

#[test]
fn a_disk_that_hangs_costs_tape_and_never_air() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Faulty::default();
    let (tape, mut appender) =
        Tape::open_on(options(dir.path()), clock(), Arc::new(disk.clone())).unwrap();
    begin(&mut appender);
    let mut player = Player::starting_at(evening());
    player.play(&mut appender, secs(5.0));
    assert!(tape.settle(PATIENCE));
    disk.set(true, None);
    // Far more than may wait for the disk.
    for _ in 0..40 {
        player.play(&mut appender, secs(10.0));
        assert!(read_on(&tape, tape.behind_head(secs(1.0))).0.len() >= 4);
    }
    let RecordingState::Behind { lost, .. } = tape.recording() else { panic!() };
    assert!(lost > 0);
    disk.set(false, None);
    assert!(tape.settle(PATIENCE));
    player.play(&mut appender, secs(5.0));
    assert!(tape.settle(PATIENCE));
    assert_eq!(tape.recording(), RecordingState::Ok);
    let (cold, gone) = read_on(&tape, tape.seek(evening()).unwrap().cursor);
    assert_eq!(gone.len(), 1, "{gone:?}");
    let found = numbers(&bytes_of(&cold));
    assert!(found.is_sorted_by(|a, b| a < b));
    assert_eq!((found[0], found.last().copied()), (0, Some(player.next - 1)));
}

#[test]
fn a_folder_that_can_not_be_used_costs_tape_and_never_air() {
    let dir = tempfile::tempdir().unwrap();
    // A file where the folder should be: as good as a disk that refuses.
    let folder = dir.path().join("tape");
    std::fs::write(&folder, b"").unwrap();
    let (tape, mut appender) = Tape::open(options(&folder), clock()).unwrap();
    let start = tape.behind_head(Duration::ZERO);
    let RecordingState::Stopped { why, .. } = tape.recording() else { panic!() };
    assert!(why.contains("tape"), "{why}");
    begin(&mut appender);
    let mut player = Player::starting_at(evening());
    player.play(&mut appender, secs(1.0));
    assert_eq!(numbers(&bytes_of(&read_on(&tape, start).0)), (0..player.next).collect::<Vec<_>>());
    assert!(tape.settle(PATIENCE) && tape.close());
}

#[test]
fn an_hour_that_can_not_be_read_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    for hour in ["02", "03"] {
        // A directory under an hour's index's name can be opened but not read.
        std::fs::create_dir(dir.path().join(format!("2026-11-24T{hour}Z.index"))).unwrap();
        std::fs::write(dir.path().join(format!("2026-11-24T{hour}Z.mp3")), b"sound").unwrap();
    }
    assert_eq!(Tape::check(dir.path()).unwrap().len(), 2);
    let (tape, mut appender) = Tape::open(options(dir.path()), clock()).unwrap();
    assert_eq!(tape.recording(), RecordingState::Ok);
    begin(&mut appender);
    let mut player = Player::starting_at(evening());
    player.play(&mut appender, secs(60.0));
    assert!(tape.settle(PATIENCE));
    assert_eq!(tape.recording(), RecordingState::Ok);
    let names: Vec<_> = tape.summary().files.into_iter().map(|file| file.name).collect();
    assert_eq!(names, ["2026-11-24T03Z-2.mp3", "2026-11-24T04Z.mp3"]);
    for hour in ["02", "03"] {
        let kept = std::fs::read(dir.path().join(format!("2026-11-24T{hour}Z.mp3"))).unwrap();
        assert_eq!(kept, b"sound");
    }
    let (blocks, gone) = read_on(&tape, tape.seek(evening()).unwrap().cursor);
    assert_eq!(gone, []);
    assert_eq!(numbers(&bytes_of(&blocks)), (0..player.next).collect::<Vec<_>>());
    assert!(blocks[0].sample > 1 << 31, "what can't be read may have those samples");
}

#[test]
fn a_disk_that_fails_to_open_or_sync_costs_tape_and_never_air() {
    for at in [At::Opening, At::Syncing] {
        let dir = tempfile::tempdir().unwrap();
        let (clock, disk) = (clock(), Faulty::default());
        let opened =
            Tape::open_on(options(dir.path()), clock.clone(), Arc::new(disk.clone())).unwrap();
        let (tape, mut appender) = opened;
        begin(&mut appender);
        let mut player = Player::starting_at(evening());
        // Over the hour's turn, where another file has to be opened.
        let mut play = |appender: &mut _, seconds: u32| {
            for _ in 0..seconds * 4 {
                player.play(appender, secs(0.25));
                clock.advance(secs(0.25));
                assert!(tape.settle(PATIENCE));
                let live = read_on(&tape, tape.behind_head(secs(1.0))).0;
                assert_eq!(numbers(&bytes_of(&live)).last(), Some(&(player.next - 1)));
            }
            player.next
        };
        play(&mut appender, 25);
        disk.put(State { at, ..State::default() });
        play(&mut appender, 10);
        let RecordingState::Stopped { why, .. } = tape.recording() else { panic!("{at:?}") };
        assert!(why.contains("input/output"), "{why}");
        disk.put(State::default());
        let all = play(&mut appender, 10);
        assert_eq!(tape.recording(), RecordingState::Ok, "{at:?}");
        drop((tape, appender));

        let (tape, _appender) = Tape::open(options(dir.path()), clock.clone()).unwrap();
        let (cold, _) = read_on(&tape, tape.seek(evening()).unwrap().cursor);
        let found = numbers(&bytes_of(&cold));
        assert!(found.is_sorted_by(|a, b| a < b));
        assert_eq!(found.last(), Some(&(all - 1)));
        // At most what was on the air while it failed, and a try more.
        assert!(all - found.len() as u64 <= 12 * 42, "{at:?}: {} of {all}", found.len());
        assert_eq!(Tape::check(dir.path()).unwrap(), []);
    }
}

#[test]
fn a_disk_that_hangs_while_it_syncs_or_opens_holds_up_nobody() {
    for at in [At::Opening, At::Syncing] {
        let dir = tempfile::tempdir().unwrap();
        let (clock, disk) = (clock(), Faulty::default());
        let opened =
            Tape::open_on(options(dir.path()), clock.clone(), Arc::new(disk.clone())).unwrap();
        let (tape, mut appender) = opened;
        begin(&mut appender);
        disk.put(State { at, hangs: true, ..State::default() });
        let mut player = Player::starting_at(evening());
        for _ in 0..200 {
            player.play(&mut appender, secs(0.25));
            clock.advance(secs(0.25));
            assert!(!read_on(&tape, tape.behind_head(secs(1.0))).0.is_empty());
            assert!(!matches!(tape.recording(), RecordingState::Stopped { .. }));
        }
        disk.put(State::default());
        assert!(tape.settle(PATIENCE));
        assert_eq!(tape.recording(), RecordingState::Ok);
        let (cold, gone) = read_on(&tape, tape.seek(evening()).unwrap().cursor);
        assert_eq!(gone, [], "{at:?}");
        assert_eq!(numbers(&bytes_of(&cold)), (0..player.next).collect::<Vec<_>>());
    }
}

#[test]
fn events_that_were_written_in_part_come_once() {
    for at in [At::Writing, At::Opening, At::Syncing] {
        let dir = tempfile::tempdir().unwrap();
        let disk = Faulty::default();
        let log = EventLog::open_on(dir.path(), clock(), Arc::new(disk.clone())).unwrap();
        let event = |n: u64| Event {
            at: evening().saturating_add(Duration::from_secs(n)),
            kind: "title".to_owned(),
            payload: serde_json::json!({ "raw": "a title of some length", "n": n }),
        };
        log.record(event(0));
        assert!(log.settle(PATIENCE));
        // Full within a line, or failing after all was written.
        let room = (at == At::Writing).then_some(100);
        disk.put(State { at, room, ..State::default() });
        for n in 1..20 {
            log.record(event(n));
        }
        assert!(!log.settle(Duration::from_millis(20)));
        disk.put(State::default());
        log.record(event(20));
        assert!(log.settle(PATIENCE));
        drop(log);
        let log = EventLog::open(dir.path(), clock()).unwrap();
        let all = span(evening(), evening().saturating_add(secs(60.0)));
        let found: Vec<_> =
            log.between(all).into_iter().map(|event| event.payload["n"].clone()).collect();
        assert_eq!(found, (0..=20).map(serde_json::Value::from).collect::<Vec<_>>(), "{at:?}");
        let text = std::fs::read_to_string(dir.path().join("2026-11-24T03Z.events.jsonl")).unwrap();
        assert!(text.lines().all(|line| serde_json::from_str::<Event>(line).is_ok()), "{text}");
    }
}
