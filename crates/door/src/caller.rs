//! Connections to other servers, plain or TLS.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::TlsError;

/// Calls other servers: relays' and services'. The default trusts the certificates that the
/// machine does, a station's own authority among them where it is installed there (or named by
/// `SSL_CERT_FILE`). They are read once, when first they are needed.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    /// `None`: the machine's.
    trust: Option<Arc<ClientConfig>>,
}

impl Caller {
    /// Trusts the certificates in this PEM file, and no others.
    ///
    /// # Errors
    /// [`TlsError`] names the file and what is wrong with it.
    pub fn trusting(file: &Path) -> Result<Self, TlsError> {
        let certificates = CertificateDer::pem_file_iter(file)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| TlsError::new(file, error))?;
        let config = config(certificates).map_err(|error| TlsError::new(file, error))?;
        Ok(Self { trust: Some(config) })
    }

    /// Connects to a server; with `tls`, only if its certificate is for `host` and trusted. Has no
    /// patience of its own.
    ///
    /// # Errors
    /// If nobody is there, or not who it should be.
    pub async fn call(&self, host: &str, port: u16, tls: bool) -> io::Result<Call> {
        let socket = TcpStream::connect((host, port)).await?;
        if !tls {
            return Ok(Call(Line::Plain(socket)));
        }
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let config = match &self.trust {
            Some(config) => Arc::clone(config),
            None => of_the_machine().await?,
        };
        let sealed = TlsConnector::from(config).connect(name, socket).await?;
        Ok(Call(Line::Tls(Box::new(sealed))))
    }
}

/// A connection to another server.
#[derive(Debug)]
pub struct Call(Line);

#[derive(Debug)]
enum Line {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Call {
    /// Who is at the other end.
    ///
    /// # Errors
    /// If the connection is gone.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        match &self.0 {
            Line::Plain(socket) => socket.peer_addr(),
            Line::Tls(tls) => tls.get_ref().0.peer_addr(),
        }
    }
}

impl AsyncRead for Call {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.0 {
            Line::Plain(socket) => Pin::new(socket).poll_read(cx, buf),
            Line::Tls(tls) => Pin::new(tls).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Call {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.0 {
            Line::Plain(socket) => Pin::new(socket).poll_write(cx, buf),
            Line::Tls(tls) => Pin::new(tls).poll_write(cx, buf),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.0 {
            Line::Plain(socket) => Pin::new(socket).poll_flush(cx),
            Line::Tls(tls) => Pin::new(tls).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.0 {
            Line::Plain(socket) => Pin::new(socket).poll_shutdown(cx),
            Line::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
        }
    }
}

/// What the machine trusts.
async fn of_the_machine() -> io::Result<Arc<ClientConfig>> {
    static KNOWN: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if let Some(known) = KNOWN.get() {
        return Ok(Arc::clone(known));
    }
    let read = || config(rustls_native_certs::load_native_certs().certs);
    let config = tokio::task::spawn_blocking(read).await.map_err(io::Error::other)?;
    let config = config.map_err(io::Error::other)?;
    Ok(Arc::clone(KNOWN.get_or_init(|| config)))
}

fn config(trusted: Vec<CertificateDer<'static>>) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    // One that can't be read is no reason not to trust the others.
    let (usable, _) = roots.add_parsable_certificates(trusted);
    if usable == 0 {
        return Err("there is no certificate to trust".to_owned());
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
