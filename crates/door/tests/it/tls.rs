use std::path::{Path, PathBuf};
use std::sync::Arc;

use door::{Conn, DoorError, DoorSettings, TlsCertificates};
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::pair;

/// Writes a new certificate for `name`, and its key.
fn certificate(dir: &TempDir, name: &str) -> (PathBuf, PathBuf) {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let (chain, key) =
        (dir.path().join(format!("{name}.crt")), dir.path().join(format!("{name}.key")));
    std::fs::write(&chain, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    (chain, key)
}

fn settings(tls: Arc<ServerConfig>) -> DoorSettings {
    DoorSettings { tls: Some(tls), ..DoorSettings::default() }
}

/// A client that trusts the certificate in `file` alone, and the server's end.
async fn connect(
    settings: &DoorSettings,
    before: &[u8],
    trusted: &Path,
    name: &'static str,
) -> (std::io::Result<TlsStream<TcpStream>>, Result<Conn, DoorError>) {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(trusted).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let (mut client, (socket, from)) = pair::sockets().await;
    client.write_all(before).await.unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    let connect = connector.connect(ServerName::try_from(name).unwrap(), client);
    tokio::join!(connect, door::admit(socket, from, settings))
}

async fn converse(mut client: TlsStream<TcpStream>, mut conn: Conn) {
    client.write_all(b"SOURCE /a ICE/1.0\r\n\r\naudio").await.unwrap();
    assert_eq!(pair::head(&mut conn).await.path, "/a");
    let mut audio = [0; 5];
    conn.read_exact(&mut audio).await.unwrap();
    assert_eq!(&audio, b"audio");
    conn.write_all(b"HTTP/1.0 200 OK\r\n\r\n").await.unwrap();
    let mut reply = [0; 19];
    client.read_exact(&mut reply).await.unwrap();
    assert_eq!(&reply, b"HTTP/1.0 200 OK\r\n\r\n");
    // It ends as TLS ends: nobody could have cut it short.
    let leave = async move {
        assert_eq!(client.read(&mut reply).await.unwrap(), 0);
    };
    tokio::join!(leave, conn.close());
}

#[tokio::test]
async fn one_port_takes_tls_and_plain_requests() {
    let dir = TempDir::new().unwrap();
    let (chain, key) = certificate(&dir, "radio.example");
    let settings = settings(TlsCertificates::load(&chain, &key).unwrap());

    let (client, conn) = connect(&settings, b"", &chain, "radio.example").await;
    let conn = conn.unwrap();
    assert!(conn.is_tls());
    converse(client.unwrap(), conn).await;

    let (_client, conn) = pair::received(&settings, b"GET /b HTTP/1.1\r\n\r\n").await;
    let mut conn = conn.unwrap();
    assert!(!conn.is_tls());
    assert_eq!(pair::head(&mut conn).await.path, "/b");
}

#[tokio::test]
async fn tls_may_follow_a_proxy_header() {
    let dir = TempDir::new().unwrap();
    let (chain, key) = certificate(&dir, "radio.example");
    let settings = DoorSettings {
        trusted_proxies: vec!["127.0.0.1/32".parse().unwrap()],
        ..settings(TlsCertificates::load(&chain, &key).unwrap())
    };
    for before in [&b"PROXY TCP4 192.0.2.9 192.0.2.1 50000 8000\r\n"[..], b""] {
        let (client, conn) = connect(&settings, before, &chain, "radio.example").await;
        let conn = conn.unwrap();
        let speaks_for = if before.is_empty() { "127.0.0.1" } else { "192.0.2.9" };
        assert_eq!(conn.peer().client.to_string(), speaks_for);
        converse(client.unwrap(), conn).await;
    }
}

#[tokio::test]
async fn a_renewed_certificate_is_for_those_who_come_after() {
    let dir = TempDir::new().unwrap();
    let (chain, key) = certificate(&dir, "radio.example");
    let old = settings(TlsCertificates::load(&chain, &key).unwrap());
    let (client, conn) = connect(&old, b"", &chain, "radio.example").await;

    let (chain, key) = certificate(&dir, "radio.example");
    let new = settings(TlsCertificates::load(&chain, &key).unwrap());
    let (later, later_conn) = connect(&new, b"", &chain, "radio.example").await;
    converse(later.unwrap(), later_conn.unwrap()).await;
    converse(client.unwrap(), conn.unwrap()).await;
}

#[tokio::test]
async fn visitors_are_shown_the_certificate_of_the_name_that_they_ask_for() {
    let dir = TempDir::new().unwrap();
    let (news, news_key) = certificate(&dir, "news.example");
    let (music, music_key) = certificate(&dir, "music.example");
    let both = [(news.as_path(), news_key.as_path()), (&music, &music_key)];
    let settings = settings(TlsCertificates::load_several(&both).unwrap());
    for (name, trusted) in [("news.example", &news), ("music.example", &music)] {
        let (client, conn) = connect(&settings, b"", trusted, name).await;
        converse(client.unwrap(), conn.unwrap()).await;
    }
    let (other, _) = connect(&settings, b"", &music, "news.example").await;
    assert!(other.is_err());
}

#[tokio::test]
async fn half_a_handshake_and_a_broken_one_end() {
    let dir = TempDir::new().unwrap();
    let (chain, key) = certificate(&dir, "radio.example");
    let settings = DoorSettings {
        patience: pair::impatient().patience,
        ..settings(TlsCertificates::load(&chain, &key).unwrap())
    };
    let (_client, conn) = pair::received(&settings, b"\x16\x03\x01\x02\0").await;
    assert!(matches!(conn, Err(DoorError::TimedOut)), "{conn:?}");
    let (_client, conn) = pair::received(&settings, b"\x16garbage garbage").await;
    assert!(matches!(conn, Err(DoorError::Io(_))), "{conn:?}");
    let (_client, conn) = pair::received(&settings, b"").await;
    assert!(matches!(conn, Err(DoorError::TimedOut)), "{conn:?}");
}

#[test]
fn what_is_wrong_with_a_file_is_said() {
    let dir = TempDir::new().unwrap();
    let (chain, key) = certificate(&dir, "radio.example");
    let (_, other_key) = certificate(&dir, "other.example");
    let text = dir.path().join("text.pem");
    std::fs::write(&text, "hello").unwrap();
    let broken = dir.path().join("broken.pem");
    std::fs::write(&broken, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        .unwrap();
    let missing = dir.path().join("missing.pem");
    for (chain, key, file, reason) in [
        (&missing, &key, &missing, "No such file"),
        (&chain, &missing, &missing, "No such file"),
        (&text, &key, &text, "no PEM certificate"),
        (&chain, &text, &text, "no unencrypted PEM private key"),
        (&chain, &chain, &chain, "no unencrypted PEM private key"),
        (&broken, &key, &broken, ""),
        (&chain, &other_key, &other_key, "not the key of the certificate"),
    ] {
        let error = TlsCertificates::load(chain, key).expect_err("refused");
        assert_eq!(error.file, *file, "{error}");
        assert!(error.to_string().contains(reason), "{error}");
    }
    assert!(TlsCertificates::load_several(&[]).is_err());
}

#[tokio::test]
async fn much_goes_through_tls_to_a_slow_reader_and_arrives_whole() {
    let dir = TempDir::new().unwrap();
    let (chain, key) = certificate(&dir, "radio.example");
    let settings = settings(TlsCertificates::load(&chain, &key).unwrap());
    let (client, conn) = connect(&settings, b"", &chain, "radio.example").await;
    let (mut client, mut conn) = (client.unwrap(), conn.unwrap());
    let sent: Vec<u8> = (0..3_000_000_u32).map(|i| (i / 7) as u8).collect();
    let send = async {
        conn.write_all(&sent).await.unwrap();
        conn.close().await;
    };
    let receive = async move {
        let (mut got, mut piece) = (Vec::new(), [0; 5000]);
        loop {
            let n = client.read(&mut piece).await.unwrap();
            if n == 0 {
                return got;
            }
            got.extend_from_slice(&piece[..n]);
            tokio::task::yield_now().await;
        }
    };
    let ((), got) = tokio::join!(send, receive);
    assert!(got == sent, "{} of {}", got.len(), sent.len());
}
