//! Certificates, and a client that trusts just one of them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned,
};

use crate::rig::PATIENCE;

/// Writes a new certificate for `localhost` to `one.pem`, and its key to `one.key`.
pub(crate) fn new_certificate(dir: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(dir.join("one.pem"), made.cert.pem()).unwrap();
    std::fs::write(dir.join("one.key"), made.signing_key.serialize_pem()).unwrap();
    made.cert.der().clone()
}

/// A service behind TLS, with the certificate in `dir`, that gives everybody this answer, and tells
/// what it was asked. Its address is `https://localhost:PORT`.
pub(crate) fn service(dir: &Path, answer: &'static str) -> (u16, Receiver<String>) {
    let certificate = CertificateDer::from_pem_file(dir.join("one.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(dir.join("one.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, asked) = channel();
    std::thread::spawn(move || {
        for socket in listener.incoming().map_while(Result::ok) {
            let session = ServerConnection::new(config.clone()).unwrap();
            let mut stream = BufReader::new(StreamOwned::new(session, socket));
            let (mut head, mut length) = (String::new(), 0);
            // Whoever doesn't trust the certificate says nothing.
            while stream.read_line(&mut head).is_ok_and(|read| read > 2) {
                let line = head.lines().last().unwrap_or_default().to_ascii_lowercase();
                if let Some(told) = line.strip_prefix("content-length: ") {
                    length = told.parse().unwrap();
                }
            }
            let mut body = vec![0; length];
            if stream.read_exact(&mut body).is_ok() && length > 0 {
                // The test may have ended.
                let _ = tell.send(String::from_utf8(body).unwrap());
                let _ = stream.get_mut().write_all(answer.as_bytes());
                stream.get_mut().conn.send_close_notify();
                let _ = stream.get_mut().flush();
            }
        }
    });
    (port, asked)
}

/// A request over TLS.
#[derive(Debug)]
pub(crate) struct Sealed(StreamOwned<ClientConnection, TcpStream>);

impl Sealed {
    /// Asks for `path`, if the server shows the certificate that is trusted.
    pub(crate) fn get(
        address: SocketAddr,
        trusted: &CertificateDer<'static>,
        path: &str,
    ) -> std::io::Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(trusted.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = "localhost".try_into().unwrap();
        let client = ClientConnection::new(Arc::new(config), name).unwrap();
        let socket = TcpStream::connect(address)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        let mut stream = StreamOwned::new(client, socket);
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
        let mut sealed = Self(stream);
        let status = sealed.bytes(12)?;
        assert_eq!(status, b"HTTP/1.1 200");
        Ok(sealed)
    }

    /// The next `n` bytes.
    pub(crate) fn bytes(&mut self, n: usize) -> std::io::Result<Vec<u8>> {
        let mut bytes = vec![0; n];
        self.0.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}
