//! Whom the client takes for the server: certificates of authorities.

use super::{ClientError, Trouble};
use crate::tls::Verifier;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where Linux distributions and BSDs keep the authorities that the machine trusts.
const SYSTEM_BUNDLES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Authorities whose word about a server is taken.
#[derive(Debug, Clone)]
pub struct Trust {
    roots: RootCertStore,
}

impl Default for Trust {
    fn default() -> Self {
        Self { roots: RootCertStore::empty() }
    }
}

impl Trust {
    /// One certificate, as the private CA's.
    ///
    /// # Errors
    /// Not a certificate.
    pub fn root(der: &CertificateDer<'_>) -> Result<Self, ClientError> {
        let mut trust = Self::default();
        let unusable = |error: rustls::Error| Trouble::Malformed("root certificate", error.to_string());
        trust.roots.add(der.clone().into_owned()).map_err(unusable)?;
        Ok(trust)
    }

    /// The certificates of a PEM file, beside those that are trusted already: a CA file pinned.
    ///
    /// # Errors
    /// A file that cannot be read or holds no certificate.
    pub fn and_file(mut self, path: &Path) -> Result<Self, ClientError> {
        let failed = |error: String| Trouble::Malformed("CA file", format!("{}: {error}", path.display()));
        let pem = std::fs::read(path).map_err(|e| failed(e.to_string()))?;
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(&pem).filter_map(Result::ok).collect();
        match self.roots.add_parsable_certificates(certificates) {
            (0, _) => Err(failed("holds no certificate".to_owned()).into()),
            _ => Ok(self),
        }
    }

    /// What the machine trusts: `SSL_CERT_FILE`, else the system's bundle. Nothing where there is
    /// none.
    #[must_use]
    pub fn system() -> Self {
        let own = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from);
        let candidates = own.into_iter().chain(SYSTEM_BUNDLES.iter().map(PathBuf::from));
        candidates.filter_map(|path| Self::default().and_file(&path).ok()).next().unwrap_or_default()
    }

    /// How many authorities there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.roots.len()
    }

    /// TLS 1.2 and 1.3 with ring, as the server.
    pub(super) fn config(&self) -> io::Result<Arc<ClientConfig>> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(io::Error::other)?;
        let verifier = Arc::new(Verifier::new(self.roots.clone()));
        let mut config = builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}
