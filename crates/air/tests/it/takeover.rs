//! A second source on a busy mount.

use std::time::Duration;

use air::{OnAir, Refused};
use lineup::Mount;

use crate::rig::{
    FRAME_TIME, Rig, STEP, Speaker, assert_in_order, assert_no_hole, audio, builtin, hello, mount,
    path,
};

#[test]
fn a_busy_mount_refuses_another_user_and_another_address() {
    let rig = Rig::with_loop();
    let mut first = Speaker::new(rig.open(), b'S');
    rig.run_with(3.0, |_| assert!(first.send(STEP, 1.0)));
    for (user, address) in [("source", "127.0.0.9"), ("dj", "127.0.0.1")] {
        let refused = rig.air.open(&path("/news.mp3"), hello(user, address)).unwrap_err();
        assert_eq!(refused, Refused::InUse);
    }
    assert!(first.send(STEP, 1.0));
}

#[test]
fn a_source_that_still_sends_is_not_turned_out_by_its_like() {
    let rig = Rig::with_loop();
    let mut first = Speaker::new(rig.open(), b'S');
    // Two encoders of one user behind one address: the second comes again and again.
    rig.run_with(30.0, |rig| {
        assert!(first.send(STEP, 1.0));
        let again = rig.air.open(&path("/news.mp3"), hello("source", "127.0.0.1"));
        assert_eq!(again.unwrap_err(), Refused::InUse);
    });
    assert_eq!(rig.on_air(), OnAir::Source);
    assert_eq!(rig.found().iter().filter(|it| it.begins).count(), 2);
}

#[test]
fn one_that_sends_faster_than_it_is_read_gives_way_to_its_own_address() {
    let rig = Rig::with_loop();
    let mut first = Speaker::new(rig.open(), b'S');
    first.send_seconds(60.0);
    rig.run(1.0);
    let elsewhere = rig.air.open(&path("/news.mp3"), hello("source", "127.0.0.9"));
    assert_eq!(elsewhere.unwrap_err(), Refused::InUse);
    let _second = rig.open();
    assert!(!first.send(STEP, 1.0));
}

#[test]
fn the_same_user_gets_in_when_its_old_connection_is_quiet() {
    let rig = Rig::with_loop();
    let mut first = Speaker::new(rig.open(), b'S');
    rig.run_with(3.0, |_| assert!(first.send(STEP, 1.0)));
    rig.run(2.1);
    let mut second = Speaker::new(rig.open(), b'T');
    assert!(!first.send(STEP, 1.0), "the first is let go at once");
    rig.run_with(4.0, |_| assert!(second.send(STEP, 1.0)));
    assert_eq!(rig.on_air(), OnAir::Source);
    drop(first);
    rig.run_with(4.0, |_| assert!(second.send(STEP, 1.0)));
    let found = rig.found();
    assert_no_hole(&found, FRAME_TIME);
    assert_in_order(&rig.numbers(b'T'));
    let last = found.last().unwrap();
    assert_eq!(last.voice, b'T', "the end of the first does not end the second");
}

#[test]
fn a_half_open_connection_gives_way_to_its_own_user_from_anywhere() {
    let rig = Rig::with_loop();
    let mut first = Speaker::new(rig.open(), b'S');
    rig.run_with(3.0, |_| assert!(first.send(STEP, 1.0)));
    let again = || rig.air.open(&path("/news.mp3"), hello("source", "127.0.0.9"));
    rig.run(1.5);
    assert_eq!(again().unwrap_err(), Refused::InUse);
    rig.run(0.6);
    let mut second = Speaker::new(again().unwrap(), b'T');
    rig.run_with(3.0, |_| assert!(second.send(STEP, 1.0)));
    assert_eq!(rig.on_air(), OnAir::Source);
    assert!(!first.send(STEP, 1.0));
}

#[test]
fn a_mount_may_allow_anybody_to_take_over() {
    let mut rig = Rig::new();
    let mut open = Mount { fallback: vec![builtin("news")], ..mount("/news.mp3") };
    open.source.takeover = true;
    rig.add(open, &[audio(b'L', 0, 8.0)]);
    let mut first = Speaker::new(rig.open(), b'S');
    rig.run_with(3.0, |_| assert!(first.send(STEP, 1.0)));
    let handle = rig.air.open(&path("/news.mp3"), hello("dj", "127.0.0.9")).unwrap();
    let mut second = Speaker::new(handle, b'T');
    rig.run_with(3.0, |_| assert!(second.send(STEP, 1.0)));
    let voices: Vec<u8> = rig.found().iter().filter(|it| it.begins).map(|it| it.voice).collect();
    // The first is heard as long as it has something, or until the second is ready.
    assert!(voices == [b'L', b'S', b'T'] || voices == [b'L', b'S', b'L', b'T'], "{voices:?}");
    assert_no_hole(&rig.found(), FRAME_TIME);
}

#[test]
fn a_source_that_reconnects_is_heard_to_its_end_first() {
    let rig = Rig::with_loop();
    let mut first = Speaker::new(rig.open(), b'S');
    first.send_seconds(5.0);
    rig.run_with(2.0, |_| assert!(first.send(STEP, 1.0)));
    let sent = first.next();
    drop(first);
    let mut second = Speaker::new(rig.open(), b'T');
    rig.run_with(10.0, |_| assert!(second.send(STEP, 1.0)));
    let numbers = rig.numbers(b'S');
    assert_in_order(&numbers);
    assert!(numbers.len() as u32 + 3 >= sent, "nothing is lost but the frame that was cut");
    assert_no_hole(&rig.found(), Duration::from_millis(2));
}

#[test]
fn a_killed_source_is_gone_at_once() {
    let rig = Rig::with_loop();
    let mut source = Speaker::new(rig.open(), b'S');
    source.send_seconds(10.0);
    rig.run(2.0);
    assert!(rig.air.kill_source(&path("/news.mp3")));
    assert!(!rig.air.kill_source(&path("/news.mp3")));
    let killed = rig.now();
    rig.run(1.0);
    assert!(!source.send(STEP, 1.0));
    assert_eq!(rig.on_air(), OnAir::Loop("news".to_owned()));
    let heard = rig.found().iter().rev().find(|it| it.voice == b'S').unwrap().at;
    assert!(heard <= killed);
    assert_no_hole(&rig.found(), Duration::from_millis(2));
}

#[test]
fn nothing_comes_between_two_sources_of_which_one_takes_over() {
    let rig = Rig::with_loop();
    let mut rules = Mount { fallback: vec![builtin("news")], ..mount("/news.mp3") };
    rules.source.takeover = true;
    rig.air.update(&rules);
    let mut first = Speaker::new(rig.open(), b'S');
    rig.run_with(5.0, |_| assert!(first.send(STEP, 1.0)));
    assert_eq!(rig.on_air(), OnAir::Source);
    let second = rig.air.open(&path("/news.mp3"), hello("dj", "127.0.0.9")).unwrap();
    let mut second = Speaker::new(second, b'T');
    // An encoder needs a moment before it sends, and then sends no faster than it plays.
    rig.run_with(0.3, |rig| assert_eq!(rig.on_air(), OnAir::Source));
    rig.run_with(5.0, |rig| {
        assert!(second.send(STEP, 1.0));
        assert_eq!(rig.on_air(), OnAir::Source);
    });
    assert_no_hole(&rig.found(), Duration::from_millis(1));
}

#[test]
fn a_source_whose_mount_leads_elsewhere_is_let_go() {
    let mut rig = Rig::with_loop();
    rig.add(mount("/music.mp3"), &[]);
    let mut source = Speaker::new(rig.open(), b'S');
    rig.run_with(3.0, |_| assert!(source.send(STEP, 1.0)));
    // Another door to the same sound changes nothing.
    let (news, music) = (mount("/news.mp3"), mount("/music.mp3"));
    let also = Mount { path: path("/also.mp3"), ..news.clone() };
    rig.air.route([&news, &also, &music]);
    rig.run_with(1.0, |_| assert!(source.send(STEP, 1.0)));
    assert_eq!(rig.air.status(&path("/also.mp3")).unwrap().on_air, OnAir::Source);

    let exchanged =
        [Mount { path: path("/music.mp3"), ..news }, Mount { path: path("/news.mp3"), ..music }];
    rig.air.route(&exchanged);
    assert!(!source.send(STEP, 1.0), "it would be heard under another name");
    let mut again = Speaker::new(rig.open(), b'T');
    rig.run_with(3.0, |_| assert!(again.send(STEP, 1.0)));
    assert_eq!(rig.on_air(), OnAir::Source);
    assert_ne!(rig.air.status(&path("/music.mp3")).unwrap().on_air, OnAir::Source);
}
