//! Health and alarms.

use std::time::Duration;

use airtime::Clock as _;
use lineup::{Fallback, Lineup, OnSilence};
use station::Alarm;

use crate::rig::{Rig, lineup, looped, mount};

fn alarms(rig: &Rig) -> Vec<(&'static str, String)> {
    rig.station.health().alarms.into_iter().map(|it| (it.name, it.subject)).collect()
}

#[test]
fn dead_air_is_an_alarm_once_it_has_lasted() {
    let rig = Rig::open(vec![looped("news"), mount("talk", Vec::new())]);
    rig.until("audio on news", |station| station.health().streams.iter().any(|it| it.audible));
    assert!(!rig.station.health().ok);
    let dead = (Alarm::DEAD_AIR, "/talk.mp3".to_owned());
    rig.until("the alarm", |_| alarms(&rig).contains(&dead));
    let since = rig.station.health().alarms[0].since;
    rig.pass(Duration::from_secs(5));
    assert_eq!(rig.station.health().alarms[0].since, since, "it is still the same alarm");

    // Sound on the mount clears it.
    let mut mended = mount("talk", vec![Fallback::Builtin("loop".to_owned())]);
    mended.path = crate::rig::path("/talk.mp3");
    rig.station.reload(lineup(vec![looped("news"), mended]), Vec::new()).unwrap();
    rig.until("audio", |station| station.health().ok);
    rig.until("no alarm", |_| alarms(&rig).is_empty());
}

#[test]
fn an_unlisted_mount_may_be_silent() {
    let mut quiet = mount("talk", Vec::new());
    quiet.listed = false;
    let rig = Rig::open(vec![looped("news"), quiet]);
    rig.until("health", |station| station.health().ok);
    rig.pass(Duration::from_secs(10));
    assert!(alarms(&rig).is_empty());
}

#[test]
fn a_loop_is_named() {
    let rig = Rig::open(vec![looped("news")]);
    rig.until("audio", |station| station.health().ok);
    assert_eq!(rig.station.health().streams[0].on_air, "loop loop");
}

#[test]
fn audio_of_another_sample_rate_than_declared_is_an_alarm() {
    let rig = Rig::open(vec![looped("news")]);
    rig.until("audio", |station| station.health().ok);
    rig.pass(Duration::from_secs(3));
    assert!(alarms(&rig).is_empty(), "{:?}", alarms(&rig));
    // The loop is of 44.1 kHz.
    let declared = |rate| {
        let lineup = lineup(vec![looped("news")]);
        let mut renditions = lineup.renditions().to_vec();
        renditions[0].sample_rate = Some(rate);
        let (stations, streams) = (lineup.stations().to_vec(), lineup.streams().to_vec());
        Lineup::new(stations, streams, renditions, lineup.mounts().to_vec()).unwrap()
    };
    rig.station.reload(declared(48_000), Vec::new()).unwrap();
    let differs = (Alarm::FORMAT_DIFFERS, "/news.mp3".to_owned());
    rig.until("the alarm", |_| alarms(&rig).contains(&differs));
    let message = rig.station.health().alarms[0].message.clone();
    assert!(message.contains("44100 Hz") && message.contains("48000 Hz"), "{message}");
    rig.station.reload(declared(44_100), Vec::new()).unwrap();
    rig.until("no alarm", |_| alarms(&rig).is_empty());
}

#[test]
fn frames_that_hold_silence_are_no_audio_for_long() {
    // The loop of these tests is digital silence.
    let mut watched = looped("news");
    watched.source.silence.action = OnSilence::Alarm;
    let rig = Rig::open(vec![watched]);
    rig.until("frames", |station| station.health().ok);
    let silence = (Alarm::SILENCE, "/news.mp3".to_owned());
    rig.until("the alarm", |_| alarms(&rig).contains(&silence));
    let health = rig.station.health();
    assert!(!health.ok && !health.streams[0].audible);
    assert!(health.streams[0].level.unwrap() < -100.0, "{:?}", health.streams[0].level);
    assert!(health.streams[0].silent_since.unwrap() < rig.clock.now());
    assert!(!alarms(&rig).iter().any(|(name, _)| *name == Alarm::DEAD_AIR), "frames do come");

    rig.station.reload(lineup(vec![looped("news")]), Vec::new()).unwrap();
    rig.until("what isn't looked for isn't found", |station| station.health().ok);
}
