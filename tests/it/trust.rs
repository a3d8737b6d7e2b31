//! Whom our own client believes: as strict as rustls' own verifier, case by case, and on the wire.

use mailstead::client::{ClientError, Dial as _, Network, Origin, Trouble, Trust};
use mailstead::tls::Verifier;
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
use smol::io::{AsyncReadExt as _, AsyncWriteExt as _};
use std::sync::Arc;
use std::time::Duration;

/// 2027-01-15
const NOW_S: u64 = 1_800_000_000;

/// An authority that may sign for example.org and localhost.
struct Ca {
    params: CertificateParams,
    key: KeyPair,
}

impl Ca {
    fn new(name: &str, may: BasicConstraints) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = IsCa::Ca(may);
        params.name_constraints = Some(rcgen::NameConstraints {
            permitted_subtrees: ["example.org", "localhost"].map(|name| GeneralSubtree::DnsName(name.into())).into(),
            excluded_subtrees: Vec::new(),
        });
        Self { params, key: KeyPair::generate().unwrap() }
    }

    fn root(&self) -> CertificateDer<'static> {
        self.params.clone().self_signed(&self.key).unwrap().der().clone()
    }

    fn signs(&self, params: CertificateParams, key: &KeyPair) -> CertificateDer<'static> {
        let issuer = Issuer::from_params(&self.params, &self.key);
        params.signed_by(key, &issuer).unwrap().der().clone()
    }
}

fn names(names: &[&str]) -> CertificateParams {
    CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap()
}

fn until(names: &[&str], year: i32) -> CertificateParams {
    let mut params = self::names(names);
    params.not_after = rcgen::date_time_ymd(year, 1, 1);
    params
}

fn store(root: CertificateDer<'static>) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add(root).unwrap();
    roots
}

#[test]
fn it_is_as_strict_as_the_whole_one() {
    let (root, foreign) =
        (Ca::new("R", BasicConstraints::Unconstrained), Ca::new("R", BasicConstraints::Unconstrained));
    let (middle, narrow) =
        (Ca::new("M", BasicConstraints::Constrained(0)), Ca::new("N", BasicConstraints::Unconstrained));
    let key = KeyPair::generate().unwrap();
    let leaf = |names: &[&str]| root.signs(self::names(names), &key);
    let signed_middle = root.signs(middle.params.clone(), &middle.key);
    // What a certificate of path length 0 signs is no authority.
    let signed_narrow = middle.signs(narrow.params.clone(), &narrow.key);
    let mut of_client = names(&["a.example.org"]);
    of_client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let mut future = names(&["a.example.org"]);
    future.not_before = rcgen::date_time_ymd(2028, 1, 1);
    let mut broken = leaf(&["a.example.org"]).to_vec();
    *broken.last_mut().unwrap() ^= 1;

    let good = leaf(&["a.example.org", "*.w.example.org"]);
    let cases: Vec<(&str, CertificateDer<'_>, Vec<CertificateDer<'_>>, &str)> = vec![
        ("", good.clone(), vec![], "a.example.org"),
        ("", good.clone(), vec![], "b.w.example.org"),
        ("NotValidForName", good.clone(), vec![], "b.example.org"),
        ("NotValidForName", good.clone(), vec![], "w.example.org"),
        ("NotValidForName", good.clone(), vec![], "192.0.2.1"),
        ("NotValidForName", leaf(&[]), vec![], "a.example.org"),
        ("Expired", root.signs(until(&["a.example.org"], 2027), &key), vec![], "a.example.org"),
        ("", root.signs(until(&["a.example.org"], 2028), &key), vec![], "a.example.org"),
        ("NotValidYet", root.signs(future, &key), vec![], "a.example.org"),
        ("BadSignature", foreign.signs(names(&["a.example.org"]), &key), vec![], "a.example.org"),
        ("UnknownIssuer", middle.signs(names(&["a.example.org"]), &key), vec![], "a.example.org"),
        ("", middle.signs(names(&["a.example.org"]), &key), vec![signed_middle.clone()], "a.example.org"),
        ("PathLen", narrow.signs(names(&["a.example.org"]), &key), vec![signed_narrow, signed_middle], "a.example.org"),
        ("NameConstraint", leaf(&["www.bank.example"]), vec![], "www.bank.example"),
        ("NameConstraint", leaf(&["a.example.org", "www.bank.example"]), vec![], "a.example.org"),
        ("Purpose", root.signs(of_client, &key), vec![], "a.example.org"),
        ("CaUsedAsEndEntity", root.root(), vec![], "a.example.org"),
        ("BadSignature", CertificateDer::from(broken), vec![], "a.example.org"),
        ("BadEncoding", CertificateDer::from(&[0x30, 0x80, 0x01][..]), vec![], "a.example.org"),
    ];
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = Arc::new(store(root.root()));
    let whole = WebPkiServerVerifier::builder_with_provider(Arc::clone(&roots), provider).build().unwrap();
    let ours = Verifier::new((*roots).clone());
    let at = UnixTime::since_unix_epoch(Duration::from_secs(NOW_S));
    for (number, (expected, leaf, between, name)) in cases.iter().enumerate() {
        let name = ServerName::try_from(*name).unwrap();
        let ask = |verifier: &dyn ServerCertVerifier| {
            verifier
                .verify_server_cert(leaf, between, &name, &[], at)
                .map_or_else(|e| format!("{e:?}"), |_| String::new())
        };
        let said = ask(&ours);
        assert_eq!(said, ask(&*whole), "case {number}");
        assert_eq!(said.is_empty(), expected.is_empty(), "case {number}: {said}");
        assert!(said.contains(expected), "case {number}: {said}");
    }
    assert_eq!(ours.supported_verify_schemes(), whole.supported_verify_schemes());
    let nobody = Verifier::new(RootCertStore::empty());
    let name = ServerName::try_from("a.example.org").unwrap();
    assert!(nobody.verify_server_cert(&good, &[], &name, &[], at).is_err());
}

#[derive(Debug)]
struct Shows(Arc<CertifiedKey>);

impl ResolvesServerCert for Shows {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

/// What the client says of a server on this machine that shows a certificate and signs with a key.
fn meets(
    trust: &Trust,
    host: &str,
    shown: &CertificateDer<'static>,
    key: &KeyPair,
    version: &'static SupportedProtocolVersion,
) -> Result<String, String> {
    let provider = rustls::crypto::ring::default_provider();
    let key = provider.key_provider.load_private_key(PrivateKeyDer::Pkcs8(key.serialize_der().into())).unwrap();
    let resolver = Arc::new(Shows(Arc::new(CertifiedKey::new(vec![shown.clone()], key))));
    let config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(resolver);
    let acceptor = futures_rustls::TlsAcceptor::from(Arc::new(config));
    smol::block_on(async {
        let listener = smol::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = smol::spawn(async move {
            let (tcp, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(tcp).await else { return };
            let _ = stream.write_all(b"hello").await;
            let _ = stream.close().await;
        });
        let origin = Origin { is_https: true, host: host.to_owned(), port };
        let network = Network::new(trust).unwrap();
        let mut stream = network.dial(&origin).await.map_err(|e: ClientError| match e.trouble() {
            Trouble::Tls { error, .. } => error.to_string(),
            other => panic!("{other:?}"),
        })?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        server.await;
        Ok(text)
    })
}

#[test]
fn our_client_refuses_who_is_somebody_else() {
    let root = Ca::new("Ours", BasicConstraints::Unconstrained);
    let foreign = Ca::new("Theirs", BasicConstraints::Unconstrained);
    let trust = Trust::root(&root.root()).unwrap();
    let (key, thief) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let good = root.signs(names(&["localhost"]), &key);
    let wrong = root.signs(names(&["elsewhere.example.org"]), &key);
    let old = root.signs(until(&["localhost"], 2020), &key);
    let theirs = foreign.signs(names(&["localhost"]), &key);
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        let says = |shown, key| meets(&trust, "localhost", shown, key, version);
        assert_eq!(says(&good, &key), Ok("hello".to_owned()));
        for (shown, key, why) in [
            (&wrong, &key, "not valid for name \"localhost\""),
            (&old, &key, "expired"),
            (&theirs, &key, "UnknownIssuer"),
            // Anybody can show a certificate; the handshake is signed with its key.
            (&good, &thief, "BadSignature"),
        ] {
            let said = says(shown, key).unwrap_err();
            assert!(said.contains(why), "{version:?}: {said}");
        }
        let said = meets(&trust, "127.0.0.1", &good, &key, version).unwrap_err();
        assert!(said.contains("not valid for name"), "{said}");
        let said = meets(&Trust::default(), "localhost", &good, &key, version).unwrap_err();
        assert!(said.contains("UnknownIssuer"), "{said}");
    }
}
