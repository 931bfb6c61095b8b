//! The log of sessions, over ends and crashes.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use airtime::Clock as _;
use listen::{Listen, ListenSettings, SessionRecord};

use lineup::MountPath;

use crate::studio::{Ear, FRAME, Plan, Studio, at, path, setup};

/// All sessions that have ended, in all days.
fn ended(dir: &Path) -> Vec<SessionRecord> {
    let mut sessions = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.ends_with(".jsonl") && !name.starts_with("open-") {
            let text = fs::read_to_string(path).unwrap();
            sessions.extend(
                text.lines().filter_map(|line| serde_json::from_str::<SessionRecord>(line).ok()),
            );
        }
    }
    sessions
}

fn open_lines(dir: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_str().unwrap().starts_with("open-") {
            text += &fs::read_to_string(path).unwrap();
        }
    }
    text
}

fn with_log(dir: &Path) -> Studio {
    let mut plan = Plan::new();
    plan.settings.sessions = Some(dir.to_owned());
    plan.open()
}

fn seated(studio: &mut Studio, agent: &str) -> Ear {
    let mut ear = studio.ask("/news.mp3", &format!("User-Agent: {agent}\r\n"));
    studio.hear(&mut ear, |ear| ear.body().len() > 100 * FRAME);
    ear
}

/// Waits for the writer, which follows in its own time.
fn until(mut done: impl FnMut() -> bool) {
    for _ in 0..1000 {
        if done() {
            return;
        }
        let (_wait, never) = std::sync::mpsc::channel::<()>();
        let _ = never.recv_timeout(Duration::from_millis(10));
    }
    panic!("it was never written");
}

#[test]
fn a_session_says_who_heard_what() {
    let dir = tempfile::tempdir().unwrap();
    let mut studio = with_log(dir.path());
    studio.air(Duration::from_secs(20));
    let joined = studio.clock.now();
    let mut ear = seated(&mut studio, "Test/1");
    studio.hear(&mut ear, |ear| ear.body().len() >= 1000 * FRAME);
    studio.listen.stop();
    ear.rest();
    let sessions = ended(dir.path());
    assert_eq!(sessions.len(), 1);
    let session = &sessions[0];
    assert_eq!(session.mount, path());
    assert_eq!(session.agent.as_deref(), Some("Test/1"));
    assert_eq!(session.address, Some([127, 0, 0, 1].into()));
    assert_eq!(session.started, joined);
    assert_eq!(session.ended, Some(studio.clock.now()));
    assert_eq!(session.heard.len(), 1);
    assert_eq!(session.bytes as usize, ear.got.len());
    let played = Duration::from_millis(24) * u32::try_from(ear.body().len() / FRAME).unwrap();
    assert_eq!(session.heard[0].duration(), played);
}

#[test]
fn who_is_moved_has_a_session_at_each_mount() {
    let dir = tempfile::tempdir().unwrap();
    let mut studio = with_log(dir.path());
    studio.air(Duration::from_secs(10));
    let music = MountPath::new("/music.mp3").unwrap();
    let mut mount = Plan::new().mount;
    mount.path = music.clone();
    let (tape, events) = (studio.tape.clone(), studio.events.clone());
    studio.listen.set_mount(setup(mount, Duration::ZERO, &tape, &events));
    let mut ear = seated(&mut studio, "Test/1");
    studio.listen.move_all(&path(), &music);
    studio.hear(&mut ear, |ear| ear.body().len() > 600 * FRAME);
    studio.listen.stop();
    ear.rest();
    let sessions = ended(dir.path());
    let mounts: Vec<_> = sessions.iter().map(|session| session.mount.clone()).collect();
    assert_eq!(mounts, [path(), music]);
    assert_ne!(sessions[0].id, sessions[1].id);
    let bytes: u64 = sessions.iter().map(|session| session.bytes).sum();
    assert_eq!(bytes as usize, ear.got.len());
}

#[test]
fn a_crash_costs_no_session_and_at_most_a_minute() {
    let dir = tempfile::tempdir().unwrap();
    let after = tempfile::tempdir().unwrap();
    let mut studio = with_log(dir.path());
    studio.air(Duration::from_secs(10));
    let mut ears: Vec<_> = (0..5).map(|n| seated(&mut studio, &format!("Test/{n}"))).collect();
    for _ in 0..150 {
        studio.air(Duration::from_secs(1));
        ears.iter_mut().for_each(Ear::rest);
    }
    // One leaves; one has only just come.
    let first = ears.remove(0);
    drop(first);
    studio.until(|studio| studio.listen.counts(&path()).listeners == 4);
    let _late = seated(&mut studio, "Test/late");
    until(|| ended(dir.path()).len() == 1 && open_lines(dir.path()).contains("Test/late"));
    // What a crash would leave: the files as they are now, the last line torn.
    let crashed = studio.clock.now();
    for entry in fs::read_dir(dir.path()).unwrap() {
        let path = entry.unwrap().path();
        let mut bytes = fs::read(&path).unwrap();
        if path.file_name().unwrap().to_str().unwrap().starts_with("open-") {
            bytes.extend(b"{\"at\":17954964");
        }
        fs::write(after.path().join(path.file_name().unwrap()), bytes).unwrap();
    }
    let settings = ListenSettings {
        sessions: Some(after.path().to_owned()),
        pumps: 1,
        interval: Duration::from_secs(2),
        max_listeners: None,
        keep_addresses_days: 30,
    };
    drop(Listen::open(settings.clone(), studio.clock.clone()).unwrap());
    let sessions = ended(after.path());
    assert_eq!(sessions.len(), 6, "{sessions:#?}");
    let by_agent: HashMap<_, _> =
        sessions.iter().map(|session| (session.agent.clone().unwrap(), session)).collect();
    assert_eq!(by_agent.len(), 6);
    for (agent, session) in by_agent {
        let end = session.ended.unwrap();
        assert!(end <= crashed);
        let lost = crashed.since(end);
        assert!(lost <= Duration::from_secs(60) || agent == "Test/0", "{agent} lost {lost:?}");
    }
    // Opening it once more changes nothing.
    drop(Listen::open(settings, studio.clock.clone()).unwrap());
    assert_eq!(ended(after.path()).len(), 6);
}

#[test]
fn torn_at_every_byte_the_log_opens_and_no_session_is_told_twice() {
    let dir = tempfile::tempdir().unwrap();
    let mut studio = with_log(dir.path());
    studio.air(Duration::from_secs(10));
    let one = seated(&mut studio, "Test/1");
    let _two = seated(&mut studio, "Test/2");
    drop(one);
    studio.until(|studio| studio.listen.counts(&path()).listeners == 1);
    until(|| open_lines(dir.path()).contains("ended\":\""));
    let open = open_lines(dir.path());
    let day = fs::read_to_string(dir.path().join("2026-11-24.jsonl")).unwrap();
    for cut in 0..=open.len() {
        let torn = tempfile::tempdir().unwrap();
        fs::write(torn.path().join("open-1.jsonl"), &open.as_bytes()[..cut]).unwrap();
        fs::write(torn.path().join("2026-11-24.jsonl"), &day).unwrap();
        let settings = ListenSettings {
            sessions: Some(torn.path().to_owned()),
            pumps: 1,
            interval: Duration::from_secs(2),
            max_listeners: None,
            keep_addresses_days: 30,
        };
        if cut % 7 != 0 && cut != open.len() {
            continue;
        }
        drop(Listen::open(settings, studio.clock.clone()).unwrap());
        let sessions = ended(torn.path());
        let ids: std::collections::HashSet<_> = sessions.iter().map(|s| s.id).collect();
        assert_eq!(ids.len(), sessions.len(), "told twice when cut at {cut}");
        assert!(sessions.iter().any(|session| session.agent.as_deref() == Some("Test/1")));
    }
}

#[test]
fn addresses_are_cut_after_their_days_and_all_else_stays() {
    let dir = tempfile::tempdir().unwrap();
    let mut studio = with_log(dir.path());
    studio.air(Duration::from_secs(10));
    let _ear = seated(&mut studio, "Test/1");
    studio.listen.stop();
    let before = ended(dir.path());
    let reopen = |days: u64| {
        let clock = airtime::SimulatedClock::starting_at(at(days as f64 * 86_400.0));
        let settings = ListenSettings {
            sessions: Some(dir.path().to_owned()),
            pumps: 1,
            interval: Duration::from_secs(2),
            max_listeners: None,
            keep_addresses_days: 30,
        };
        drop(Listen::open(settings, std::sync::Arc::new(clock)).unwrap());
        ended(dir.path())
    };
    assert_eq!(reopen(30), before);
    let after = reopen(31);
    assert_eq!(after.len(), 1);
    assert_eq!(after[0].address, None);
    assert_eq!(after[0].id, before[0].id);
    assert_eq!(after[0].heard, before[0].heard);
}

#[test]
fn checkpoints_do_not_pile_up() {
    let dir = tempfile::tempdir().unwrap();
    let mut studio = with_log(dir.path());
    studio.air(Duration::from_secs(10));
    let mut ear = seated(&mut studio, "Test/1");
    for _ in 0..20 {
        for _ in 0..30 {
            studio.air(Duration::from_secs(1));
            ear.rest();
            ear.got.clear();
        }
    }
    let lines = || open_lines(dir.path()).lines().count();
    until(|| lines() > 0);
    // Ten minutes of one listener are some 14 checkpoints.
    assert!(lines() < 14, "{} lines", lines());
    studio.listen.stop();
    assert_eq!(ended(dir.path()).len(), 1);
}
