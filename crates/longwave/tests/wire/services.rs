//! Other servers that a station speaks to: one that it relays, one that it asks about listeners.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::peer::PATIENCE;
use crate::station::{BOSS, Station, audio};

/// A server that tells of every request's head, and does with it what `answer` does.
fn server(
    answer: impl Fn(&str, TcpStream) -> Option<TcpStream> + Send + 'static,
) -> (String, Receiver<String>) {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let (tell, told) = channel();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        for peer in socket.incoming() {
            let mut peer = peer.unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && peer.read(&mut byte).unwrap() == 1 {
                head.push(byte[0]);
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            kept.extend(answer(&head, peer));
            if tell.send(head).is_err() {
                break;
            }
        }
    });
    (format!("http://{address}"), told)
}

#[test]
fn a_relay_follows_ten_redirections_and_asks_for_titles() {
    let (url, asked) = server(|head, mut peer| {
        let hop: u32 =
            head.split_once("/hop/").unwrap().1.split_once(' ').unwrap().0.parse().unwrap();
        let next = hop + 1;
        let _ = write!(peer, "HTTP/1.0 302 Found\r\nLocation: /hop/{next}\r\n\r\n");
        None
    });
    let relay = format!("relay = \"{url}/hop/0\"");
    let _station = Station::with(&[("mp3", "/relay.mp3", "", &relay)]);
    let mut most = 0;
    // Until it begins again.
    for turn in 0.. {
        let head = asked.recv_timeout(PATIENCE).unwrap();
        assert!(head.to_ascii_lowercase().contains("\r\nicy-metadata: 1\r\n"), "{head}");
        if turn > 0 && head.starts_with("GET /hop/0 ") {
            break;
        }
        most = turn;
    }
    assert_eq!(most, 10);
}

/// What the machine trusts is read from where it says: here, from one file.
#[test]
fn a_relay_by_tls_is_of_whom_the_machine_trusts() {
    let dir = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let trusted = dir.path().join("trusted.pem");
    std::fs::write(&trusted, made.cert.pem()).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let relay = format!("relay = \"https://{}/live.mp3\"", socket.local_addr().unwrap());
    std::thread::spawn(move || {
        for peer in socket.incoming() {
            let session = ServerConnection::new(config.clone()).unwrap();
            let mut sealed = StreamOwned::new(session, peer.unwrap());
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && sealed.read(&mut byte).is_ok_and(|n| n == 1) {
                head.push(byte[0]);
            }
            let answer = b"HTTP/1.0 200 OK\r\nContent-Type: audio/mpeg\r\n\r\n";
            // It may not trust us.
            let _ = sealed.write_all(&[&answer[..], &audio(2000)].concat());
        }
    });
    let trust = [("SSL_CERT_FILE", trusted.to_str().unwrap())];
    let station = Station::with_environment(&[("mp3", "/relay.mp3", "", &relay)], &trust);
    station.until("/status-json.xsl", "", "/relay.mp3");
}

#[test]
fn a_hundred_listeners_may_wait_to_be_asked_about_and_no_more() {
    // It keeps the connections, and never answers.
    let (url, asked) = server(|_, peer| Some(peer));
    let auth = format!("listener_auth = \"{url}/\"");
    let fallback = "fallback = [{ builtin = \"news\" }]";
    let station = Station::with(&[("mp3", "/members.mp3", &format!("{fallback}\n{auth}"), "")]);
    let ask = || station.ask("GET /members.mp3 HTTP/1.0\r\nHost: test\r\n\r\n");
    let waiting: Vec<_> = (0..100).map(|_| ask()).collect();
    for _ in &waiting {
        asked.recv_timeout(PATIENCE).unwrap();
    }
    assert_eq!(ask().reply().0, 503);
}

#[test]
fn an_administrator_chooses_where_a_mount_falls_back_to() {
    let fallback = "fallback = [{ builtin = \"news\" }]";
    let station = Station::with(&[("mp3", "/talk.mp3", fallback, "")]);
    station.until("/status-json.xsl", "", "/talk.mp3");
    let done = station.get("/admin/fallbacks?mount=/open.mp3&fallback=/talk.mp3", BOSS);
    assert!(done.contains("<return>1</return>"), "{done}");
    // Nothing is sent to it, and it is heard.
    station.until("/status-json.xsl", "", "/open.mp3");
    let other = station.get("/admin/fallbacks?mount=/open.mp3&fallback=/raw", BOSS);
    assert!(other.contains("<return>0</return>"), "another codec can't be spliced: {other}");
}
