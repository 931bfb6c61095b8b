//! Certificates from files.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

/// What can't be used, and why: words for the person who wrote the file's name.
#[derive(Debug)]
pub(crate) enum Unusable {
    Certificate(String),
    Key(String),
}

/// TLS with the certificate chain and the key in these PEM files.
pub(crate) fn load(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, Unusable> {
    let wrong = |error: &dyn std::fmt::Display| {
        Unusable::Certificate(format!(
            "can't read the certificate {}: {error}",
            certificate.display()
        ))
    };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
        .map_err(|error| wrong(&error))?
        .collect::<Result<_, _>>()
        .map_err(|error| wrong(&error))?;
    if chain.is_empty() {
        return Err(wrong(&"there is none in it"));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| {
        Unusable::Key(format!("can't read the private key {}: {error}", key.display()))
    })?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(&error))?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(|error| {
            Unusable::Key(format!("the private key doesn't go with the certificate: {error}"))
        })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
