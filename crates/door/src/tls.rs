//! Certificates from files.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, ring};
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use thiserror::Error;

/// Certificates and their keys, read from PEM files.
///
/// To renew them, load them again and put the new configuration into the door's settings:
/// connections that are already open go on with what they have.
#[derive(Debug)]
pub struct TlsCertificates;

impl TlsCertificates {
    /// Reads one certificate chain (the site's own certificate first) and its private key.
    ///
    /// # Errors
    /// [`TlsError`] names the file and what is wrong with it.
    pub fn load(chain: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
        Self::load_several(&[(chain, key)])
    }

    /// Reads several chains and keys: each visitor is shown the first whose names fit the one
    /// that they ask for (SNI), or else the first of all.
    ///
    /// # Errors
    /// [`TlsError`] names the file and what is wrong with it.
    pub fn load_several(files: &[(&Path, &Path)]) -> Result<Arc<ServerConfig>, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let mut known = Vec::with_capacity(files.len());
        for (chain, key) in files {
            known.push(read_pair(chain, key, &provider)?);
        }
        if known.is_empty() {
            return Err(TlsError::new(Path::new(""), "no certificate is given"));
        }
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsError::new(files[0].0, error))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(ByName(known)));
        config.alpn_protocols = vec![b"http/1.1".to_vec(), b"http/1.0".to_vec()];
        Ok(Arc::new(config))
    }
}

/// A certificate or key file can't be used.
#[derive(Debug, Error)]
#[error("{}: {reason}", file.display())]
pub struct TlsError {
    /// The file.
    pub file: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

impl TlsError {
    pub(crate) fn new(file: &Path, reason: impl fmt::Display) -> Self {
        Self { file: file.to_owned(), reason: reason.to_string() }
    }
}

fn read_pair(
    chain_file: &Path,
    key_file: &Path,
    provider: &CryptoProvider,
) -> Result<Named, TlsError> {
    let chain = std::fs::read(chain_file).map_err(|error| TlsError::new(chain_file, error))?;
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&chain)
        .collect::<Result<_, _>>()
        .map_err(|error| TlsError::new(chain_file, error))?;
    if chain.is_empty() {
        return Err(TlsError::new(chain_file, "there is no PEM certificate in this file"));
    }
    let key = std::fs::read(key_file).map_err(|error| TlsError::new(key_file, error))?;
    let key = PrivateKeyDer::from_pem_slice(&key).map_err(|error| match error {
        rustls_pki_types::pem::Error::NoItemsFound => {
            TlsError::new(key_file, "there is no unencrypted PEM private key in this file")
        }
        error => TlsError::new(key_file, error),
    })?;
    let own = ParsedCertificate::try_from(&chain[0]).map(drop);
    own.map_err(|error| TlsError::new(chain_file, error))?;
    let certified = CertifiedKey::from_der(chain, key, provider).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => TlsError::new(
            key_file,
            format!("this is not the key of the certificate in {}", chain_file.display()),
        ),
        error => TlsError::new(key_file, error),
    })?;
    Ok(Named(Arc::new(certified)))
}

/// Chooses by the name that the visitor asks for.
#[derive(Debug)]
struct ByName(Vec<Named>);

#[derive(Debug)]
struct Named(Arc<CertifiedKey>);

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let asked = hello.server_name().and_then(|name| ServerName::try_from(name).ok());
        let fits = |named: &&Named| asked.as_ref().is_some_and(|name| named.fits(name));
        // With one certificate there is nothing to choose.
        let named = match self.0.as_slice() {
            [only] => Some(only),
            several => several.iter().find(fits).or(several.first()),
        };
        named.map(|named| Arc::clone(&named.0))
    }
}

impl Named {
    fn fits(&self, name: &ServerName<'_>) -> bool {
        self.0
            .cert
            .first()
            .and_then(|own| ParsedCertificate::try_from(own).ok())
            .is_some_and(|own| verify_server_name(&own, name).is_ok())
    }
}
