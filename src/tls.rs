//! TLS 1.2 and 1.3 with rustls and ring: the certificate, where it comes from and how it changes
//! while the server runs.
//!
//! The certificate is issued by the private CA in DATA/ca, or it is somebody's own PEM files.
//! [`Tls::refresh`], called every minute, renews the one and reads the other again; connections
//! that stand are not touched.
//!
//! A client that comes back resumes its TLS session with a ticket, also after a restart ([`tickets`]).
//!
//! Deliberately not here: client certificates (Outlook has none for us) and ACME.

mod ca;
mod pem;
mod tickets;
mod verify;

use crate::clock::Clock;
use crate::config::Config;
use ca::PrivateCa;
use futures_rustls::TlsAcceptor;
use futures_rustls::server::TlsStream;
use pem::PemFiles;
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{CertificateError, RootCertStore, ServerConfig};
use smol::io::{AsyncRead, AsyncWrite};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tickets::Tickets;

pub use ca::Root;
pub use verify::Verifier;

/// Why there is no certificate: one line, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsError {
    /// Which file, and what is wrong.
    pub message: String,
    /// A way out.
    pub hint: Option<String>,
}

impl TlsError {
    fn new(message: String) -> Self {
        Self { message, hint: None }
    }

    fn io(path: &Path, error: &io::Error) -> Self {
        Self::new(format!("{}: {error}", path.display()))
    }

    fn with_hint(self, hint: &str) -> Self {
        Self { hint: Some(hint.to_owned()), ..self }
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
impl std::error::Error for TlsError {}

/// The server's side of TLS.
pub struct Tls {
    source: Source,
    names: Vec<String>,
    current: Arc<Current>,
    config: Arc<ServerConfig>,
}

enum Source {
    Ca(PrivateCa),
    Pem(PemFiles),
}

/// The certificate that the next handshake uses.
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.get())
    }
}

impl Current {
    fn get(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn set(&self, key: CertifiedKey) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(key);
    }
}

impl Tls {
    /// The certificate of `config`; makes the private CA and its certificate when they are missing.
    ///
    /// # Errors
    /// Files that cannot be read or written, keys that do not fit, a clock that cannot be right.
    pub fn open(config: &Config, clock: &Clock) -> Result<Self, TlsError> {
        let names = config.certificate_names();
        let (source, first) = if config.tls_certificate.as_os_str().is_empty() {
            let ca = PrivateCa::open(&config.data.join("ca"), &names, clock.clone())?;
            let first = ca.server_certificate()?;
            (Source::Ca(ca), first)
        } else {
            let (files, first) = PemFiles::open(&config.tls_certificate, &config.tls_key)?;
            (Source::Pem(files), first)
        };
        let current = Arc::new(Current(RwLock::new(Arc::new(first))));
        let mut server = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(|e| TlsError::new(format!("TLS: {e}")))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::<Current>::clone(&current));
        server.ticketer = Arc::new(Tickets::open(&config.runtime, clock.clone()));
        server.alpn_protocols = vec![b"http/1.1".to_vec()];
        let tls = Self { source, names, current, config: Arc::new(server) };
        for name in tls.uncovered_names() {
            log::warn!("the certificate does not cover {name}");
        }
        Ok(tls)
    }

    /// Renews the private CA's certificate when it is due, reads PEM files that changed. On an error
    /// the old certificate stays. Blocks: for the blocking pool, every minute. Whether it changed.
    ///
    /// # Errors
    /// As [`Tls::open`].
    pub fn refresh(&self) -> Result<bool, TlsError> {
        let new = match &self.source {
            Source::Ca(ca) if ca.is_due(&self.current.get()) => Some(ca.server_certificate()?),
            Source::Ca(_) => None,
            Source::Pem(files) => files.reload()?,
        };
        Ok(new.map(|key| self.current.set(key)).is_some())
    }

    /// For one listener; cheap to clone.
    #[must_use]
    pub fn acceptor(&self) -> Acceptor {
        Acceptor { inner: TlsAcceptor::from(Arc::clone(&self.config)) }
    }

    /// The private CA's certificate, to be imported by clients; none with own PEM files.
    #[must_use]
    pub fn root(&self) -> Option<&Root> {
        match &self.source {
            Source::Ca(ca) => Some(ca.root()),
            Source::Pem(_) => None,
        }
    }

    /// Names under which clients come although the certificate does not hold them.
    #[must_use]
    pub fn uncovered_names(&self) -> Vec<String> {
        uncovered(&self.names, &self.current.get())
    }

    /// The certificate that the next handshake uses, and its chain.
    #[must_use]
    pub fn certificates(&self) -> Vec<CertificateDer<'static>> {
        self.current.get().cert.clone()
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("names", &self.names).finish_non_exhaustive()
    }
}

fn uncovered(names: &[String], key: &CertifiedKey) -> Vec<String> {
    let covers = |name: &String| {
        let certificate = key.end_entity_cert().and_then(ParsedCertificate::try_from);
        let server = ServerName::try_from(name.as_str());
        matches!((certificate, server), (Ok(c), Ok(s)) if verify_server_name(&c, &s).is_ok())
    };
    names.iter().filter(|name| !covers(name)).cloned().collect()
}

/// What there is to know of a certificate in its file.
#[derive(Debug)]
pub struct Seen {
    /// The file.
    pub file: PathBuf,
    /// Names under which clients come although it does not hold them.
    pub uncovered: Vec<String>,
    /// Its end, in seconds since 1970.
    pub expires_s: u64,
}

/// Looks at the certificate of `config`, and changes nothing.
///
/// # Errors
/// Files that cannot be read, keys that do not fit.
pub fn look(config: &Config) -> Result<Seen, TlsError> {
    let ours = config.tls_certificate.as_os_str().is_empty();
    let directory = config.data.join("ca");
    let [file, key] = if ours {
        ["server.crt", "server.key"].map(|name| directory.join(name))
    } else {
        [config.tls_certificate.clone(), config.tls_key.clone()]
    };
    let key = pem::load(&file, &key)?;
    let unreadable = |error: rustls::Error| TlsError::new(format!("{}: {error}", file.display()));
    let leaf = key.end_entity_cert().and_then(ParsedCertificate::try_from).map_err(unreadable)?;
    // Asked about the end of all times, before it looks at who signed, webpki says when this one ends.
    let never = UnixTime::since_unix_epoch(Duration::from_secs(u64::from(u32::MAX) << 8));
    let algorithms = provider().signature_verification_algorithms;
    let roots = RootCertStore::empty();
    let expires_s = match verify_server_cert_signed_by_trust_anchor(&leaf, &roots, &[], never, algorithms.all) {
        Err(rustls::Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. })) => {
            not_after.as_secs()
        }
        Err(other) => return Err(unreadable(other)),
        Ok(()) => u64::MAX,
    };
    Ok(Seen { uncovered: uncovered(&config.certificate_names(), &key), expires_s, file })
}

/// Turns connections into TLS connections.
#[derive(Clone)]
pub struct Acceptor {
    inner: TlsAcceptor,
}

impl Acceptor {
    /// The handshake; how long it may take is the listener's business.
    ///
    /// # Errors
    /// No handshake.
    pub async fn accept<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S) -> io::Result<TlsStream<S>> {
        self.inner.accept(stream).await
    }
}

impl fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Acceptor")
    }
}

/// ring, named so that no process-wide default has to be installed.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}
