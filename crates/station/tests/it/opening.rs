//! Opening, and what can go wrong with it.

use std::sync::Arc;
use std::time::Duration;

use airtime::{Clock as _, SimulatedClock};
use lineup::Fallback;
use station::{Alarm, OpenError};
use tempfile::TempDir;

use crate::rig::{NOON, Rig, id, looped, mount, open_in, path, stream};

#[test]
fn every_rendition_has_a_folder_of_its_own() {
    let rig = Rig::open(vec![looped("news"), looped("music")]);
    for stream in ["news", "music"] {
        assert!(rig.dir.path().join("tape/kstl").join(stream).join("mp3").is_dir(), "{stream}");
    }
    assert!(rig.station.tape(&path("/news.mp3")).is_some());
    assert!(rig.station.tape(&path("/other.mp3")).is_none());
    assert!(rig.station.events(&id(), &stream("music")).is_some());
    assert!(rig.station.events(&id(), &stream("other")).is_none());
}

#[test]
fn two_mounts_of_one_rendition_share_its_tape() {
    let mut second = mount("news", Vec::new());
    second.path = path("/news-again.mp3");
    second.source.accepts = false;
    let rig = Rig::open(vec![second, looped("news")]);
    rig.until("audio", |station| station.health().ok);
    let status = rig.station.deck_status(&path("/news-again.mp3")).unwrap();
    assert_eq!(status.mount, path("/news.mp3"), "the mount that takes the source fills the tape");
    let head = rig.station.tape(&path("/news.mp3")).unwrap().head();
    assert!(rig.station.tape(&path("/news-again.mp3")).unwrap().head() >= head);
}

#[test]
fn a_fallback_that_is_not_there_is_refused_by_name() {
    let dir = TempDir::new().unwrap();
    let clock = Arc::new(SimulatedClock::starting_at(NOON));
    for (fallback, name) in [
        (Fallback::File(dir.path().join("jingle.mp3")), "jingle.mp3"),
        (Fallback::Builtin("jingle".to_owned()), "jingle"),
    ] {
        let mounts = vec![mount("news", vec![fallback])];
        match open_in(&dir.path().join(name), mounts, clock.clone()) {
            Err(error @ OpenError::Fallback { .. }) => {
                let said = error.to_string();
                assert!(said.contains("/news.mp3") && said.contains(name), "{said}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_clock_set_back_while_the_station_was_down_goes_on_from_the_tape() {
    let rig = Rig::open(vec![looped("news")]);
    rig.until("audio", |station| station.health().ok);
    rig.pass(Duration::from_secs(5));
    let dir = rig.dir.clone();
    drop(rig);

    let earlier = NOON.saturating_sub(Duration::from_secs(600));
    let rig = Rig::open_at(dir, earlier, vec![looped("news")]);
    let head = rig.station.tape(&path("/news.mp3")).unwrap().head().unwrap();
    assert!(head > NOON, "the tape is the same");
    assert!(rig.clock.now() >= head, "whoever asks for the time is told the tape's");
}

#[test]
fn whoever_was_known_before_a_restart_still_is() {
    let rig = Rig::open(vec![looped("news")]);
    let encoder = std::net::IpAddr::from([192, 0, 2, 7]);
    rig.station.gatekeeper().vouch(encoder);
    let written = rig.dir.path().join("known-addresses.json");
    rig.until("it is written down", |_| written.exists());
    let dir = rig.dir.clone();
    drop(rig);
    let rig = Rig::open_at(dir, NOON, vec![looped("news")]);
    assert_eq!(rig.station.gatekeeper().known(), [encoder]);
}

#[test]
fn a_tape_that_cannot_be_opened_costs_the_tape_and_not_the_air() {
    let dir = TempDir::new().unwrap();
    let folder = dir.path().join("tape/kstl/news");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("mp3"), "a file where the tape's folder should be").unwrap();
    let rig = Rig::open_at(Arc::new(dir), NOON, vec![looped("news")]);
    rig.until("audio", |station| station.health().ok);
    rig.until("the alarm", |station| {
        station.health().alarms.iter().any(|alarm| alarm.name == Alarm::TAPE_STOPPED)
    });
    assert!(!rig.station.health().streams[0].recording);
}
