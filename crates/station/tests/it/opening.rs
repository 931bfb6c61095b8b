//! Opening, and what can go wrong with it.

use std::sync::Arc;

use airtime::SimulatedClock;
use lineup::Fallback;
use station::OpenError;
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
