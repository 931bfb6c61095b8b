//! Who is let in: limits, and listener authentication by URL.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::studio::{FRAME, Plan, path};

#[test]
fn each_limit_has_its_words_and_a_place_is_free_again_when_somebody_leaves() {
    let mut plan = Plan::new();
    plan.mount.max_listeners = Some(2);
    let mut studio = plan.open();
    studio.air(Duration::from_secs(10));
    let one = studio.ask("/news.mp3", "");
    let _two = studio.ask("/news.mp3", "");
    let mut three = studio.ask("/news.mp3", "");
    three.rest();
    assert!(three.head().unwrap().starts_with("HTTP/1.1 403 "));
    assert_eq!(three.body(), b"max listeners reached");
    drop(one);
    studio.until(|studio| studio.listen.counts(&path()).listeners == 1);
    let mut again = studio.ask("/news.mp3", "");
    studio.hear(&mut again, |ear| ear.body().len() > FRAME);
    assert_eq!(studio.listen.counts(&path()).peak, 2);
}

#[test]
fn one_address_gets_no_more_than_its_share() {
    let mut plan = Plan::new();
    plan.mount.max_per_address = Some(1);
    let mut studio = plan.open();
    studio.air(Duration::from_secs(10));
    let one = studio.ask("/news.mp3", "");
    let mut two = studio.ask("/news.mp3", "");
    two.rest();
    assert_eq!(two.body(), b"too many listeners from your address");
    drop(one);
    studio.until(|studio| studio.listen.counts(&path()).listeners == 0);
    let mut again = studio.ask("/news.mp3", "");
    studio.hear(&mut again, |ear| ear.body().len() > FRAME);
}

#[test]
fn the_house_is_full_at_its_limit() {
    let mut plan = Plan::new();
    plan.settings.max_listeners = Some(1);
    let mut studio = plan.open();
    studio.air(Duration::from_secs(10));
    let mut one = studio.ask("/news.mp3", "");
    studio.hear(&mut one, |ear| ear.body().len() > FRAME);
    let mut two = studio.ask("/news.mp3", "");
    two.rest();
    assert!(two.head().unwrap().starts_with("HTTP/1.1 403 "));
    assert_eq!(two.body(), b"connection limit");
    drop(one);
    studio.until(|studio| studio.listen.counts(&path()).listeners == 0);
    let mut three = studio.ask("/news.mp3", "");
    studio.hear(&mut three, |ear| ear.body().len() > FRAME);
}

#[test]
fn nobody_stays_longer_than_allowed() {
    let mut plan = Plan::new();
    plan.mount.max_duration = Some(Duration::from_secs(30));
    let mut studio = plan.open();
    studio.air(Duration::from_secs(10));
    let _ear = studio.ask("/news.mp3", "");
    studio.air(Duration::from_secs(29));
    assert_eq!(studio.listen.counts(&path()).listeners, 1);
    studio.until(|studio| studio.listen.counts(&path()).listeners == 0);
}

/// A service that answers every question with `headers`, and tells what it was asked.
fn service(headers: &'static str) -> (String, Receiver<String>) {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/check?station=kstl", socket.local_addr().unwrap());
    let (told, asked) = channel();
    std::thread::spawn(move || {
        for peer in socket.incoming() {
            let mut peer = peer.unwrap();
            let mut text = String::new();
            let mut buffer = [0; 4096];
            loop {
                let n = peer.read(&mut buffer).unwrap();
                text.push_str(std::str::from_utf8(&buffer[..n]).unwrap());
                let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                let length = head.lines().find_map(|line| {
                    line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok()
                });
                if n == 0 || length.is_some_and(|length: usize| body.len() >= length) {
                    break;
                }
            }
            let reply = format!("HTTP/1.1 200 OK\r\n{headers}Content-Length: 0\r\n\r\n");
            let _ = peer.write_all(reply.as_bytes());
            if told.send(text).is_err() {
                break;
            }
        }
    });
    (url, asked)
}

#[test]
fn the_service_decides_who_listens_and_is_told_when_they_leave() {
    let (url, asked) = service("icecast-auth-user: 1\r\nicecast-auth-timelimit: 20\r\n");
    let mut plan = Plan::new();
    plan.mount.listener_auth = Some(url);
    let mut studio = plan.open();
    studio.air(Duration::from_secs(10));
    // ada:p&ss
    let headers = "Authorization: Basic YWRhOnAmc3M=\r\nUser-Agent: Test/1 (x)\r\n";
    let mut ear = studio.ask("/news.mp3?token=a%26b", headers);
    studio.hear(&mut ear, |ear| ear.body().len() > FRAME);
    assert_eq!(studio.listen.seats(&path())[0].user.as_deref(), Some("ada"));
    let add = asked.recv_timeout(Duration::from_secs(10)).unwrap();
    assert!(add.starts_with("POST /check?station=kstl HTTP/1.1\r\n"), "{add}");
    let form = add.split_once("\r\n\r\n").unwrap().1;
    for pair in [
        "action=listener_add",
        "server=kstl.example",
        "port=80",
        "mount=%2Fnews.mp3%3Ftoken%3Da%2526b",
        "user=ada",
        "pass=p%26ss",
        "ip=127.0.0.1",
        "agent=Test%2F1%20%28x%29",
    ] {
        assert!(form.split('&').any(|known| known == pair), "no {pair} in {form}");
    }
    studio.until(|studio| studio.listen.counts(&path()).listeners == 0);
    let remove = asked.recv_timeout(Duration::from_secs(10)).unwrap();
    let form = remove.split_once("\r\n\r\n").unwrap().1;
    assert!(form.starts_with("action=listener_remove&"));
    assert!(form.contains("&duration=2"), "{form}");
}

#[test]
fn who_is_denied_is_asked_to_log_in_with_the_services_message() {
    let (url, _asked) = service("icecast-auth-message: Members only\r\n");
    let mut plan = Plan::new();
    plan.mount.listener_auth = Some(url);
    let mut studio = plan.open();
    studio.air(Duration::from_secs(1));
    let mut ear = studio.ask("/news.mp3", "");
    ear.rest();
    assert!(ear.head().unwrap().starts_with("HTTP/1.1 401 "));
    assert!(ear.header("WWW-Authenticate").unwrap().starts_with("Basic realm="));
    assert_eq!(ear.body(), b"Members only\n");
    assert_eq!(studio.listen.counts(&path()).sessions, 0);
}

#[test]
fn a_service_that_does_not_answer_lets_nobody_in() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", nobody.local_addr().unwrap());
    drop(nobody);
    let mut plan = Plan::new();
    plan.mount.listener_auth = Some(url);
    plan.mount.max_listeners = Some(1);
    let mut studio = plan.open();
    studio.air(Duration::from_secs(1));
    // Twice: the place of the first is free again.
    for _ in 0..2 {
        let mut ear = studio.ask("/news.mp3", "");
        ear.rest();
        assert!(ear.head().unwrap().starts_with("HTTP/1.1 503 "));
    }
}
