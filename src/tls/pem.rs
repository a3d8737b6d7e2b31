//! Somebody's own certificate in PEM files (RFC 7468), read again when they change.

use super::{TlsError, provider};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Two files that belong together.
pub(super) struct PemFiles {
    certificate: PathBuf,
    key: PathBuf,
    /// What the files looked like at the last attempt, successful or not: a file that cannot be
    /// used is reported once, not every minute.
    seen: Mutex<[Stamp; 2]>,
}

/// Changes when a file is written or replaced. All zero: it cannot be looked at.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct Stamp {
    inode: u64,
    size: u64,
    seconds: i64,
    nanoseconds: i64,
}

impl PemFiles {
    pub(super) fn open(certificate: &Path, key: &Path) -> Result<(Self, CertifiedKey), TlsError> {
        let files = Self { certificate: certificate.into(), key: key.into(), seen: Mutex::default() };
        files.see();
        let first = load(certificate, key)?;
        Ok((files, first))
    }

    /// The new certificate if the files changed. Certificate and key are replaced one after the
    /// other; between the two they do not fit, and the second change is seen the next time.
    pub(super) fn reload(&self) -> Result<Option<CertifiedKey>, TlsError> {
        if self.see() { load(&self.certificate, &self.key).map(Some) } else { Ok(None) }
    }

    /// Whether anything changed since the last look.
    fn see(&self) -> bool {
        let now = [stamp(&self.certificate), stamp(&self.key)];
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *seen, now) != now
    }
}

fn stamp(path: &Path) -> Stamp {
    std::fs::metadata(path).map_or_else(
        |_| Stamp::default(),
        |m| Stamp { inode: m.ino(), size: m.size(), seconds: m.mtime(), nanoseconds: m.mtime_nsec() },
    )
}

/// Reads a certificate chain and its key, and makes sure that they fit.
pub(super) fn load(certificate: &Path, key: &Path) -> Result<CertifiedKey, TlsError> {
    let read = |path: &Path| std::fs::read(path).map_err(|e| TlsError::io(path, &e));
    let wrong = |path: &Path, what: &str| TlsError::new(format!("{}: {what}", path.display()));
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&read(certificate)?)
        .collect::<Result<_, _>>()
        .map_err(|e| wrong(certificate, &format!("not PEM: {e}")))?;
    if chain.is_empty() {
        return Err(
            wrong(certificate, "holds no certificate").with_hint("a PEM file begins with -----BEGIN CERTIFICATE-----")
        );
    }
    let private = PrivateKeyDer::from_pem_slice(&read(key)?)
        .map_err(|_| wrong(key, "holds no private key").with_hint("a PEM file without a passphrase is wanted"))?;
    CertifiedKey::from_der(chain, private, &provider()).map_err(|e| match e {
        rustls::Error::InconsistentKeys(_) => wrong(key, &format!("is not the key of {}", certificate.display())),
        other => wrong(key, &format!("cannot be used: {other}")),
    })
}
