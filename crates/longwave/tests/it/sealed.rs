//! Certificates, and a client that trusts just one of them.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::rig::PATIENCE;

/// Writes a new certificate for `localhost` to `one.pem`, and its key to `one.key`.
pub(crate) fn new_certificate(dir: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(dir.join("one.pem"), made.cert.pem()).unwrap();
    std::fs::write(dir.join("one.key"), made.signing_key.serialize_pem()).unwrap();
    made.cert.der().clone()
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
