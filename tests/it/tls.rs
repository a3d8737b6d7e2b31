//! Certificates: what the private CA may sign, how they are renewed and replaced, what clients see.

use mailstead::clock::Clock;
use mailstead::config::{Config, Surroundings};
use mailstead::tls::Tls;
use mailstead::wire::FileTime;
use rcgen::{CertificateParams, Issuer, KeyPair};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, HandshakeKind, RootCertStore, SupportedProtocolVersion};
use smol::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

const DAY_S: u64 = 86_400;
const START_S: i64 = 1_800_000_000;

fn config(data: &Path, more: &str) -> Config {
    let text = format!("hostname = \"mail.example.org\"\ndomains = [\"example.org\", \"example.net\"]\n{more}");
    let around = Surroundings { file: Path::new("t.toml"), data: Some(data), runtime_directory: None };
    Config::parse(&text, &around).unwrap()
}

fn clock() -> Clock {
    Clock::test(FileTime::from_unix(START_S))
}

fn verifier(root: &CertificateDer<'static>) -> Arc<WebPkiServerVerifier> {
    let mut roots = RootCertStore::empty();
    roots.add(root.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap()
}

fn trusts(root: &CertificateDer<'static>, leaf: &CertificateDer<'_>, name: &str, at_s: i64) -> Result<(), String> {
    let at = UnixTime::since_unix_epoch(Duration::from_secs(at_s.try_into().unwrap()));
    let name = ServerName::try_from(name.to_owned()).unwrap();
    verifier(root).verify_server_cert(leaf, &[], &name, &[], at).map(drop).map_err(|e| format!("{e:?}"))
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn the_private_ca_makes_a_certificate_for_our_names_only() {
    let data = tempfile::tempdir().unwrap();
    let clock = clock();
    let tls = Tls::open(&config(data.path(), ""), &clock).unwrap();
    let root = tls.root().unwrap().der.clone();
    let leaf = tls.certificates()[0].clone();
    for name in ["mail.example.org", "autodiscover.example.org", "autodiscover.example.net"] {
        assert_eq!(trusts(&root, &leaf, name, START_S), Ok(()), "{name}");
    }
    assert!(trusts(&root, &leaf, "www.example.org", START_S).is_err());
    assert_eq!(tls.uncovered_names(), Vec::<String>::new());
    // 397 days at most, good for clients whose clocks are a little behind.
    let day = i64::try_from(DAY_S).unwrap();
    assert_eq!(trusts(&root, &leaf, "mail.example.org", START_S - 3500), Ok(()));
    assert_eq!(trusts(&root, &leaf, "mail.example.org", START_S + 395 * day), Ok(()));
    assert!(trusts(&root, &leaf, "mail.example.org", START_S + 397 * day - 3600).unwrap_err().contains("Expired"));
    let ca = data.path().join("ca");
    assert_eq!((mode(&ca), mode(&ca.join("root.key")), mode(&ca.join("server.key"))), (0o700, 0o600, 0o600));
    assert_eq!((mode(&ca.join("root.crt")), mode(&ca.join("root.pem"))), (0o644, 0o644));
    assert_eq!(std::fs::read(ca.join("root.crt")).unwrap(), *root, "DER, for Windows");
    // What it signs for others is worthless.
    let key = KeyPair::from_pem(&std::fs::read_to_string(ca.join("root.key")).unwrap()).unwrap();
    let mut subject = CertificateParams::default();
    let id: String = fingerprint_of_key(&key);
    subject.distinguished_name = rcgen::DistinguishedName::new();
    subject.distinguished_name.push(rcgen::DnType::CommonName, format!("Mailstead CA {id}"));
    let issuer = Issuer::new(subject, key);
    let thief = KeyPair::generate().unwrap();
    for name in ["www.bank.example", "192.0.2.1", "2001:db8::1", "example.com", "org"] {
        let foreign = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&thief, &issuer).unwrap();
        let refused = trusts(&root, foreign.der(), name, START_S).unwrap_err();
        assert!(refused.contains("NameConstraintViolation"), "{name}: {refused}");
    }
    let ours = CertificateParams::new(vec!["new.example.net".to_owned()]).unwrap().signed_by(&thief, &issuer).unwrap();
    assert_eq!(trusts(&root, ours.der(), "new.example.net", START_S), Ok(()), "the trial itself is sound");
}

fn fingerprint_of_key(key: &KeyPair) -> String {
    use rcgen::PublicKeyData as _;
    let digest = ring::digest::digest(&ring::digest::SHA256, &key.subject_public_key_info());
    digest.as_ref()[..4].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// RFC 5280 4.2.1.9, 4.2.1.10, 4.2.1.3, by hand from the ASN.1.
#[test]
fn the_root_says_what_it_may_not_do() {
    let data = tempfile::tempdir().unwrap();
    let tls = Tls::open(&config(data.path(), ""), &clock()).unwrap();
    let root = &tls.root().unwrap().der;
    // basicConstraints, critical, OCTET STRING { SEQUENCE { TRUE, 0 } }
    assert!(contains(root, b"\x55\x1d\x13\x01\x01\xff\x04\x08\x30\x06\x01\x01\xff\x02\x01\x00"));
    // nameConstraints, critical
    let mut names = vec![0x55, 0x1d, 0x1e, 0x01, 0x01, 0xff, 0x04, 0x54, 0x30, 0x52];
    names.extend(b"\xa0\x1e\x30\x0d\x82\x0bexample.net\x30\x0d\x82\x0bexample.org");
    names.extend(b"\xa1\x30\x30\x0a\x87\x08");
    names.extend([0; 8]);
    names.extend(b"\x30\x22\x87\x20");
    names.extend([0; 32]);
    assert!(contains(root, &names), "{}", root.escape_ascii());
    // keyUsage, critical: keyCertSign alone (bit 5).
    assert!(contains(root, b"\x55\x1d\x0f\x01\x01\xff\x04\x04\x03\x02\x02\x04"));
    // extKeyUsage: serverAuth alone.
    assert!(contains(root, b"\x55\x1d\x25\x04\x0c\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01"));
    // P-256 (1.2.840.10045.3.1.7)
    assert!(contains(root, b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"));
    let fingerprint = tls.root().unwrap().fingerprint();
    assert_eq!(fingerprint.len(), 32 * 3 - 1);
    assert!(fingerprint.split(':').all(|byte| u8::from_str_radix(byte, 16).is_ok()));
}

#[test]
fn the_certificate_is_renewed_and_the_root_is_kept() {
    let data = tempfile::tempdir().unwrap();
    let (config, clock) = (config(data.path(), ""), clock());
    let tls = Tls::open(&config, &clock).unwrap();
    let (root, first) = (tls.root().unwrap().fingerprint(), tls.certificates());
    assert_eq!(tls.refresh(), Ok(false));
    // A restart changes nothing.
    let again = Tls::open(&config, &clock).unwrap();
    assert_eq!((again.root().unwrap().fingerprint(), again.certificates()), (root.clone(), first.clone()));
    clock.advance(Duration::from_secs(330 * DAY_S));
    assert_eq!(tls.refresh(), Ok(false));
    clock.advance(Duration::from_secs(10 * DAY_S));
    assert_eq!(tls.refresh(), Ok(true));
    assert_eq!(tls.refresh(), Ok(false));
    assert_ne!(tls.certificates(), first);
    assert_eq!(tls.root().unwrap().fingerprint(), root);
    let now = START_S + 340 * i64::try_from(DAY_S).unwrap();
    let chain = tls.certificates();
    assert_eq!(trusts(&tls.root().unwrap().der, &chain[0], "mail.example.org", now), Ok(()));
    assert_eq!(Tls::open(&config, &clock).unwrap().certificates(), chain);
}

#[test]
fn a_name_that_the_root_does_not_permit_spoils_nothing() {
    let data = tempfile::tempdir().unwrap();
    let clock = clock();
    let before = Tls::open(&config(data.path(), ""), &clock).unwrap().root().unwrap().fingerprint();
    let more = config(data.path(), "[urls]\nexternal = \"https://other.example.com\"\n");
    let tls = Tls::open(&more, &clock).unwrap();
    assert_eq!(tls.uncovered_names(), ["other.example.com"]);
    assert_eq!((tls.refresh(), tls.root().unwrap().fingerprint()), (Ok(false), before));
    // A new name that the root permits is a reason to renew.
    let more = config(data.path(), "[urls]\nexternal = \"https://out.example.org\"\n");
    let tls = Tls::open(&more, &clock).unwrap();
    assert_eq!(tls.uncovered_names(), Vec::<String>::new());
    let mut foreign = more;
    foreign.hostname = "h.example.com".into();
    foreign.domains = vec!["example.com".into()];
    foreign.urls_external = String::new();
    let error = Tls::open(&foreign, &clock).unwrap_err();
    assert!(error.message.contains("was not made for h.example.com"), "{error}");
    assert!(error.hint.unwrap().contains("new CA"));
}

#[test]
fn half_a_ca_is_repaired_or_refused() {
    let data = tempfile::tempdir().unwrap();
    let (config, clock) = (config(data.path(), ""), clock());
    drop(Tls::open(&config, &clock).unwrap());
    let ca = data.path().join("ca");
    // A power cut between the two files of the server's certificate.
    std::fs::write(ca.join("server.key"), std::fs::read(ca.join("root.key")).unwrap()).unwrap();
    let tls = Tls::open(&config, &clock).unwrap();
    assert_eq!(trusts(&tls.root().unwrap().der, &tls.certificates()[0], "mail.example.org", START_S), Ok(()));
    std::fs::write(ca.join("server.crt"), "nonsense").unwrap();
    drop(Tls::open(&config, &clock).unwrap());
    // The root's key alone is a root that nobody imported yet; its certificate alone is a loss.
    std::fs::remove_file(ca.join("root.pem")).unwrap();
    drop(Tls::open(&config, &clock).unwrap());
    std::fs::remove_file(ca.join("root.key")).unwrap();
    let error = Tls::open(&config, &clock).unwrap_err();
    assert!(error.message.contains("root.key: the key of the private CA is missing"), "{error}");
    // A clock that begins in 1970 makes no roots that are expired when it is set right.
    let elsewhere = tempfile::tempdir().unwrap();
    let error = Tls::open(&self::config(elsewhere.path(), ""), &Clock::test(FileTime::from_unix(60))).unwrap_err();
    assert!(error.message.contains("the clock says Thu, 01 Jan 1970"), "{error}");
}

fn own_certificate(directory: &Path, names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(names).unwrap().self_signed(&key).unwrap();
    std::fs::write(directory.join("c.pem"), certificate.pem()).unwrap();
    std::fs::write(directory.join("k.pem"), key.serialize_pem()).unwrap();
    certificate.pem()
}

#[test]
fn own_files_are_read_again_when_they_change() {
    let data = tempfile::tempdir().unwrap();
    let here = data.path();
    let lines = format!("[tls]\ncertificate = \"{0}/c.pem\"\nkey = \"{0}/k.pem\"\n", here.display());
    let config = config(here, &lines);
    let error = Tls::open(&config, &clock()).unwrap_err();
    assert!(error.message.contains("c.pem: "), "{error}");
    own_certificate(here, &["mail.example.org", "autodiscover.example.org"]);
    let tls = Tls::open(&config, &clock()).unwrap();
    assert!(tls.root().is_none());
    assert_eq!(tls.uncovered_names(), ["autodiscover.example.net"]);
    assert_eq!(tls.refresh(), Ok(false));
    let first = tls.certificates();
    // The certificate is replaced before its key: the old pair goes on, and it is said once.
    let key = std::fs::read(here.join("k.pem")).unwrap();
    own_certificate(here, &["mail.example.org"]);
    let new_key = std::fs::read(here.join("k.pem")).unwrap();
    std::fs::write(here.join("k.pem"), key).unwrap();
    let error = tls.refresh().unwrap_err();
    assert!(error.message.contains("k.pem: is not the key of"), "{error}");
    assert_eq!((tls.refresh(), tls.certificates() == first), (Ok(false), true));
    std::fs::write(here.join("k.pem"), new_key).unwrap();
    assert_eq!((tls.refresh(), tls.certificates() == first), (Ok(true), false));
    std::fs::write(here.join("c.pem"), "").unwrap();
    assert!(tls.refresh().unwrap_err().message.contains("holds no certificate"));
    std::fs::write(here.join("k.pem"), "").unwrap();
    assert!(tls.refresh().is_err());
}

fn handshake(tls: &Tls, name: &str, versions: &[&'static SupportedProtocolVersion]) -> Result<String, String> {
    let acceptor = tls.acceptor();
    let mut roots = RootCertStore::empty();
    roots.add(tls.root().unwrap().der.clone()).unwrap();
    let mut client = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    client.alpn_protocols = vec![b"http/1.1".to_vec()];
    let connector = futures_rustls::TlsConnector::from(Arc::new(client));
    let name = ServerName::try_from(name.to_owned()).unwrap();
    smol::block_on(async {
        let listener = smol::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = smol::spawn(async move {
            let (tcp, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(tcp).await else { return };
            let _ = stream.write_all(b"hello").await;
            let _ = stream.close().await;
        });
        let tcp = smol::net::TcpStream::connect(address).await.unwrap();
        let mut stream = connector.connect(name, tcp).await.map_err(|e| e.to_string())?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await.map_err(|e| e.to_string())?;
        server.await;
        Ok(text)
    })
}

#[test]
fn clients_with_the_root_connect_with_either_version() {
    let data = tempfile::tempdir().unwrap();
    let tls = Tls::open(&config(data.path(), ""), &Clock::system()).unwrap();
    for versions in [[&rustls::version::TLS13], [&rustls::version::TLS12]] {
        assert_eq!(handshake(&tls, "autodiscover.example.org", &versions), Ok("hello".into()));
    }
    let refused = handshake(&tls, "elsewhere.example.org", &[&rustls::version::TLS13]).unwrap_err();
    assert!(refused.contains("not valid for"), "{refused}");
}

/// Counts what passes: bytes, and how often the client waited for an answer to what it sent.
struct Counted<S> {
    inner: S,
    bytes: Arc<AtomicUsize>,
    trips: Arc<AtomicUsize>,
    has_written: bool,
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<std::io::Result<usize>> {
        let read = Pin::new(&mut self.inner).poll_read(cx, buf);
        if let Poll::Ready(Ok(count)) = read {
            self.bytes.fetch_add(count, Ordering::SeqCst);
            let waited = std::mem::take(&mut self.has_written);
            self.trips.fetch_add(usize::from(waited), Ordering::SeqCst);
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(cx, buf);
        if let Poll::Ready(Ok(count)) = written {
            self.bytes.fetch_add(count, Ordering::SeqCst);
            self.has_written = true;
        }
        written
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }
    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.inner).poll_close(cx)
    }
}

/// One connection of a client that remembers, with a question and its answer; what kind of handshake, and
/// of all that the bytes both ways and the round trips.
fn come_back(tls: &Tls, client: &Arc<ClientConfig>) -> (HandshakeKind, usize, usize) {
    let (acceptor, client) = (tls.acceptor(), Arc::clone(client));
    smol::block_on(async {
        let listener = smol::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = smol::spawn(async move {
            let mut stream = acceptor.accept(listener.accept().await.unwrap().0).await.unwrap();
            stream.read_exact(&mut [0; 4]).await.unwrap();
            stream.write_all(b"hello").await.unwrap();
            stream.close().await.unwrap();
        });
        let (bytes, trips) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let inner = smol::net::TcpStream::connect(address).await.unwrap();
        let tcp = Counted { inner, bytes: Arc::clone(&bytes), trips: Arc::clone(&trips), has_written: false };
        let name = ServerName::try_from("mail.example.org").unwrap();
        let mut stream = futures_rustls::TlsConnector::from(client).connect(name, tcp).await.unwrap();
        let kind = stream.get_ref().1.handshake_kind().unwrap();
        stream.write_all(b"ask?").await.unwrap();
        stream.flush().await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        server.await;
        (kind, bytes.load(Ordering::SeqCst), trips.load(Ordering::SeqCst))
    })
}

/// A ticket saves the certificates and the signature, also from the process after this one; a day
/// later it is worth nothing.
#[test]
fn a_client_that_comes_back_resumes() {
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        let data = tempfile::tempdir().unwrap();
        let config = config(data.path(), "");
        let clock = Clock::test(Clock::system().now());
        let open = || Tls::open(&config, &clock).unwrap();
        let tls = open();
        let mut roots = RootCertStore::empty();
        roots.add(tls.root().unwrap().der.clone()).unwrap();
        let client = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = Arc::new(client);
        let (kind, full, trips_full) = come_back(&tls, &client);
        assert_eq!(kind, HandshakeKind::Full);
        let (kind, resumed, trips_resumed) = come_back(&tls, &client);
        assert_eq!(kind, HandshakeKind::Resumed);
        println!(
            "{version:?}: {full} bytes and {trips_full} round trips in full, {resumed} and {trips_resumed} resumed"
        );
        let of_12 = version == &rustls::version::TLS12;
        assert_eq!((trips_full, trips_resumed), if of_12 { (3, 2) } else { (2, 2) });
        assert!(resumed + 400 < full, "no certificate: {full} bytes before, {resumed} now");
        assert_eq!(mode(&config.runtime.join("tickets")), 0o600);
        drop(tls);
        assert_eq!(come_back(&open(), &client).0, HandshakeKind::Resumed, "of the process before");
        clock.advance(Duration::from_secs(13 * 3600));
        let tls = open();
        assert_eq!(come_back(&tls, &client).0, HandshakeKind::Resumed, "sealed with the key before");
        clock.advance(Duration::from_secs(25 * 3600));
        assert_eq!(come_back(&tls, &client).0, HandshakeKind::Full, "a day old");
    }
}
