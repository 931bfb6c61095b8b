//! Joining: what is sent at once, and how requests that aren't a listener's are answered.

use std::time::Duration;

use listen::{Joined, PlaylistKind};

use crate::studio::{FRAME, Studio, at, number, numbers, path};

#[test]
fn the_first_frame_sent_is_whole_and_the_burst_comes_at_once() {
    let mut studio = Studio::new();
    studio.air(Duration::from_secs(20));
    let mut ear = studio.ask("/news.mp3", "");
    assert!(matches!(ear.joined, Some(Joined::Seated(_))));
    // No time passes: all this is sent by the join itself.
    while ear.body().len() < 240 * FRAME {
        assert!(ear.read(), "only {} bytes at once", ear.body().len());
    }
    let first = number(ear.body());
    let head_frame = studio.frames;
    let seconds = (head_frame - first) as f64 * 0.024;
    assert!((5.9..6.6).contains(&seconds), "a burst of {seconds} s");
    let starts = at(first as f64 * 0.024).to_string();
    assert_eq!(ear.header("Longwave-From"), Some(starts));
}

#[test]
fn live_audio_follows_the_burst_without_a_gap_and_none_twice() {
    let mut studio = Studio::new();
    studio.air(Duration::from_secs(20));
    let mut ear = studio.ask("/news.mp3", "");
    studio.hear(&mut ear, |ear| ear.body().len() >= 2000 * FRAME);
    let heard = numbers(ear.body());
    assert!(heard.windows(2).all(|pair| pair[1] == pair[0] + 1));
    assert_eq!(studio.listen.counts(&path()).listeners, 1);
}

#[test]
fn the_head_is_as_players_know_it() {
    let mut studio = Studio::new();
    studio.air(Duration::from_secs(10));
    let mut ear = studio.ask("/news.mp3", "Icy-MetaData: 1\r\n");
    studio.hear(&mut ear, |ear| ear.head().is_some());
    let head = ear.head().unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"));
    for line in [
        "Content-Type: audio/mpeg",
        "icy-br: 128",
        "icy-name: News",
        // Line ends in what is configured can't end a header.
        "icy-description: News and talkfrom Alder Falls",
        "icy-genre: News",
        "icy-url: https://kstl.example/",
        "icy-pub: 1",
        "icy-metaint: 16000",
        "ice-audio-info: bitrate=128;samplerate=48000;channels=2",
        "Cache-Control: no-cache, no-store",
        "Access-Control-Allow-Origin: *",
        "Connection: close",
    ] {
        assert!(head.contains(&format!("\r\n{line}\r\n")), "no `{line}` in\n{head}");
    }
    let exposed = ear.header("Access-Control-Expose-Headers").unwrap();
    for name in ["Icy-MetaInt", "Icy-Br", "Icy-Name"] {
        assert!(exposed.contains(name));
    }
    assert!(!head.to_ascii_lowercase().contains("transfer-encoding"));
    assert!(!head.to_ascii_lowercase().contains("content-length"));
}

#[test]
fn head_is_answered_like_get_without_a_body_and_is_no_listener() {
    let mut studio = Studio::new();
    studio.air(Duration::from_secs(10));
    let mut ear = studio.request("HEAD", "/news.mp3", "");
    ear.rest();
    assert!(ear.ended);
    assert!(ear.head().unwrap().contains("icy-name: News"));
    assert_eq!(ear.body(), b"");
    assert_eq!(studio.listen.counts(&path()).sessions, 0);
}

#[test]
fn options_and_unknown_methods_keep_the_connection() {
    let mut studio = Studio::new();
    studio.air(Duration::from_secs(1));
    let mut ear = studio.request("OPTIONS", "/news.mp3", "Origin: https://other.example\r\n");
    ear.rest();
    assert!(ear.head().unwrap().starts_with("HTTP/1.1 204"));
    assert!(ear.header("Access-Control-Allow-Headers").unwrap().contains("Icy-MetaData"));
    assert!(matches!(ear.joined.take(), Some(Joined::Answered(Some(_)))));
    let mut ear = studio.request("POST", "/news.mp3", "Content-Length: 0\r\n");
    ear.rest();
    assert!(ear.head().unwrap().starts_with("HTTP/1.1 405"));
    assert_eq!(ear.header("Allow").as_deref(), Some("GET, HEAD, OPTIONS"));
}

#[test]
fn what_follows_a_request_that_has_a_body_is_no_other_request() {
    let mut studio = Studio::new();
    studio.air(Duration::from_secs(1));
    // A proxy took what follows for the request's body.
    let smuggled = "Content-Length: 42\r\n\r\nGET /admin/stats HTTP/1.1\r\nHost: kstl.example\r\n";
    for (method, target) in
        [("GET", "/news.mp3?from=nonsense"), ("OPTIONS", "/news.mp3"), ("GET", "/none.mp3")]
    {
        let mut ear = studio.request(method, target, smuggled);
        ear.rest();
        assert!(matches!(ear.joined.take(), Some(Joined::Answered(None))), "{method} {target}");
        assert!(ear.ended, "{method} {target}: the connection stays open");
    }
}

#[test]
fn where_there_is_nothing_to_hear_the_answer_is_404() {
    let studio = Studio::new();
    let mut ear = studio.ask("/news.mp3", "");
    ear.rest();
    assert!(ear.head().unwrap().starts_with("HTTP/1.1 404"));
    let mut ear = studio.ask("/other.mp3", "");
    ear.rest();
    assert!(ear.head().unwrap().starts_with("HTTP/1.1 404"));
    assert!(String::from_utf8_lossy(ear.body()).contains("could not be found"));
}

#[test]
fn a_range_is_ignored_and_a_probe_is_no_listener_until_it_stays() {
    let mut studio = Studio::new();
    studio.air(Duration::from_secs(10));
    let mut whole = studio.ask("/news.mp3", "Range: bytes=0-\r\n");
    studio.hear(&mut whole, |ear| !ear.body().is_empty());
    assert!(whole.head().unwrap().starts_with("HTTP/1.1 200 OK"));
    assert_eq!(studio.listen.counts(&path()).listeners, 1);
    drop(whole);
    studio.until(|studio| studio.listen.counts(&path()).listeners == 0);

    let mut probe = studio.ask("/news.mp3", "Range: bytes=0-1\r\n");
    studio.hear(&mut probe, |ear| ear.body().len() >= 2);
    assert!(probe.head().unwrap().starts_with("HTTP/1.1 200 OK"));
    assert_eq!(studio.listen.counts(&path()).listeners, 0);
    assert!(studio.listen.seats(&path()).is_empty());
    drop(probe);
    studio.air(Duration::from_secs(12));
    assert_eq!(studio.listen.counts(&path()).sessions, 1);

    let mut stays = studio.ask("/news.mp3", "Range: bytes=0-1\r\n");
    studio.hear(&mut stays, |ear| ear.body().len() >= 900 * FRAME);
    assert_eq!(studio.listen.counts(&path()).listeners, 1);
}

#[test]
fn playlists_lead_to_the_mount() {
    let studio = Studio::new();
    let of = |kind| studio.listen.playlist(kind, &path(), "http://kstl.example:8000").unwrap();
    let url = "http://kstl.example:8000/news.mp3";
    assert!(of(PlaylistKind::M3u).contains(&format!("\r\n{url}\r\n")));
    assert!(of(PlaylistKind::Pls).contains(&format!("File1={url}\r\n")));
    assert!(of(PlaylistKind::Xspf).contains(&format!("<location>{url}</location>")));
    let (mount, kind) = PlaylistKind::of_path("/news.mp3.pls").unwrap();
    assert_eq!((mount, kind), ("/news.mp3", PlaylistKind::Pls));
}

/// The bytes of earlier frames that the frame at the start of `bytes` leans on.
fn leans_on(bytes: &[u8]) -> u16 {
    u16::from_be_bytes([bytes[4], bytes[5]]) >> 7
}

#[test]
fn frames_that_lean_on_what_was_not_sent_are_silent() {
    // A frame at 128 kbit/s brings 348 bytes of main data.
    for (lean, silent) in [(0, 0), (1, 1), (348, 1), (349, 2), (511, 2)] {
        let mut studio = Studio::new();
        studio.leans_on = lean;
        studio.air(Duration::from_secs(20));
        let mut ear = studio.ask("/news.mp3", "");
        studio.hear(&mut ear, |ear| ear.body().len() > 500 * FRAME);
        let frames: Vec<_> = ear.body().chunks_exact(FRAME).collect();
        let first = u64::from_be_bytes(frames[0][36..44].try_into().unwrap());
        for (index, bytes) in frames.iter().enumerate() {
            let mut whole = crate::studio::frame(first + index as u64);
            if index < silent {
                // No side information, but the main data that others lean on: what was sent of it
                // is claimed, since decoders forget what nobody claims.
                assert_eq!(bytes[..4], whole[..4]);
                assert_eq!(leans_on(bytes), if index == 0 { 0 } else { 511 - 348 });
                assert!(bytes[6..36].iter().all(|byte| *byte == 0));
                whole[4..6].copy_from_slice(&bytes[4..6]);
            } else {
                assert_eq!(leans_on(bytes), lean, "frame {index} of {lean}");
                whole[4..6].copy_from_slice(&bytes[4..6]);
            }
            assert_eq!(bytes[36..], whole[36..]);
        }
    }
}
