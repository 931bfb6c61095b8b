//! `PUT` and `SOURCE`.

use std::net::Ipv4Addr;

use crate::peer::Peer;
use crate::station::{ADA, BOSS, SOURCE, Station, audio};

const MP3: &str = "Content-Type: audio/mpeg\r\n";
const OWN: &str = "Content-Type: audio/x-own\r\n";
const GRANTED: &str = "HTTP/1.0 200 OK\r\n\r\n";

fn put(station: &Station, mount: &str, headers: &str) -> Peer {
    station.ask(format!("PUT {mount} HTTP/1.1\r\nHost: test\r\n{headers}\r\n"))
}

#[test]
fn a_source_is_let_on_at_once_and_its_audio_may_come_with_the_head() {
    let station = Station::start();
    let mut head =
        format!("PUT /news.mp3 HTTP/1.1\r\nHost: test\r\n{SOURCE}{MP3}\r\n").into_bytes();
    head.extend(audio(200));
    let mut source = station.ask(head);
    assert_eq!(source.until("200 OK\r\n\r\n"), GRANTED);
    station.until("/status-json.xsl", "", "/news.mp3");
}

#[test]
fn who_waits_for_100_gets_it_and_then_200() {
    let station = Station::start();
    let mut source = put(&station, "/news.mp3", &format!("{SOURCE}{MP3}Expect: 100-continue\r\n"));
    assert_eq!(source.until("200 OK\r\n\r\n"), format!("HTTP/1.1 100 Continue\r\n\r\n{GRANTED}"));
}

#[test]
fn legacy_sources_are_let_on() {
    let station = Station::start();
    // Without a content type it is MP3; a password without a user is `source`'s.
    for head in [
        format!("SOURCE /news.mp3 ICE/1.0\n{SOURCE}\n"),
        "SOURCE /open.mp3 HTTP/1.0\r\nice-password: hackme\r\n\r\n".to_owned(),
        format!("SOURCE /raw HTTP/1.1\r\r\n{SOURCE}content-type: audio/x-own\r\r\n\r\r\n"),
    ] {
        assert_eq!(station.ask(head).until("200 OK\r\n\r\n"), GRANTED);
    }
}

#[test]
fn refusals_are_in_icecasts_words() {
    let station = Station::start();
    let mut first = put(&station, "/news.mp3", &format!("{SOURCE}{MP3}"));
    first.until(GRANTED);
    let wrong = "Authorization: Basic c291cmNlOndyb25n\r\n";
    for (mount, headers, status, text) in [
        (
            "/open.mp3",
            format!("{SOURCE}Content-Type: application/ogg\r\n"),
            403,
            "Content-type not supported",
        ),
        ("/open.mp3", SOURCE.to_owned(), 403, "No Content-type given"),
        ("/undeclared.mp3", format!("{SOURCE}{MP3}"), 404, "No such mount"),
        ("/", "Content-Length: 0\r\n".to_owned(), 401, "You need to authenticate"),
        ("/news.mp3", format!("{wrong}{MP3}"), 401, "You need to authenticate"),
        // A user of other mounts is none of this.
        ("/news.mp3", format!("{ADA}{MP3}"), 401, "You need to authenticate"),
    ] {
        let answer = put(&station, mount, &headers).reply();
        assert_eq!((answer.0, answer.1.as_str()), (status, text), "{mount} {headers}");
    }
}

#[test]
fn a_busy_mount_refuses_another_user() {
    let station = Station::start();
    let mut first = put(&station, "/raw", &format!("{SOURCE}{OWN}"));
    // It must be sending: a source that is silent would count as half open.
    first.until(GRANTED);
    first.say([b'x'; 1000]);
    let answer = put(&station, "/raw", &format!("{ADA}{OWN}")).reply();
    assert_eq!((answer.0, answer.1.as_str()), (403, "Mountpoint in use"));
}

#[test]
fn a_mount_that_allows_it_is_taken_over() {
    let station = Station::start();
    let mut first = put(&station, "/open.mp3", &format!("{SOURCE}{MP3}"));
    first.until(GRANTED);
    first.say(audio(10));
    let mut second = put(&station, "/open.mp3", &format!("{ADA}{MP3}"));
    second.until(GRANTED);
    assert_eq!(first.rest(), GRANTED, "the first is let go");
}

#[test]
fn an_administrator_lets_a_source_go() {
    let station = Station::start();
    let mut source = put(&station, "/news.mp3", &format!("{SOURCE}{MP3}"));
    source.until(GRANTED);
    let done = station.get("/admin/killsource?mount=/news.mp3", BOSS);
    assert!(done.contains("<message>Source Removed</message><return>1</return>"), "{done}");
    assert_eq!(source.rest(), GRANTED);
}

#[test]
fn what_a_source_says_of_its_audio_is_told_in_the_status() {
    let station = Station::start();
    let headers = format!(
        "{SOURCE}{MP3}ice-bitrate: 64\r\nice-genre: Talk\r\nice-password: secret\r\n\
         ice-audio-info: ice-samplerate=48000;quality=0%2e5;channels=2\r\n"
    );
    let mut source = put(&station, "/news.mp3", &headers);
    source.until(GRANTED);
    source.say(audio(200));
    station.until("/status-json.xsl", "", "\"quality\":\"0.5\"");
    let status = station.get("/status-json.xsl", "");
    for part in ["\"genre\":\"Talk\"", "\"bitrate\":64", "\"channels\":2"] {
        assert!(status.contains(part), "no {part} in {status}");
    }
    let stats = station.get("/admin/stats", BOSS);
    assert!(stats.contains("<quality>0.5</quality>"), "{stats}");
    assert!(!status.contains("secret") && !stats.contains("secret"));
}

#[test]
fn what_a_source_says_of_its_stream_is_told_to_listeners() {
    let station = Station::start();
    let headers = format!(
        "{SOURCE}{MP3}ice-name: Somebody's Encoder\r\nice-genre: Talk\r\n\
         ice-description: From the fair\r\nice-url: https://fair.example/\r\nice-bitrate: 96\r\n"
    );
    let mut source = put(&station, "/news.mp3", &headers);
    source.until(GRANTED);
    source.say(audio(200));
    station.until("/status-json.xsl", "", "/news.mp3");
    // A second later at most.
    let head = station.head_with("/news.mp3", "icy-genre: Talk\r\n");
    for line in ["icy-description: From the fair", "icy-url: https://fair.example/", "icy-br: 96"] {
        assert!(head.contains(&format!("{line}\r\n")), "no {line} in {head}");
    }
    // The configuration has a name.
    assert!(head.contains("icy-name: news-mp3\r\n"), "{head}");
}

#[test]
fn what_is_passed_through_keeps_its_type() {
    let station = Station::start();
    let mut source = put(&station, "/raw", &format!("{SOURCE}Content-Type: audio/x-mod\r\n"));
    source.until(GRANTED);
    source.say(vec![b'M'; 64 * 1024]);
    station.head_with("/raw", "Content-Type: audio/x-mod\r\n");
}

#[test]
fn a_title_from_another_address_is_the_administrators_to_set() {
    let station = Station::start();
    let mut source = put(&station, "/news.mp3", &format!("{SOURCE}{MP3}"));
    source.until(GRANTED);
    source.say(audio(200));
    station.until("/status-json.xsl", "", "/news.mp3");
    let elsewhere = |title: &str, login: &str| {
        let mut peer = Peer::connect_from(Ipv4Addr::new(127, 0, 0, 9), station.address);
        peer.say(format!(
            "GET /admin/metadata?mount=/news.mp3&mode=updinfo&song={title} HTTP/1.0\r\n\
             Host: test\r\n{login}\r\n"
        ));
        peer.rest()
    };
    let answer = elsewhere("Stolen", SOURCE);
    assert!(answer.contains("will not accept"), "{answer}");
    let answer = elsewhere("Theirs", BOSS);
    assert!(answer.contains("Metadata update successful"), "{answer}");
    source.say(audio(100));
    station.until("/status-json.xsl", "", "\"title\":\"Theirs\"");
    // From where the audio comes, the source may.
    station.get("/admin/metadata?mount=/news.mp3&mode=updinfo&song=Own", SOURCE);
    source.say(audio(100));
    station.until("/status-json.xsl", "", "\"title\":\"Own\"");
    let stats = station.get("/admin/stats", BOSS);
    assert!(!stats.contains("Stolen"), "{stats}");
}
