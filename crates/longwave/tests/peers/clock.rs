//! A machine whose clock is set while the station is on the air (by libfaketime, for the station's
//! process only).

use std::path::Path;

use crate::rig::{Listener, Rig};
use crate::sound::frames;

/// Runs the demo with a clock that the returned function sets: seconds off the machine's own.
fn with_false_clock() -> Option<(Rig, impl Fn(i64))> {
    let library = Path::new("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1");
    if !library.exists() {
        eprintln!("left out: libfaketime is not installed (apt-get install faketime)");
        return None;
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("faketime");
    let set = {
        let file = file.clone();
        move |seconds: i64| {
            // Replaced whole, so that it is never read half written.
            let next = file.with_extension("next");
            std::fs::write(&next, format!("{seconds:+}\n")).unwrap();
            std::fs::rename(&next, &file).unwrap();
        }
    };
    set(0);
    let rig = Rig::demo_in(
        dir,
        "data",
        &[
            ("LD_PRELOAD", library.to_str().unwrap()),
            ("FAKETIME_TIMESTAMP_FILE", file.to_str().unwrap()),
            ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            ("DONT_FAKE_MONOTONIC", "1"),
        ],
    );
    Some((rig, set))
}

fn hear_on(listener: &mut Listener) {
    let already = frames(listener.heard()).len();
    listener.until("six seconds more", |heard| frames(heard).len() > already + 230);
}

#[test]
fn a_clock_set_back_an_hour_never_rewinds_the_tape() {
    let Some((rig, set)) = with_false_clock() else { return };
    let mut listener = Listener::join(&rig, "/music.mp3", "");
    hear_on(&mut listener);
    set(-3600);
    hear_on(&mut listener);
    rig.until("the alarm", || rig.alarmed("clock-stepped-back"));
    assert_eq!(rig.health()["streams"][0]["audible"], true, "{}", rig.health());
}

#[test]
fn a_clock_set_forward_an_hour_is_followed() {
    let Some((rig, set)) = with_false_clock() else { return };
    let mut listener = Listener::join(&rig, "/music.mp3", "");
    hear_on(&mut listener);
    set(3600);
    hear_on(&mut listener);
    assert_eq!(rig.health()["ok"], true, "{}", rig.health());
    let ahead: airtime::ProgrammeTime = {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        airtime::ProgrammeTime::from_micros(i64::try_from(now.as_micros()).unwrap())
    };
    let health = rig.health();
    let head = health["streams"][0]["head"].as_i64().unwrap();
    let head = airtime::ProgrammeTime::from_micros(head);
    let minutes = head.micros_since(ahead) / 60_000_000;
    assert!((58..=62).contains(&minutes), "the head is {minutes} minutes ahead");
}
