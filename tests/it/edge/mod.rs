//! What the tests of the network edge stand on: a site with scripted sessions, served over socket
//! pairs in memory, and a client that knows bytes and nothing of our encoders.

mod client;
mod script;

pub(crate) use client::{ANN, Ask, BOB, Line, Reply};
pub(crate) use script::{Script, ann_with};

use mailstead::clock::Clock;
use mailstead::http::{self, Deadlines, Network, Peer, Service, Site};
use mailstead::welcome::Welcome;
use mailstead::wire::FileTime;
use mailstead::workers::Workers;
use smol::{Async, Executor, channel, future};
use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// Tue, 05 Nov 2013 23:27:08 GMT, the moment of the specification's example.
pub(crate) const NOW: FileTime = FileTime(130_281_676_280_000_000);

/// A site at work, without a port.
pub(crate) struct World {
    pub(crate) site: Site,
    pub(crate) clock: Clock,
    pub(crate) script: Arc<Script>,
    executor: Arc<Executor<'static>>,
    _end: channel::Sender<()>,
}

/// What most tests want: short periods of everything, so that nothing sleeps long.
pub(crate) fn settings() -> http::Settings {
    http::Settings {
        internal_url: "https://mail.example.org".into(),
        external_url: "https://outside.example.org:8443".into(),
        trusted: vec!["10.0.0.0/8".parse::<Network>().unwrap()],
        internal: vec!["127.0.0.0/8".parse().unwrap(), "192.168.0.0/16".parse().unwrap()],
        redirects: [
            "moved.example=@example.org",
            "one.example=ann@example.org",
            "else.example=https://a.b.example/x?y&z",
        ]
        .map(|text| text.parse().unwrap())
        .to_vec(),
        welcome: Welcome {
            hostname: "mail.example.org".into(),
            domains: vec!["example.org".into(), "example.net".into()],
            root: Some(b"a root".to_vec()),
        },
        expiry: Duration::from_secs(900),
        pending_period: Duration::from_secs(30),
        notification_wait: Duration::from_secs(300),
        deadlines: Deadlines::default(),
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(settings())
    }

    pub(crate) fn with(settings: http::Settings) -> Self {
        let clock = Clock::test(NOW);
        let script = Arc::new(Script::default());
        let executor = Arc::new(Executor::new());
        let workers = Workers::new(Arc::clone(&executor));
        let site = Site::new(settings, clock.clone(), script.clone(), script.clone(), workers);
        let (end, ended) = channel::bounded::<()>(1);
        for _ in 0..2 {
            let (executor, ended) = (Arc::clone(&executor), ended.clone());
            thread::spawn(move || {
                smol::block_on(future::or(executor.run(future::pending::<()>()), async {
                    let _ = ended.recv().await;
                }));
            });
        }
        Self { site, clock, script, executor, _end: end }
    }

    /// A connection that the server takes for one over TLS from this machine.
    pub(crate) fn line(&self) -> Line {
        self.line_from(Peer::new(IpAddr::V4(Ipv4Addr::LOCALHOST), true), Service::Full)
    }

    pub(crate) fn line_from(&self, peer: Peer, service: Service) -> Line {
        let (near, far) = UnixStream::pair().unwrap();
        let far = Async::new(far).unwrap();
        let serving = http::serve_connection(self.site.clone(), service, peer, Box::new(far));
        self.executor.spawn(serving).detach();
        Line::new(near)
    }

    /// Waits, briefly, for something that happens on another thread.
    pub(crate) fn eventually(&self, what: &str, is_so: impl Fn() -> bool) {
        for _ in 0..500 {
            if is_so() {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("never happened: {what}");
    }
}

/// Connect by Ann. MS-OXCMAPIHTTP 2.2.4.1.1: UserDn, Flags, DefaultCodePage 1252, LcidSort and
/// LcidString 1033, no auxiliary buffer.
pub(crate) const CONNECT: &[u8] =
    b"/o=Mailstead/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=ann\0\
    \0\0\0\0\xE4\x04\0\0\x09\x04\0\0\x09\x04\0\0\0\0\0\0";

/// The same by Bob.
pub(crate) const CONNECT_BOB: &[u8] =
    b"/o=Mailstead/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=bob\0\
    \0\0\0\0\xE4\x04\0\0\x09\x04\0\0\x09\x04\0\0\0\0\0\0";

/// NotificationWait. MS-OXCMAPIHTTP 2.2.4.4.1
pub(crate) const WAIT: &[u8] = &[0; 8];

/// Execute of eight bytes. MS-OXCMAPIHTTP 2.2.4.2.1: Flags 3, RopBuffer, MaxRopOut 10008, no
/// auxiliary buffer.
pub(crate) fn execute(word: &[u8; 8]) -> Vec<u8> {
    [b"\x03\0\0\0\x08\0\0\0".as_slice(), word, b"\x08\0\x01\0\0\0\0\0"].concat()
}

/// The RopBuffer of an Execute response that went well. MS-OXCMAPIHTTP 2.2.4.2.2
pub(crate) fn executed(body: &[u8]) -> String {
    assert_eq!(body[..12], [0; 12], "StatusCode, ErrorCode, Flags");
    let len = usize::try_from(u32::from_le_bytes(body[12..16].try_into().unwrap())).unwrap();
    assert_eq!(body[16 + len..], [0; 4], "AuxiliaryBufferSize");
    String::from_utf8(body[16..16 + len].to_vec()).unwrap()
}

impl Line {
    /// Opens a session for Ann and gives its cookie.
    pub(crate) fn connect(&mut self) -> String {
        let reply = self.ask(&Ask::new("Connect", CONNECT));
        reply.mapi();
        reply.cookie()
    }

    /// Runs a batch and gives what the script said.
    pub(crate) fn run(&mut self, cookie: &str, word: &[u8; 8]) -> String {
        executed(&self.ask(&Ask::new("Execute", &execute(word)).cookie(cookie)).mapi())
    }

    /// Tries a batch and gives the X-ResponseCode.
    pub(crate) fn code(&mut self, cookie: &str, word: &[u8; 8]) -> u32 {
        self.ask(&Ask::new("Execute", &execute(word)).cookie(cookie)).code()
    }
}
