//! Listeners over TLS.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, StreamOwned};

use crate::studio::{FRAME, Plan, Studio, numbers, path};

/// A server's side and the client's side that trusts it.
fn certificate() -> (Arc<ServerConfig>, Arc<ClientConfig>) {
    let made = rcgen::generate_simple_self_signed(["kstl.example".to_owned()]).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let server = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (Arc::new(server), Arc::new(client))
}

/// Asks for the mount over TLS.
fn ask_sealed(
    studio: &Studio,
    client: Arc<ClientConfig>,
) -> StreamOwned<ClientConnection, TcpStream> {
    let socket = studio.connect();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let name = ServerName::try_from("kstl.example").unwrap();
    let session = ClientConnection::new(client, name).unwrap();
    let mut stream = StreamOwned::new(session, socket);
    stream.write_all(b"GET /news.mp3 HTTP/1.0\r\n\r\n").unwrap();
    stream
}

#[test]
fn a_sealed_listener_hears_every_frame_and_the_end_is_said() {
    let (server, client) = certificate();
    let mut plan = Plan::new();
    plan.tls = Some(server);
    let mut studio = plan.open();
    studio.air(Duration::from_secs(20));
    let mut stream = ask_sealed(&studio, client);
    assert!(studio.last_joined().is_ok());

    let (send, hear) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        // An end that is not said would be an error.
        while let n @ 1.. = stream.read(&mut buffer).unwrap() {
            send.send(buffer[..n].to_vec()).unwrap();
        }
    });
    let mut got = Vec::new();
    while got.len() < 1500 * FRAME {
        match hear.recv_timeout(Duration::from_millis(2)) {
            Ok(bytes) => got.extend(bytes),
            Err(_) => studio.air(Duration::from_millis(240)),
        }
        assert!(studio.frames < 10_000, "only {} bytes", got.len());
    }
    studio.listen.stop();
    reader.join().unwrap();
    let end = got.windows(4).position(|at| at == b"\r\n\r\n").unwrap() + 4;
    assert!(got.starts_with(b"HTTP/1.0 200 OK\r\n"));
    let heard = numbers(&got[end..]);
    assert!(heard.windows(2).all(|pair| pair[1] == pair[0] + 1));
    assert_eq!(studio.listen.counts(&path()).listeners, 0);
}

#[test]
fn a_sealed_listener_who_does_not_read_costs_bounded_memory_and_skips() {
    let (server, client) = certificate();
    let mut plan = Plan::new();
    plan.tls = Some(server);
    let mut studio = plan.open();
    studio.air(Duration::from_secs(20));
    let mut stream = ask_sealed(&studio, client);
    assert!(studio.last_joined().is_ok());
    while studio.listen.counts(&path()).skips == 0 {
        assert!(studio.frames < 100_000, "never skipped");
        studio.air(Duration::from_secs(2));
    }
    // What is read now is still a sound TLS stream of whole frames, with a leap in it.
    let (send, hear) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(n @ 1..) = stream.read(&mut buffer) {
            if send.send(buffer[..n].to_vec()).is_err() {
                break;
            }
        }
    });
    let mut got = Vec::new();
    let mut leaps = 0;
    while leaps == 0 {
        match hear.recv_timeout(Duration::from_millis(5)) {
            Ok(bytes) => got.extend(bytes),
            Err(_) => {
                let end = got.windows(4).position(|at| at == b"\r\n\r\n").unwrap() + 4;
                leaps = numbers(&got[end..]).windows(2).filter(|p| p[1] != p[0] + 1).count();
                studio.air(Duration::from_secs(1));
            }
        }
        assert!(studio.frames < 200_000);
    }
}

#[test]
fn a_sealed_listener_who_leaves_a_silent_mount_is_missed() {
    let (server, client) = certificate();
    let mut plan = Plan::new();
    plan.tls = Some(server);
    let mut studio = plan.open();
    studio.air(Duration::from_secs(10));
    let mut stream = ask_sealed(&studio, client);
    let mut first = [0; 100];
    stream.read_exact(&mut first).unwrap();
    assert!(studio.last_joined().is_ok());
    assert_eq!(studio.listen.counts(&path()).listeners, 1);
    // They say goodbye by TLS, but their end of the connection stays open.
    stream.conn.send_close_notify();
    stream.flush().unwrap();
    studio.pass_in_silence(|studio| studio.listen.counts(&path()).listeners == 0);
}
