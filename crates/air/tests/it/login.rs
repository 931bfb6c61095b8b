//! Sources' dialogues with the door, over real sockets.

use std::time::Duration;

use air::OnAir;
use door::DoorSettings;
use lineup::Mount;

use crate::door_rig::{Client, DoorRig};
use crate::rig::{STEP, Speaker, audio, mount, path};

const SOURCE: &str = "Authorization: Basic c291cmNlOmhhY2ttZQ==\r\n"; // source:hackme
const WRONG: &str = "Authorization: Basic c291cmNlOndyb25n\r\n"; // source:wrong

fn on_the_air(rig: &DoorRig, client: &mut Client, skip: u32) {
    client.send(&audio(b'S', skip, 6.0));
    rig.until("the source is on the air", |rig| {
        rig.on_air() == OnAir::Source && rig.numbers(b'S').len() > 20
    });
    crate::rig::assert_in_order(&rig.rig.numbers(b'S'));
}

#[test]
fn put_with_and_without_a_wait_for_100() {
    let rig = DoorRig::new();
    let mut client = rig.connect();
    client.send(
        format!("PUT /news.mp3 HTTP/1.1\r\nHost: x\r\n{SOURCE}Content-Type: audio/mpeg\r\nExpect: 100-continue\r\n\r\n").as_bytes(),
    );
    client.expect("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\n\r\n");
    on_the_air(&rig, &mut client, 0);
    drop(client);
    rig.until("the loop is back", |rig| matches!(rig.on_air(), OnAir::Loop(_)));

    let mut client = rig.connect();
    client.send(
        format!("PUT /news.mp3 HTTP/1.1\r\nHost: x\r\n{SOURCE}Content-Type: audio/mpeg\r\n\r\n")
            .as_bytes(),
    );
    client.expect("HTTP/1.0 200 OK\r\n\r\n");
    on_the_air(&rig, &mut client, 250);
}

#[test]
fn source_in_http_and_ice_with_every_line_end_and_audio_before_the_reply() {
    for (dialect, end) in
        [("HTTP/1.0", "\r\n"), ("ICE/1.0", "\r\n"), ("ICE/1.0", "\n"), ("HTTP/1.0", "\r\r\n")]
    {
        let rig = DoorRig::new();
        let mut client = rig.connect();
        let head = format!(
            "SOURCE /news.mp3 {dialect}{end}Authorization: Basic c291cmNlOmhhY2ttZQ=={end}ice-name: Test{end}{end}"
        );
        let mut all = head.into_bytes();
        all.extend(audio(b'S', 0, 3.0));
        client.send(&all);
        client.expect("HTTP/1.0 200 OK\r\n\r\n");
        client.send(&audio(b'S', 125, 6.0));
        rig.until("the source is on the air", |rig| rig.numbers(b'S').len() > 150);
        let numbers = rig.rig.numbers(b'S');
        assert_eq!(numbers[0], 0, "{dialect} {end:?}: what came before the reply is kept");
        crate::rig::assert_in_order(&numbers);
        let status = rig.rig.air.status(&path("/news.mp3")).unwrap().source.unwrap();
        assert_eq!(status.info, [("ice-name".to_owned(), "Test".to_owned())]);
    }
}

#[test]
fn what_a_source_says_of_its_stream_is_there_to_be_passed_on() {
    let rig = DoorRig::new();
    assert_eq!(rig.rig.air.about(&path("/news.mp3")), None);
    let mut client = rig.connect();
    let says = "ice-name: Kestrel  News\r\nice-description: All day\r\nice-genre: Talk\r\n\
        ice-url: https://k.example/\r\nice-public: 1\r\n\
        ice-audio-info: bitrate=128;channels=2\r\nice-password: x\r\n";
    client.send(format!("SOURCE /news.mp3 HTTP/1.0\r\n{SOURCE}{says}\r\n").as_bytes());
    client.expect("HTTP/1.0 200 OK\r\n\r\n");
    let about = rig.rig.air.about(&path("/news.mp3")).unwrap();
    let expected = air::About {
        name: Some("Kestrel News".to_owned()),
        description: Some("All day".to_owned()),
        genre: Some("Talk".to_owned()),
        url: Some("https://k.example/".to_owned()),
        bitrate: Some(128),
        public: Some(true),
    };
    assert_eq!(*about, expected);
    drop(client);
    rig.until("it is gone", |rig| rig.air.about(&path("/news.mp3")).is_none());

    let mut client = rig.connect_shoutcast();
    client.send(b"hackme\r\nicy-name:Kestrel\r\nicy-br:64\r\nicy-pub:0\r\n\r\n");
    client.expect("OK2\r\nicy-caps:11\r\n\r\n");
    rig.until("it is on", |rig| rig.air.about(&path("/news.mp3")).is_some());
    let about = rig.rig.air.about(&path("/news.mp3")).unwrap();
    let expected = air::About {
        name: Some("Kestrel".to_owned()),
        bitrate: Some(64),
        public: Some(false),
        ..air::About::default()
    };
    assert_eq!(*about, expected);
}

#[test]
fn a_password_in_a_header_of_its_own_is_taken_where_that_is_enabled() {
    for enabled in [true, false] {
        let settings = DoorSettings { ice_passwords: enabled, ..DoorSettings::default() };
        let rig = DoorRig::with_settings(mount("/news.mp3"), settings);
        let mut client = rig.connect();
        client.send(b"SOURCE /news.mp3 ICE/1.0\r\nice-password: hackme\r\n\r\n");
        client.expect(if enabled {
            "HTTP/1.0 200 OK\r\n"
        } else {
            "HTTP/1.0 401 Unauthorized\r\n"
        });
    }
}

#[test]
fn chunked_put() {
    let rig = DoorRig::new();
    let mut client = rig.connect();
    client.send(
        format!("PUT /news.mp3 HTTP/1.1\r\nHost: x\r\n{SOURCE}Content-Type: audio/mpeg\r\nTransfer-Encoding: chunked\r\n\r\n").as_bytes(),
    );
    client.expect("HTTP/1.0 200 OK\r\n\r\n");
    for chunk in audio(b'S', 0, 6.0).chunks(777) {
        client.send(format!("{:x};x=y\r\n", chunk.len()).as_bytes());
        client.send(chunk);
        client.send(b"\r\n");
    }
    rig.until("the source is on the air", |rig| rig.numbers(b'S').len() > 100);
    crate::rig::assert_in_order(&rig.rig.numbers(b'S'));
    client.send(b"0\r\n\r\n");
    rig.until("the source has ended", |rig| {
        rig.air.status(&path("/news.mp3")).unwrap().source.is_none()
    });
}

#[test]
fn libshout_asks_first_and_stays_connected() {
    let rig = DoorRig::new();
    let mut client = rig.connect();
    client.send(b"SOURCE /news.mp3 HTTP/1.1\r\nHost: x\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n");
    let reply = client.reply();
    assert!(reply.starts_with("HTTP/1.1 401 "), "{reply}");
    let allow = reply.lines().find(|line| line.starts_with("Allow: ")).unwrap();
    for method in ["GET", "PUT", "OPTIONS", "SOURCE"] {
        assert!(allow.contains(method), "{allow}");
    }
    assert!(reply.contains("WWW-Authenticate: Basic "), "{reply}");
    client.send(
        format!("PUT /news.mp3 HTTP/1.1\r\nHost: x\r\n{SOURCE}Content-Type: audio/mpeg\r\nExpect: 100-continue\r\n\r\n").as_bytes(),
    );
    client.expect("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\n\r\n");
    on_the_air(&rig, &mut client, 0);
}

#[test]
fn refusals_are_icecasts() {
    let rig = DoorRig::new();
    let put = |fields: &str, to: &str| {
        let mut client = rig.connect();
        client.send(format!("PUT {to} HTTP/1.1\r\nHost: x\r\n{fields}\r\n").as_bytes());
        client.reply()
    };
    let mp3 = "Content-Type: audio/mpeg\r\n";
    let reply = put(&format!("{WRONG}{mp3}"), "/news.mp3");
    assert!(reply.starts_with("HTTP/1.1 401 "), "{reply}");
    let reply = put(SOURCE, "/news.mp3");
    assert!(
        reply.starts_with("HTTP/1.1 403 ") && reply.contains("No Content-type given"),
        "{reply}"
    );
    let reply = put(&format!("{SOURCE}Content-Type: application/ogg\r\n"), "/news.mp3");
    assert!(
        reply.starts_with("HTTP/1.1 403 ") && reply.contains("Content-type not supported"),
        "{reply}"
    );
    let reply = put(&format!("{SOURCE}{mp3}"), "/nowhere.mp3");
    assert!(reply.starts_with("HTTP/1.1 404 "), "{reply}");
    // Somebody else, who may feed another mount only.
    let reply =
        put("Authorization: Basic ZGo6bXVzaWM=\r\nContent-Type: audio/mpeg\r\n", "/news.mp3");
    assert!(reply.starts_with("HTTP/1.1 401 "), "{reply}");

    let mut first = rig.connect();
    first.send(format!("PUT /news.mp3 HTTP/1.1\r\nHost: x\r\n{SOURCE}{mp3}\r\n").as_bytes());
    first.expect("HTTP/1.0 200 OK\r\n\r\n");
    first.send(&audio(b'S', 0, 0.5));
    // An administrator is somebody else.
    let reply = put(&format!("Authorization: Basic YWRtaW46c2VjcmV0\r\n{mp3}"), "/news.mp3");
    assert!(reply.starts_with("HTTP/1.1 403 ") && reply.contains("Mountpoint in use"), "{reply}");
}

#[test]
fn an_encoder_that_reconnects_gets_in_when_its_old_connection_proves_dead() {
    let rig = DoorRig::new();
    let mut first = Speaker::new(rig.rig.open(), b'S');
    rig.rig.run_with(3.0, |_| assert!(first.send(STEP, 1.0)));
    // Nothing of the old one's end was heard.
    let mut client = rig.connect();
    client.send(format!("SOURCE /news.mp3 HTTP/1.0\r\n{SOURCE}\r\n").as_bytes());
    rig.until("it is answered", |_| client.is_answered());
    client.expect("HTTP/1.0 200 OK\r\n\r\n");
    client.send(&audio(b'T', 0, 6.0));
    rig.until("it is on the air", |rig| rig.numbers(b'T').len() > 100);
}

#[test]
fn a_second_encoder_of_the_same_user_is_told_that_the_mount_is_in_use() {
    let rig = DoorRig::new();
    let mut first = Speaker::new(rig.rig.open(), b'S');
    let mut client = rig.connect();
    let asked = rig.rig.now();
    let mut send = |_: &crate::rig::Rig| assert!(first.send(STEP, 1.0));
    rig.rig.run_with(3.0, &mut send);
    client.send(format!("SOURCE /news.mp3 HTTP/1.0\r\n{SOURCE}\r\n").as_bytes());
    rig.until_with("it is answered", &mut send, |_| client.is_answered());
    let reply = client.reply();
    assert!(reply.starts_with("HTTP/1.0 403 ") && reply.contains("Mountpoint in use"), "{reply}");
    assert!(rig.rig.now().since(asked) >= Duration::from_secs(5), "it was waited for a while");
}

#[test]
fn a_killed_source_is_hung_up_on() {
    let rig = DoorRig::new();
    let mut client = rig.connect();
    client.send(format!("SOURCE /news.mp3 HTTP/1.0\r\n{SOURCE}\r\n").as_bytes());
    client.expect("HTTP/1.0 200 OK\r\n\r\n");
    on_the_air(&rig, &mut client, 0);
    assert!(rig.rig.air.kill_source(&path("/news.mp3")));
    client.expect_end();
}

#[test]
fn a_silent_source_is_hung_up_on_after_its_timeout() {
    let rig = DoorRig::new();
    let mut client = rig.connect();
    client.send(format!("SOURCE /news.mp3 HTTP/1.0\r\n{SOURCE}\r\n").as_bytes());
    client.expect("HTTP/1.0 200 OK\r\n\r\n");
    rig.rig.run(10.5);
    client.expect_end();
}

#[test]
fn a_sender_that_never_waits_is_slowed_and_loses_nothing() {
    let rig = DoorRig::new();
    let mut client = rig.connect();
    client.send(format!("SOURCE /news.mp3 HTTP/1.0\r\n{SOURCE}\r\n").as_bytes());
    client.expect("HTTP/1.0 200 OK\r\n\r\n");
    // A minute at once: twice what an input holds.
    let sender = std::thread::spawn(move || {
        client.send(&audio(b'S', 0, 60.0));
        client
    });
    rig.until("it has to wait", |rig| {
        let status = rig.air.status(&path("/news.mp3")).unwrap().source;
        status.is_some_and(|source| source.buffered > Duration::from_secs(29))
    });
    rig.until("all has gone through", |rig| rig.numbers(b'S').last() >= Some(&2_495));
    crate::rig::assert_in_order(&rig.rig.numbers(b'S'));
    drop(sender.join().unwrap());
}

#[test]
fn shoutcast_passwords_reach_their_mounts() {
    for (line, end) in [
        ("hackme", "\r\n"),
        ("hackme", "\n"),
        ("/news.mp3:hackme", "\r\n"),
        ("source:hackme", "\r\r\n"),
    ] {
        let rig = DoorRig::new();
        let mut client = rig.connect_shoutcast();
        client.send(format!("{line}{end}").as_bytes());
        client.expect("OK2\r\nicy-caps:11\r\n\r\n");
        client.send(b"icy-name:Test\r\nicy-br:128\r\ncontent-type:audio/mpeg\r\n\r\n");
        on_the_air(&rig, &mut client, 0);
        let status = rig.rig.air.status(&path("/news.mp3")).unwrap().source.unwrap();
        assert_eq!(status.info[0], ("icy-name".to_owned(), "Test".to_owned()));
    }
}

#[test]
fn a_shoutcast_password_is_one_guess_however_it_may_be_read() {
    let rig = DoorRig::new();
    for _ in 0..4 {
        let mut client = rig.connect_shoutcast();
        client.send(b"news.mp3:guess\r\n");
        client.expect("invalid password\r\n");
    }
    // As nobody else's, nor as the password of the mount's source: as a whole it is right.
    let mut client = rig.connect_shoutcast();
    client.send(b"news.mp3:with:colons\r\n");
    client.expect("OK2\r\n");
}

#[test]
fn shoutcast_wrong_passwords_are_refused_and_pokes_never_count() {
    let rig = DoorRig::new();
    for _ in 0..20 {
        let mut client = rig.connect_shoutcast();
        client.send(b"!POKE\r\n");
        client.expect("invalid password\r\n");
    }
    let mut client = rig.connect_shoutcast();
    client.send(b"guess\r\n");
    client.expect("invalid password\r\n");
    client.expect_end();
    let mut client = rig.connect_shoutcast();
    client.send(b"hackme\r\n");
    client.expect("OK2\r\n");
}

#[test]
fn a_source_that_names_no_mount_reaches_the_default() {
    let rig = DoorRig::with(Mount { ..mount("/news.mp3") });
    let mut client = rig.connect();
    client.send(format!("SOURCE / HTTP/1.0\r\n{SOURCE}\r\n").as_bytes());
    client.expect("HTTP/1.0 200 OK\r\n\r\n");
    on_the_air(&rig, &mut client, 0);
}
