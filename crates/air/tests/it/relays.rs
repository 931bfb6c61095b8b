//! Relays of other servers, over real sockets.

use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;

use air::{OnAir, run_relay};
use bytes::Bytes;
use door::{Caller, DoorSettings, TlsCertificates};
use lineup::{Mount, OnSilence};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use crate::door_rig::{DoorRig, Server};
use crate::rig::{assert_in_order, audio, builtin, mount, path};
use crate::silence::made;

/// Audio with a title after every 16,000 bytes, as a server sends it.
fn interleaved(head: &str, audio: &[u8], title: &str) -> Bytes {
    let mut all = head.as_bytes().to_vec();
    for (index, chunk) in audio.chunks(16_000).enumerate() {
        all.extend_from_slice(chunk);
        if chunk.len() == 16_000 {
            if index == 0 {
                let mut text = format!("StreamTitle='{title}';").into_bytes();
                text.resize(text.len().next_multiple_of(16), 0);
                all.push(u8::try_from(text.len() / 16).unwrap());
                all.extend(text);
            } else {
                all.push(0);
            }
        }
    }
    all.into()
}

fn relaying(url: String) -> DoorRig {
    relaying_by(Caller::default(), url)
}

fn relaying_by(caller: Caller, url: String) -> DoorRig {
    let mut relay = Mount { fallback: vec![builtin("news")], ..mount("/news.mp3") };
    relay.source.accepts = false;
    relay.source.relay = Some(url);
    let rig = DoorRig::with(relay);
    rig.spawn(run_relay(rig.rig.air.clone(), path("/news.mp3"), rig.rig.clock.clone(), caller));
    rig
}

/// A certificate for this machine's address, and its key.
fn certificate(dir: &Path) -> (PathBuf, PathBuf) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let (chain, key) = (dir.join("chain"), dir.join("key"));
    std::fs::write(&chain, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    (chain, key)
}

/// A server that shows this certificate and sends `answer` to whoever asks.
async fn sealed(listener: TcpListener, chain: PathBuf, key: PathBuf, answer: Bytes) {
    let tls = Some(TlsCertificates::load(&chain, &key).unwrap());
    let settings = DoorSettings { tls, ..DoorSettings::default() };
    loop {
        let (socket, from) = listener.accept().await.unwrap();
        // Who doesn't trust us goes away.
        let Ok(mut conn) = door::admit(socket, from, &settings).await else { continue };
        if let Ok(Some(_)) = conn.read_head(&settings).await {
            let _ = conn.write_all(&answer).await;
        }
    }
}

const ICY: &str =
    "ICY 200 OK\r\nicy-metaint:16000\r\nicy-name:Other\r\ncontent-type:audio/mpeg\r\n\r\n";

#[test]
fn a_relay_takes_audio_and_titles_follows_redirects_and_comes_back() {
    let (asked, questions) = channel();
    let first = interleaved(ICY, &audio(b'R', 0, 4.0), "Somebody - Something");
    let http = ICY.replace("ICY 200 OK", "HTTP/1.0 200 OK");
    let second = interleaved(&http, &audio(b'R', 1000, 4.0), "Caf\u{e9}");
    let moved = Bytes::from_static(
        b"HTTP/1.1 302 Found\r\nLocation: /moved.mp3\r\nContent-Length: 0\r\n\r\n",
    );
    // It is refused for longer than what it had lasts.
    let none = Bytes::new();
    let answers = vec![moved, first, none.clone(), none.clone(), second, none];
    let server = Server::start(answers, asked);
    let rig = relaying(format!("http://user:p%40ss@{}/live.mp3?x=1", server.address));

    rig.until("the relay is on the air", |rig| rig.on_air() == OnAir::Relay);
    let question = questions.recv().unwrap();
    assert!(question.starts_with("GET /live.mp3?x=1 HTTP/1.0\r\n"), "{question}");
    assert!(question.contains("Icy-MetaData: 1\r\n"), "{question}");
    assert!(question.contains("Authorization: Basic dXNlcjpwQHNz\r\n"), "{question}");
    let question = questions.recv().unwrap();
    assert!(question.starts_with("GET /moved.mp3 HTTP/1.0\r\n"), "{question}");

    rig.until("the loop takes over", |rig| matches!(rig.on_air(), OnAir::Loop(_)));
    rig.until("the relay is back", |rig| rig.numbers(b'R').contains(&1100));
    rig.rig.run(4.0);
    let numbers = rig.rig.numbers(b'R');
    let back = numbers.iter().position(|n| *n >= 1000).unwrap();
    assert_in_order(&numbers[..back]);
    assert_in_order(&numbers[back..][..150]);
    let titles: Vec<String> = rig
        .rig
        .found()
        .iter()
        .filter(|it| it.voice == b'R' && it.n % 1000 == 60)
        .map(|it| {
            let title = rig.rig.title_at(it.at).unwrap();
            assert_eq!(title.source, "relay");
            title.line()
        })
        .collect();
    assert_eq!(titles[..2], ["Somebody - Something", "Café"]);
}

#[test]
fn a_relay_by_tls_is_taken_from_whom_is_trusted_and_nobody_else() {
    let dir = tempfile::tempdir().unwrap();
    let (chain, key) = certificate(dir.path());
    for trusted in [true, false] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("https://{}/live.mp3", listener.local_addr().unwrap());
        // The machine doesn't trust it.
        let caller = if trusted { Caller::trusting(&chain).unwrap() } else { Caller::default() };
        let rig = relaying_by(caller, url);
        let answer = interleaved(ICY, &audio(b'R', 0, 600.0), "Sealed");
        let (chain, key) = (chain.clone(), key.clone());
        rig.spawn(async move {
            sealed(TcpListener::from_std(listener).unwrap(), chain, key, answer).await;
        });
        if trusted {
            rig.until("the relay is on the air", |rig| rig.on_air() == OnAir::Relay);
        } else {
            let began = rig.rig.now();
            rig.until("it was tried several times", |rig| {
                assert!(rig.air.relay_status(&path("/news.mp3")).is_none());
                rig.now().since(began).as_secs() > 20
            });
        }
    }
}

#[test]
fn a_relay_of_the_wrong_encoding_or_of_nothing_leaves_the_loop_on_the_air() {
    let mp3 = audio(b'R', 0, 600.0);
    // Each goes on with sound that could be put on the air.
    for (answer, reaches_the_deck) in [
        ("HTTP/1.0 200 OK\r\nContent-Type: audio/mpeg\r\n\r\n", true),
        ("HTTP/1.0 200 OK\r\nContent-Type: application/ogg\r\n\r\n", false),
        ("HTTP/1.0 404 Not Found\r\n\r\n", false),
        ("nonsense\r\n\r\n", false),
        ("HTTP/1.0\r\n\r\n", false),
        ("", false),
    ] {
        let (asked, questions) = channel();
        let answer_with_sound = [answer.as_bytes(), &mp3].concat().into();
        let server = Server::start(vec![answer_with_sound], asked);
        let rig = relaying(format!("http://{}/live.mp3", server.address));
        let times = std::cell::Cell::new(0);
        rig.until("it was answered", |rig| {
            times.set(times.get() + questions.try_iter().count());
            // A relay that is refused comes again.
            !rig.numbers(b'R').is_empty() || times.get() >= 3
        });
        let seen = rig.rig.air.relay_status(&path("/news.mp3")).is_some();
        assert_eq!(seen, reaches_the_deck, "{answer}");
        assert!(rig.rig.numbers(b'R').is_empty() != reaches_the_deck, "{answer}");
    }
}

#[test]
fn a_relay_waits_longer_each_time_on_the_airs_own_clock() {
    let (asked, questions) = channel();
    let server = Server::start(vec![Bytes::new()], asked);
    let rig = relaying(format!("http://{}/live.mp3", server.address));
    let began = rig.rig.now();
    let times = std::cell::RefCell::new(Vec::new());
    rig.until("it has connected six times", |rig| {
        times.borrow_mut().extend(questions.try_iter().map(|_| rig.now()));
        times.borrow().len() >= 6
    });
    // 1 + 2 + 4 + 8 + 16 s, give or take a fifth.
    let took = rig.rig.now().since(began).as_secs_f64();
    assert!((24.0..40.0).contains(&took), "{took} s");
}

#[test]
fn a_relay_of_silence_is_passed_over() {
    let (asked, _questions) = channel();
    let silence = made("anullsrc=r=44100:cl=mono:d=8").repeat(100);
    let answer = [b"HTTP/1.0 200 OK\r\nContent-Type: audio/mpeg\r\n\r\n".as_slice(), &silence];
    let server = Server::start(vec![answer.concat().into()], asked);
    let mut both = Mount { fallback: vec![builtin("news")], ..mount("/news.mp3") };
    both.source.relay = Some(format!("http://{}/live.mp3", server.address));
    both.source.silence.action = OnSilence::FallBack;
    let rig = DoorRig::with(both);
    let caller = Caller::default();
    rig.spawn(run_relay(rig.rig.air.clone(), path("/news.mp3"), rig.rig.clock.clone(), caller));
    rig.until("the relay is on the air", |rig| rig.on_air() == OnAir::Relay);
    let began = rig.rig.now();
    let measure = |rig: &crate::rig::Rig| rig.air.measure();
    rig.until_with("the loop takes its place", measure, |rig| {
        rig.on_air() == OnAir::Loop("news".to_owned())
    });
    let after = rig.rig.now().since(began).as_secs_f64();
    assert!((29.0..36.0).contains(&after), "{after} s");
    assert!(rig.rig.air.relay_status(&path("/news.mp3")).unwrap().passed_over);
}

#[test]
fn a_source_is_preferred_to_the_relay() {
    let (asked, _questions) = channel();
    let endless = interleaved(ICY, &audio(b'R', 0, 600.0), "Relayed");
    let server = Server::start(vec![endless], asked);
    let mut both = mount("/news.mp3");
    both.source.relay = Some(format!("http://{}/live.mp3", server.address));
    let rig = DoorRig::with(both);
    let caller = Caller::default();
    rig.spawn(run_relay(rig.rig.air.clone(), path("/news.mp3"), rig.rig.clock.clone(), caller));
    rig.until("the relay is on the air", |rig| rig.on_air() == OnAir::Relay);
    let mut source = crate::rig::Speaker::new(rig.rig.open(), b'S');
    source.send_seconds(25.0);
    rig.until("the source is on the air", |rig| rig.on_air() == OnAir::Source);
    // It is kept ready all the while, but not what it sent long ago.
    rig.rig.run(10.0);
    // The other server sends at any moment, also between a step and a look.
    rig.until("only the newest is kept", |rig| {
        let kept = rig.air.relay_status(&path("/news.mp3")).unwrap().buffered;
        (1.0..1.2).contains(&kept.as_secs_f64())
    });
    drop(source);
    rig.until("the relay is back", |rig| rig.on_air() == OnAir::Relay);
}
