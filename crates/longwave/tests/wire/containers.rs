//! Audio in containers: who joins late needs what came first.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::peer::{PATIENCE, Peer};
use crate::station::{SOURCE, Station};

/// An input of the fuzzers' corpora, without its first byte, which is no audio.
fn recorded(name: &str) -> Vec<u8> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    std::fs::read(corpus.join(name)).unwrap().split_off(1)
}

fn send(station: &Station, mount: &str, kind: &str) -> Peer {
    let mut source = station
        .ask(format!("PUT {mount} HTTP/1.1\r\nHost: test\r\n{SOURCE}Content-Type: {kind}\r\n\r\n"));
    source.until("200 OK\r\n\r\n");
    source
}

/// Asks until something is on the air there.
fn listen(station: &Station, mount: &str) -> Peer {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut listener = station.ask(format!("GET {mount} HTTP/1.0\r\n\r\n"));
        let head = listener.until("\r\n\r\n");
        if head.contains(" 200 OK") {
            return listener;
        }
        assert!(Instant::now() < deadline, "{head}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn ogg_begins_with_its_header_pages_and_each_new_link_brings_its_own() {
    let station = Station::with(&[
        ("ogg", "/music.ogg", "", ""),
        ("ogg", "/second.ogg", "", ""),
        ("ogg", "/third.ogg", "", ""),
    ]);
    let kinds = ["application/ogg", "audio/ogg", "video/ogg"];
    for (mount, kind) in ["/music.ogg", "/second.ogg", "/third.ogg"].into_iter().zip(kinds) {
        let mut source = send(&station, mount, kind);
        // Two links of 0.4 s each, over and over.
        source.say(recorded("framer_ogg/chained").repeat(15));
        let mut listener = listen(&station, mount);
        let heard = listener.until_times("OpusHead", 4);
        let body = heard.split_once("\r\n\r\n").unwrap().1;
        assert!(body.starts_with("OggS"), "it begins within a page");
        let links: Vec<&str> = body.split("OpusHead").collect();
        assert!(!links[0].contains("OpusTags") && links[0].len() < 64, "audio before its header");
        assert!(links[1..4].iter().all(|link| link.contains("OpusTags")), "a header is not whole");
    }
}

#[test]
fn webm_begins_with_its_header() {
    let station = Station::with(&[("webm", "/live.webm", "", "")]);
    let mut source = send(&station, "/live.webm", "audio/webm");
    source.say(recorded("framer_webm/opus"));
    let mut listener = listen(&station, "/live.webm");
    // The name of the container, and the codec that the track's description tells.
    let heard = listener.until("A_OPUS");
    let body = heard.split_once("\r\n\r\n").unwrap().1;
    assert!(body.find("webm").is_some_and(|at| at < 64), "it doesn't begin with the header");
}
