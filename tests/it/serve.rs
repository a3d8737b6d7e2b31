//! The server as a whole: listeners, connection limits, draining. Over real sockets, on loopback.

use crate::edge::{Ask, CONNECT, Line, Script, WAIT, execute, executed, settings};
use mailstead::clock::Clock;
use mailstead::config::{Config, Surroundings};
use mailstead::limits;
use mailstead::serve::{self, Running, Settings};
use mailstead::tls::Tls;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

fn free_port() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

fn serve_settings() -> Settings {
    let http = settings();
    Settings {
        https: Vec::new(),
        http: Vec::new(),
        plain: vec![free_port()],
        hostname: "mail.example.org".into(),
        internal_url: String::new(),
        external_url: String::new(),
        trusted: Vec::new(),
        internal: Vec::new(),
        redirects: Vec::new(),
        welcome: http.welcome,
        expiry: http.expiry,
        pending_period: http.pending_period,
        notification_wait: http.notification_wait,
    }
}

fn start(settings: &Settings) -> (Running, Arc<Script>) {
    let script = Arc::new(Script::default());
    let running = serve::start(settings, Clock::system(), script.clone(), script.clone(), None).unwrap();
    (running, script)
}

fn line(running: &Running) -> Line {
    Line::tcp(TcpStream::connect(running.addresses[0].socket).unwrap())
}

#[test]
fn it_serves_says_where_and_ends() {
    let (running, _) = start(&Settings { http: vec![free_port()], ..serve_settings() });
    assert_eq!(running.addresses.iter().map(|address| address.scheme).collect::<Vec<_>>(), ["http", "http"]);
    assert!(running.addresses.iter().all(|address| address.socket.port() != 0));
    assert_eq!(running.addresses[1].to_string(), format!("http://{}", running.addresses[1].socket));
    let mut redirecting = line(&running);
    redirecting.send("GET /autodiscover/autodiscover.xml HTTP/1.1\r\nHost: h\r\n\r\n");
    let reply = redirecting.reply();
    assert_eq!(reply.field("Location"), Some("https://mail.example.org/autodiscover/autodiscover.xml"));
    let address = running.addresses[1].socket;
    let mut plain = Line::tcp(TcpStream::connect(address).unwrap());
    let cookie = plain.connect();
    assert_eq!(plain.run(&cookie, b"12345678"), "1#");
    let start = Instant::now();
    running.stop();
    assert!(start.elapsed() < Duration::from_secs(5));
    assert!(plain.is_closed());
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn draining_answers_what_runs_and_ends_waits() {
    let (running, script) = start(&serve_settings());
    let mut working = line(&running);
    let cookie = working.connect();
    let mut waiting = line(&running);
    waiting.start(&Ask::new("NotificationWait", WAIT).cookie(&cookie));
    waiting.reply_head().unwrap();
    working.start(&Ask::new("Execute", &execute(b"now hold")).cookie(&cookie));
    while script.begun.load(Ordering::SeqCst) == 0 {
        thread::sleep(Duration::from_millis(5));
    }
    let stopping = thread::spawn(move || running.stop());
    while waiting.chunk().is_some() {}
    assert!(waiting.is_closed());
    thread::sleep(Duration::from_millis(100));
    assert!(!stopping.is_finished(), "a batch is at work");
    script.released.store(true, Ordering::SeqCst);
    assert_eq!(executed(&working.reply().mapi()), "1#");
    stopping.join().unwrap();
}

#[test]
fn passwords_never_cross_a_network_in_the_clear() {
    let script = Arc::new(Script::default());
    for address in ["0.0.0.0:0", "192.0.2.1:0", "[::]:0"] {
        let settings = Settings { plain: vec![address.parse().unwrap()], ..serve_settings() };
        let refused = serve::start(&settings, Clock::system(), script.clone(), script.clone(), None);
        let error = refused.unwrap_err().to_string();
        assert!(error.contains("not a loopback address"), "{error}");
    }
}

#[test]
fn a_port_that_is_taken_is_named() {
    let (running, script) = start(&serve_settings());
    let taken = running.addresses[0].socket;
    let settings = Settings { plain: vec![taken], ..serve_settings() };
    let error = serve::start(&settings, Clock::system(), script.clone(), script, None).unwrap_err().to_string();
    assert!(error.starts_with(&format!("cannot listen on http://{taken}: ")), "{error}");
    running.stop();
}

#[test]
fn one_address_gets_so_many_connections_and_no_more() {
    let (running, _) = start(&serve_settings());
    let mut lines: Vec<Line> = (0..limits::CONNECTIONS_PER_ADDRESS_MAX).map(|_| line(&running)).collect();
    let health = "GET /mapi/healthcheck.htm HTTP/1.1\r\nHost: h\r\n\r\n";
    for line in &mut lines {
        line.send(health);
        assert_eq!(line.reply().status, 200);
    }
    assert!(line(&running).is_closed());
    // One that leaves makes room.
    lines.pop();
    let served = (0..100).any(|_| {
        thread::sleep(Duration::from_millis(20));
        let mut line = line(&running);
        line.send(health);
        line.try_reply().is_some()
    });
    assert!(served);
    drop(lines);
    running.stop();
}

/// A TLS client that trusts the private CA.
fn tls_client(
    tls: &Tls,
    address: SocketAddr,
    version: &'static SupportedProtocolVersion,
) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(tls.root().unwrap().der.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = ClientConnection::new(Arc::new(config), "mail.example.org".try_into().unwrap()).unwrap();
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    StreamOwned::new(client, stream)
}

/// MS-OXCMAPIHTTP R2 R2227
#[test]
fn over_tls_of_either_version_processing_arrives_while_the_answer_is_awaited() {
    let data = tempfile::tempdir().unwrap();
    let around = Surroundings { file: Path::new("t.toml"), data: Some(data.path()), runtime_directory: None };
    let text = "hostname = \"mail.example.org\"\ndomains = [\"example.org\"]";
    let tls = Tls::open(&Config::parse(text, &around).unwrap(), &Clock::system()).unwrap();
    let settings = Settings { https: vec![free_port()], plain: Vec::new(), ..serve_settings() };
    let script = Arc::new(Script::default());
    let running =
        serve::start(&settings, Clock::system(), script.clone(), script.clone(), Some(tls.acceptor())).unwrap();
    let address = running.addresses[0];
    assert_eq!(address.to_string(), format!("https://127.0.0.1:{}", address.socket.port()));
    assert_eq!(
        running.site.settings.external_url,
        format!("https://mail.example.org:{}", address.socket.port()),
        "the port that was really bound"
    );
    // Somebody who takes the port for one without TLS.
    let mut mistaken = Line::tcp(TcpStream::connect(address.socket).unwrap());
    mistaken.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    assert!(mistaken.is_closed());
    let until = |stream: &mut StreamOwned<ClientConnection, TcpStream>, end: &str| {
        let mut text = String::new();
        let mut bytes = [0; 4096];
        while !text.contains(end) {
            let len = stream.read(&mut bytes).unwrap();
            assert_ne!(len, 0, "{text}");
            text += &String::from_utf8_lossy(&bytes[..len]);
        }
        text
    };
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        let mut stream = tls_client(&tls, address.socket, version);
        let connect = Ask::new("Connect", CONNECT);
        stream.write_all(&[connect.head().as_bytes(), connect.body].concat()).unwrap();
        let text = until(&mut stream, "\r\n0\r\n\r\n");
        let cookie = text.split("Set-Cookie: ").nth(1).unwrap().split("\r\n").next().unwrap();
        assert!(cookie.ends_with("; Secure"), "{cookie}");
        let wait = Ask::new("NotificationWait", WAIT).cookie(cookie.split(';').next().unwrap());
        stream.write_all(&[wait.head().as_bytes(), wait.body].concat()).unwrap();
        assert!(until(&mut stream, "PROCESSING\r\n").starts_with("HTTP/1.1 200 OK\r\n"));
    }
    running.stop();
}
