//! From one lineup to the next.

use std::time::Duration;

use crate::rig::{Rig, id, lineup, looped, path, stream};

#[test]
fn mounts_come_and_go_and_what_stays_goes_on() {
    let rig = Rig::open(vec![looped("news"), looped("music")]);
    rig.until("audio", |station| station.health().ok);
    let before = rig.station.tape(&path("/news.mp3")).unwrap();

    rig.station.reload(lineup(vec![looped("news"), looped("talk")]), Vec::new()).unwrap();
    assert!(rig.station.tape(&path("/music.mp3")).is_none());
    assert!(rig.station.events(&id(), &stream("music")).is_none());
    assert!(rig.station.deck_status(&path("/music.mp3")).is_none());
    rig.until("audio on the new mount", |station| station.health().ok);
    assert_eq!(rig.station.health().streams.len(), 2);

    // The tape that stayed is the same, and goes on.
    rig.until("something on tape", |_| before.head().is_some());
    let head = before.head().unwrap();
    rig.pass(Duration::from_secs(3));
    rig.until("the head moves", |_| before.head().unwrap() > head);
    let now = before.head();
    assert!(rig.station.tape(&path("/news.mp3")).unwrap().head() >= now, "it is the same tape");
}

#[test]
fn a_mount_that_was_taken_away_can_come_back() {
    let rig = Rig::open(vec![looped("news"), looped("music")]);
    rig.until("audio", |station| station.health().ok);
    rig.station.reload(lineup(vec![looped("news")]), Vec::new()).unwrap();
    rig.station.reload(lineup(vec![looped("news"), looped("music")]), Vec::new()).unwrap();
    rig.until("audio on both", |station| station.health().ok);
}

#[test]
fn a_mount_can_be_given_another_path() {
    let rig = Rig::open(vec![looped("news")]);
    rig.until("audio", |station| station.health().ok);
    let mut renamed = looped("news");
    renamed.path = path("/news-128.mp3");
    rig.station.reload(lineup(vec![renamed]), Vec::new()).unwrap();
    rig.until("audio at the new path", |station| station.health().ok);
    assert!(rig.station.deck_status(&path("/news.mp3")).is_none());
}

#[test]
fn what_cannot_be_changed_leaves_the_rest_changed() {
    let rig = Rig::open(vec![looped("news")]);
    rig.until("audio", |station| station.health().ok);
    let broken = crate::rig::mount("talk", vec![lineup::Fallback::Builtin("gone".to_owned())]);
    let next = lineup(vec![looped("news"), broken, looped("music")]);
    assert!(rig.station.reload(next, Vec::new()).is_err());
    let heard = |station: &station::Station, name: &str| {
        station.health().streams.iter().any(|it| it.mount == path(name) && it.audible)
    };
    rig.until("audio on the good ones", |station| {
        heard(station, "/news.mp3") && heard(station, "/music.mp3")
    });
    assert!(!rig.station.health().ok);
}
