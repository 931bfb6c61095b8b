//! What is playing, at a position.

use std::time::Duration;

use air::Title;
use airtime::ProgrammeTime;
use tape::Event;

use crate::rig::{NOON, Rig, id, looped, stream};

fn title(at: ProgrammeTime, title: &str) -> Event {
    let title = Title { title: Some(title.to_owned()), ..Title::default() };
    Event { at, kind: Title::KIND.to_owned(), payload: serde_json::to_value(title).unwrap() }
}

fn seconds(n: u64) -> ProgrammeTime {
    NOON.saturating_add(Duration::from_secs(n))
}

#[test]
fn is_a_fold_of_the_events_at_the_position_asked_for() {
    let rig = Rig::open(vec![looped("news"), looped("music")]);
    let events = rig.station.events(&id(), &stream("news")).unwrap();
    events.record(title(seconds(10), "First"));
    events.record(Event { kind: "airing".to_owned(), ..title(seconds(15), "Not a title") });
    events.record(title(seconds(20), "Second"));
    events.record(title(seconds(30), ""));

    let at = |n| rig.station.playing(&id(), &stream("news"), seconds(n)).map(|it| it.title.line());
    assert_eq!(at(10).as_deref(), Some("First"));
    assert_eq!(at(19).as_deref(), Some("First"));
    assert_eq!(at(25).as_deref(), Some("Second"));
    assert_eq!(at(35), None, "a title that says nothing ends the one before");
    assert_eq!(rig.station.playing(&id(), &stream("music"), seconds(25)), None);

    let since: Vec<String> = rig
        .station
        .played_since(&id(), &stream("news"), seconds(12), seconds(20))
        .iter()
        .map(|it| it.title.line())
        .collect();
    assert_eq!(since, ["First", "Second"], "what was on at the start, and all since");
}

#[test]
fn changes_are_told_to_who_watches() {
    let rig = Rig::open(vec![looped("news"), looped("music")]);
    let mut watch = rig.station.watch_playing();
    rig.station.events(&id(), &stream("music")).unwrap().record(title(seconds(5), "Reel"));
    let told = std::iter::from_fn(|| watch.try_recv().ok())
        .find(|it| it.title.title.as_deref() == Some("Reel"))
        .expect("told at once");
    assert_eq!((told.stream, told.at), (stream("music"), seconds(5)));
}
