//! SHOUTcast v1: a password, header fields, audio.

use crate::peer::Peer;
use crate::station::{SOURCE, Station, audio};

const GRANTED: &str = "OK2\r\nicy-caps:11\r\n\r\n";

fn knock(station: &Station, line: &str) -> Peer {
    let mut peer = Peer::connect(station.second_port());
    peer.say(line);
    peer
}

#[test]
fn every_line_end_and_every_way_to_name_a_mount_is_taken() {
    // A bare password is that of `source`, for the first mount; others are named. SHOUTcast 2's
    // encoders put the number of a stream behind it.
    for (line, mount) in [
        ("hackme\n", "/news.mp3"),
        ("hackme:#1\r\n", "/news.mp3"),
        ("/open.mp3:hackme\r\n", "/open.mp3"),
        ("open.mp3:hackme:#1\r\r\n", "/open.mp3"),
    ] {
        let station = Station::start();
        let mut source = knock(&station, line);
        assert_eq!(source.until("\r\n\r\n"), GRANTED, "{line:?}");
        source.say("icy-name: Kestrel\r\nicy-br: 64\r\ncontent-type: audio/mpeg\r\n\r\n");
        source.say(audio(200));
        station.until("/status-json.xsl", "", "\"listenurl\":");
        let status = station.get("/status-json.xsl", "");
        assert_eq!(status.matches("\"listenurl\":").count(), 1, "{status}");
        assert!(status.contains(&format!("{mount}\"")), "{line:?} reached another: {status}");
    }
}

#[test]
fn a_bare_password_reaches_the_mount_that_is_the_default() {
    let station = Station::with(&[("mp3", "/later.mp3", "", "default = true")]);
    let mut source = knock(&station, "hackme\n");
    assert_eq!(source.until("\r\n\r\n"), GRANTED);
    source.say("icy-name: Kestrel\r\ncontent-type: audio/mpeg\r\n\r\n").say(audio(200));
    station.until("/status-json.xsl", "", "/later.mp3\"");
}

#[test]
fn a_user_may_stand_before_the_password_and_is_who_is_let_in() {
    // Not `source`: whoever it is has other rights.
    let station = Station::start();
    assert_eq!(knock(&station, "nobody:hackme\n").rest(), "invalid password\r\n");
    // Ada may feed other mounts, and no mount is named.
    assert_eq!(knock(&station, "ada:hackme\n").rest(), "invalid password\r\n");
    let mut source = knock(&station, "boss:hackme\n");
    assert_eq!(source.until("\r\n\r\n"), GRANTED);
    source.say("icy-name: Kestrel\r\n\r\n").say(audio(200));
    station.until("/status-json.xsl", "", "/news.mp3");
}

#[test]
fn a_wrong_password_and_a_poke_are_refused_and_the_poke_is_no_guess() {
    let station = Station::start();
    assert_eq!(knock(&station, "wrong\n").rest(), "invalid password\r\n");
    for _ in 0..50 {
        assert_eq!(knock(&station, "!POKE\n").rest(), "invalid password\r\n");
    }
    assert_eq!(knock(&station, "hackme\n").until("\r\n\r\n"), GRANTED);
}

#[test]
fn titles_come_on_both_ports() {
    let station = Station::start();
    let mut source = knock(&station, "hackme\r\n");
    source.until(GRANTED);
    source.say("icy-name: Kestrel\r\n\r\n").say(audio(200));
    station.until("/status-json.xsl", "", "/news.mp3");
    for (address, title) in [(station.address, "First"), (station.second_port(), "Second")] {
        let mut peer = Peer::connect(address);
        peer.say(format!(
            "GET /admin.cgi?pass=hackme&mode=updinfo&song={title} HTTP/1.0\r\nHost: test\r\n\r\n"
        ));
        let answer = peer.rest();
        assert!(answer.contains("HTTP/1.") && answer.contains(" 200 "), "{answer}");
        source.say(audio(50));
        station.until("/status-json.xsl", SOURCE, &format!("\"title\":\"{title}\""));
    }
}
