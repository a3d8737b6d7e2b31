//! The private CA: a root that is made once and kept, and a certificate for this server that is
//! renewed by itself. RFC 5280, CA/Browser Forum's limit of 397 days for the server's certificate
//! (Apple's systems enforce a like limit even for private roots).
//!
//! The root may do as little as possible: path length 0, servers only, and critical name
//! constraints to our domains and host names with all addresses excluded (RFC 5280 4.2.1.10: a
//! form of name that is not mentioned is not constrained). Its key stays in DATA/ca with mode
//! 0600, outside the store and therefore outside backups and dumps.

use super::{TlsError, Verifier, pem};
use crate::clock::Clock;
use crate::files;
use crate::sorted::sort;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, PKCS_ECDSA_P256_SHA256,
    PublicKeyData as _,
};
use rustls::RootCertStore;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

const S_PER_DAY: i64 = 86_400;
/// A new root means work on every PC, so it outlives the hardware.
const ROOT_DAYS: i64 = 20 * 365;
/// One day less than the limit, whoever counts.
const SERVER_DAYS: i64 = 396;
/// Time enough for an owner to notice that renewing fails.
const RENEW_DAYS: i64 = 60;
/// For clients whose clock is behind.
const BACKDATED_S: i64 = 3600;
/// 2023-01-01. A Pi has no clock of its own; before NTP it may believe in 1970.
const EARLIEST_S: i64 = 1_672_531_200;

/// The root's certificate.
#[derive(Debug, Clone)]
pub struct Root {
    /// As clients import it.
    pub der: CertificateDer<'static>,
    /// As `openssl` and Linux clients want it.
    pub pem: String,
}

impl Root {
    /// SHA-256 of the certificate, `AB:CD:…`, to be compared before importing.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let digest = ring::digest::digest(&ring::digest::SHA256, &self.der);
        digest.as_ref().iter().enumerate().fold(String::new(), |mut text, (n, byte)| {
            let _ = write!(text, "{}{byte:02X}", if n > 0 { ":" } else { "" });
            text
        })
    }
}

/// The CA in its directory.
pub(super) struct PrivateCa {
    directory: PathBuf,
    /// The names wanted that the root permits; one that it does not would spoil the certificate.
    names: Vec<String>,
    clock: Clock,
    root: Root,
    verifier: Verifier,
}

impl PrivateCa {
    /// The CA in `directory`, made for `names` if there is none.
    pub(super) fn open(directory: &Path, names: &[String], clock: Clock) -> Result<Self, TlsError> {
        let (key_path, root_path) = (directory.join("root.key"), directory.join("root.pem"));
        files::create_private_directory(directory).map_err(|e| TlsError::io(directory, &e))?;
        if !root_path.exists() {
            let now_s = plausible_now_s(&clock)?;
            let key = if key_path.exists() { read_key(&key_path)? } else { new_key(&key_path)? };
            let root = root_params(&key, names, now_s).self_signed(&key).map_err(|e| failed(&e))?;
            write(&root_path, root.pem().as_bytes(), files::PUBLIC)?;
        } else if !key_path.exists() {
            let lost = TlsError::new(format!("{}: the key of the private CA is missing", key_path.display()));
            return Err(lost.with_hint("restore it, or move root.pem away for a new CA that every PC has to import"));
        }
        let pem = std::fs::read_to_string(&root_path).map_err(|e| TlsError::io(&root_path, &e))?;
        let unusable = |what: String| TlsError::new(format!("{}: {what}", root_path.display()));
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|e| unusable(format!("not PEM: {e}")))?;
        let mut roots = RootCertStore::empty();
        roots.add(der.clone()).map_err(|e| unusable(e.to_string()))?;
        let verifier = Verifier::new(roots);
        // For Windows, where the digest of this file is the certificate's fingerprint.
        let windows_path = directory.join("root.crt");
        if !std::fs::read(&windows_path).is_ok_and(|there| there == *der) {
            write(&windows_path, &der, files::PUBLIC)?;
        }
        let mut ca = Self { directory: directory.into(), names: Vec::new(), clock, root: Root { der, pem }, verifier };
        ca.names = ca.permitted(names)?;
        Ok(ca)
    }

    pub(super) fn root(&self) -> &Root {
        &self.root
    }

    /// The certificate in the directory while it is good, else a new one.
    pub(super) fn server_certificate(&self) -> Result<CertifiedKey, TlsError> {
        let (certificate, key) = (self.directory.join("server.crt"), self.directory.join("server.key"));
        if certificate.exists()
            && key.exists()
            && let Ok(old) = pem::load(&certificate, &key)
            && !self.is_due(&old)
        {
            return Ok(old);
        }
        let new_key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(|e| failed(&e))?;
        let new = self.issue(&self.root_key()?, &new_key, &self.names, plausible_now_s(&self.clock)?)?;
        // The key first: a power cut between the two leaves a pair that does not fit, which the
        // next start replaces.
        write(&key, new_key.serialize_pem().as_bytes(), files::PRIVATE)?;
        write(&certificate, new.pem().as_bytes(), files::PUBLIC)?;
        log::info!("issued a certificate for {}", self.names.join(", "));
        pem::load(&certificate, &key)
    }

    /// Whether a certificate does not hold for every name, or not for long enough. While the clock
    /// cannot be right nothing is due.
    pub(super) fn is_due(&self, key: &CertifiedKey) -> bool {
        let Ok(now) = plausible_now_s(&self.clock) else { return false };
        let later = now.saturating_add(RENEW_DAYS.saturating_mul(S_PER_DAY));
        let good = |leaf: &CertificateDer<'_>| {
            self.names.iter().all(|name| self.holds(leaf, name, now) && self.holds(leaf, name, later))
        };
        !key.end_entity_cert().is_ok_and(good)
    }

    /// Those of `names` that the root's name constraints permit: found out by issuing for each, for
    /// then clients and we cannot read the constraints differently.
    fn permitted(&self, names: &[String]) -> Result<Vec<String>, TlsError> {
        let root_key = self.root_key()?;
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(|e| failed(&e))?;
        let mut permitted = Vec::new();
        for name in names {
            let trial = self.issue(&root_key, &key, std::slice::from_ref(name), EARLIEST_S)?;
            if self.holds(trial.der(), name, EARLIEST_S) {
                permitted.push(name.clone());
            } else {
                log::warn!("the private CA was not made for {name}, which clients will not trust");
            }
        }
        if permitted.is_empty() {
            let what = format!("{}: this private CA was not made for {}", self.directory.display(), names.join(", "));
            return Err(
                TlsError::new(what).with_hint("move the directory away for a new CA, which every PC has to import")
            );
        }
        Ok(permitted)
    }

    fn holds(&self, leaf: &CertificateDer<'_>, name: &str, at_s: i64) -> bool {
        let at = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(at_s).unwrap_or(0)));
        ServerName::try_from(name).is_ok_and(|name| self.verifier.verify_server_cert(leaf, &[], &name, &[], at).is_ok())
    }

    fn root_key(&self) -> Result<KeyPair, TlsError> {
        read_key(&self.directory.join("root.key"))
    }

    fn issue(
        &self,
        root_key: &KeyPair,
        leaf_key: &KeyPair,
        names: &[String],
        now_s: i64,
    ) -> Result<rcgen::Certificate, TlsError> {
        let mut params = CertificateParams::new(names.to_vec()).map_err(|e| failed(&e))?;
        set_validity(&mut params, now_s, SERVER_DAYS);
        params.distinguished_name = common_name(names.first().map_or("", String::as_str));
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        // Of the issuer's parameters only what depends on its key matters here.
        let issuer = Issuer::new(root_params(root_key, &[], now_s), root_key);
        params.signed_by(leaf_key, &issuer).map_err(|e| failed(&e))
    }
}

fn root_params(key: &KeyPair, names: &[String], now_s: i64) -> CertificateParams {
    let mut params = CertificateParams::default();
    set_validity(&mut params, now_s, ROOT_DAYS);
    // The name follows from the key: two roots on one PC can be told apart, and the issuer of a
    // certificate can be written without parsing the root.
    let digest = ring::digest::digest(&ring::digest::SHA256, &key.subject_public_key_info());
    let id = digest.as_ref().iter().take(4).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    params.distinguished_name = common_name(&format!("Mailstead CA {id}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: subtrees(names).into_iter().map(GeneralSubtree::DnsName).collect(),
        excluded_subtrees: vec![
            GeneralSubtree::IpAddress(CidrSubnet::V4([0; 4], [0; 4])),
            GeneralSubtree::IpAddress(CidrSubnet::V6([0; 16], [0; 16])),
        ],
    });
    params
}

/// A constraint covers a name and everything under it: `autodiscover.DOMAIN` stands for the domain,
/// so that a later host name in it needs no new root.
fn subtrees(names: &[String]) -> Vec<String> {
    let mut trees: Vec<_> =
        names.iter().map(|name| name.strip_prefix("autodiscover.").unwrap_or(name).to_owned()).collect();
    sort(&mut trees);
    trees.dedup();
    let all = trees.clone();
    trees.retain(|tree| !all.iter().any(|outer| tree.ends_with(&format!(".{outer}"))));
    trees
}

fn common_name(name: &str) -> DistinguishedName {
    let mut dn = DistinguishedName::new();
    // RFC 5280 appendix A: at most 64 characters. The names that count are in the extension.
    dn.push(DnType::CommonName, name.chars().take(64).collect::<String>());
    dn
}

fn set_validity(params: &mut CertificateParams, now_s: i64, days: i64) {
    let at = |s: i64| rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(u64::try_from(s).unwrap_or(0));
    let from = now_s.saturating_sub(BACKDATED_S);
    params.not_before = at(from);
    params.not_after = at(from.saturating_add(days.saturating_mul(S_PER_DAY)));
}

fn plausible_now_s(clock: &Clock) -> Result<i64, TlsError> {
    let now = clock.now().to_unix();
    if now < EARLIEST_S {
        let wrong = TlsError::new(format!("the clock says {}", clock.now().http_date()));
        return Err(wrong.with_hint("certificates need the right time: timedatectl set-ntp true"));
    }
    Ok(now)
}

fn new_key(path: &Path) -> Result<KeyPair, TlsError> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(|e| failed(&e))?;
    write(path, key.serialize_pem().as_bytes(), files::PRIVATE)?;
    Ok(key)
}

fn read_key(path: &Path) -> Result<KeyPair, TlsError> {
    let pem = std::fs::read_to_string(path).map_err(|e| TlsError::io(path, &e))?;
    KeyPair::from_pem(&pem).map_err(|e| TlsError::new(format!("{}: not a private key: {e}", path.display())))
}

fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), TlsError> {
    files::write(path, bytes, mode).map_err(|e| TlsError::io(path, &e))
}

fn failed(error: &rcgen::Error) -> TlsError {
    TlsError::new(format!("cannot make a certificate: {error}"))
}
