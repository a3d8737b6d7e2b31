//! The real server, killed and stopped under a session: the same cookies and handles go on.

use super::{End, Peer};
use crate::client::{Dice, string};
use crate::crash::{Server, mailstead, session, set_up};
use mailstead::client::{Emsmdb, Http, Logon, Network, Session, Trust};
use mailstead::directory::{self, User};
use mailstead::mapi::{PropertyTag, Value};
use mailstead::rop::Request;
use mailstead::store::{OpenOptions, Store};
use smol::block_on;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A home whose server always listens in one place.
pub(super) fn settle(home: &Path) -> User {
    set_up(home);
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let config = home.join("t.toml");
    let text = std::fs::read_to_string(&config).unwrap().replace("127.0.0.1:0", &free.to_string());
    std::fs::write(&config, text).unwrap();
    let store = Store::open(&home.join("t"), &OpenOptions::default()).unwrap();
    directory::all(&store.read().unwrap()).unwrap().remove(0)
}

pub(super) fn subject(session: &mut Session<Emsmdb>, message: u32) -> String {
    match block_on(session.property(message, PropertyTag::PidTagSubject)).unwrap() {
        Ok(Value::String(text)) => text,
        other => panic!("{other:?}"),
    }
}

pub(super) fn set(session: &mut Session<Emsmdb>, message: u32, text: &str) -> bool {
    block_on(session.set_properties(message, vec![string(PropertyTag::PidTagSubject, text)])).is_ok()
}

pub(super) fn draft(session: &mut Session<Emsmdb>, logon: &Logon) -> u32 {
    let message = block_on(session.create_message(logon.handle, logon.inbox())).unwrap();
    assert!(set(session, message, "start"));
    message
}

/// SIGKILL while a batch is under way: what it did is done or not, and everything else as it was.
#[test]
fn a_session_goes_on_after_kill_nine() {
    let rounds = std::env::var("MAILSTEAD_KILLS").map_or(12, |kills| kills.parse().unwrap());
    let mut dice = Dice::new();
    let home = tempfile::tempdir().unwrap();
    let user = settle(home.path());
    let mut server = Server::start(home.path());
    let (mut session, logon) = session(&server.url, &user).unwrap();
    let message = draft(&mut session, &logon);
    let mut saved = 0_usize;
    let (mut known, mut number) = ("start".to_owned(), 0_usize);
    for round in 0..rounds {
        let kill_ms = u64::try_from(dice.below(60)).unwrap();
        let killer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(kill_ms));
            server.kill();
        });
        // One batch after the other, until one has no answer.
        let asked = loop {
            number += 1;
            let text = format!("subject {number}");
            if !set(&mut session, message, &text) {
                break text;
            }
            known = text;
            if number % 3 == 0 {
                if block_on(session.save_message(message)).is_err() {
                    break known.clone();
                }
                saved += 1;
            }
        };
        killer.join().unwrap();
        server = Server::start(home.path());
        let found = subject(&mut session, message);
        assert!(found == known || found == asked, "round {round}: {found}, not {known} or {asked}");
        known = found;
    }
    assert!(saved > 0);
    let inbox = block_on(session.open_folder(logon.handle, logon.inbox())).unwrap();
    assert_eq!(block_on(session.newest(inbox, 10)).unwrap().len(), 1, "one message, saved {saved} times");
    drop(server);
    let store = Store::open(&home.path().join("t"), &OpenOptions::default()).unwrap();
    assert!(store.read().unwrap().check().unwrap().is_empty());
}

/// SIGTERM with a wait under way: gone within five seconds, status 0, and the session goes on.
#[test]
fn a_session_goes_on_after_a_stop() {
    let home = tempfile::tempdir().unwrap();
    let user = settle(home.path());
    let mut server = Server::start(home.path());
    let (mut own, logon) = session(&server.url, &user).unwrap();
    let message = draft(&mut own, &logon);
    for round in 0..2 {
        let text = format!("round {round}");
        assert!(set(&mut own, message, &text));
        let begun = Instant::now();
        let sent = Command::new("kill").args(["-TERM", &server.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        assert!(server.child.wait().unwrap().success(), "exit 0");
        assert!(begun.elapsed() < Duration::from_secs(5));
        // Imported while the server was away: the session sees it, and is told that much changed.
        let mail = home.path().join("one.eml");
        std::fs::write(&mail, "From: a@example.test\r\nSubject: meanwhile\r\n\r\nx\r\n").unwrap();
        let imported = mailstead(home.path(), "import ann@example.test one.eml").output().unwrap();
        assert!(imported.status.success(), "{imported:?}");
        server = Server::start(home.path());
        assert_eq!(subject(&mut own, message), text);
        let inbox = block_on(own.open_folder(logon.handle, logon.inbox())).unwrap();
        assert_eq!(block_on(own.newest(inbox, 10)).unwrap().len(), round + 1);
    }
    // A second session has cookies of its own, and neither ends the other.
    let (mut other, _) = session(&server.url, &user).unwrap();
    assert!(block_on(other.link.ping()).is_ok());
    assert_eq!(subject(&mut own, message), "round 1");
}

/// Who is connected can be seen, also after a restart, and ended.
#[test]
fn sessions_can_be_seen_and_ended() {
    let home = tempfile::tempdir().unwrap();
    let user = settle(home.path());
    let run = |line: &str| {
        let output = mailstead(home.path(), line).output().unwrap();
        let text = String::from_utf8(if output.status.success() { output.stdout } else { output.stderr }).unwrap();
        (output.status.code().unwrap(), text)
    };
    let (status, text) = run("sessions");
    assert_eq!(status, 1);
    assert!(text.contains("no server runs") && text.contains("hint: "), "{text}");
    let server = Server::start(home.path());
    assert_eq!(run("sessions"), (0, "nobody is connected\n".into()));
    let (mut own, logon) = session(&server.url, &user).unwrap();
    draft(&mut own, &logon);
    server.kill();
    let _server = Server::start(home.path());
    let (_, text) = run("sessions");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines[0].starts_with("ID  USER "), "{text}");
    assert!(lines[1].starts_with("1   ann@example.test  "), "{text}");
    assert!(lines[1].contains("  127.0.0.1  ") && lines[1].ends_with("  1        1 logons, 1 messages"), "{text}");
    let (status, text) = run("sessions end 7");
    assert!(status == 1 && text.contains("there is no session 7"), "{text}");
    assert_eq!(run("sessions end 1"), (0, "ended session 1\n".into()));
    assert_eq!(run("sessions"), (0, "nobody is connected\n".into()));
    let refused = block_on(own.property(logon.handle, PropertyTag::PidTagDisplayName)).unwrap_err();
    assert_eq!(refused.response_code(), Some(10), "{refused}");
    // A mailbox that is removed has no sessions.
    let (mut own, logon) = session(&_server.url, &user).unwrap();
    assert_eq!(run("user remove ann@example.test --yes").0, 0);
    let refused = block_on(own.property(logon.handle, PropertyTag::PidTagDisplayName)).unwrap_err();
    assert!(refused.response_code() == Some(10) || refused.to_string().contains("401"), "{refused}");
}

/// A socket that somebody else holds open: while the server is away clients wait, and are answered.
#[test]
fn a_restart_refuses_no_connection_where_the_socket_is_given() {
    let home = tempfile::tempdir().unwrap();
    let user = settle(home.path());
    let text = std::fs::read_to_string(home.path().join("t.toml")).unwrap();
    let at = text.split("plain = [\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let socket = TcpListener::bind(&at).unwrap();
    let start = || {
        let program = env!("CARGO_BIN_EXE_mailstead");
        let script = format!("exec 3<&0; LISTEN_PID=$$ LISTEN_FDS=1 exec {program} --config t.toml serve");
        let mut command = Command::new("sh");
        command.args(["-c", &script]).current_dir(home.path()).env_remove("RUNTIME_DIRECTORY");
        let given = std::os::fd::OwnedFd::from(socket.try_clone().unwrap());
        Server::started(command.stdin(Stdio::from(given)))
    };
    let mut server = start();
    assert_eq!(server.url.to_string(), format!("http://{at}/mapi/emsmdb/"));
    let (mut own, logon) = session(&server.url, &user).unwrap();
    let message = draft(&mut own, &logon);
    for round in 0..3 {
        assert!(Command::new("kill").args(["-TERM", &server.child.id().to_string()]).status().unwrap().success());
        assert!(server.child.wait().unwrap().success());
        // Asked while nobody is there to answer.
        let asks = std::thread::spawn(move || (subject(&mut own, message), own));
        std::thread::sleep(Duration::from_millis(50));
        assert!(!asks.is_finished(), "round {round}: refused");
        server = start();
        let (found, back) = asks.join().unwrap();
        own = back;
        assert_eq!(found, "start");
    }
}

/// A real server with sessions over HTTP.
struct Process {
    home: tempfile::TempDir,
    user: User,
    server: Option<Server>,
    sessions: Vec<Emsmdb>,
}

impl Process {
    fn new(home: tempfile::TempDir, user: User) -> Self {
        let server = Some(Server::start(home.path()));
        Self { home, user, server, sessions: Vec::new() }
    }
}

impl Peer for Process {
    fn connect(&mut self) {
        let network = Arc::new(Network::new(&Trust::default()).unwrap());
        let url = self.server.as_ref().unwrap().url.clone();
        let mut emsmdb = Emsmdb::new(Http::new(network).with_basic(&self.user.address, "one"), url);
        block_on(emsmdb.connect(&self.user.legacy_dn, 0)).unwrap();
        self.sessions.push(emsmdb);
    }

    fn execute(&mut self, session: usize, rop_buffer: Vec<u8>) -> Vec<u8> {
        block_on(self.sessions[session].execute(rop_buffer, 0x10000)).unwrap()
    }

    fn legacy_dn(&self) -> String {
        self.user.legacy_dn.clone()
    }

    fn restart(&mut self, end: End) -> usize {
        let mut server = self.server.take().unwrap();
        if end == End::Kill {
            server.kill();
        } else {
            assert!(Command::new("kill").args(["-TERM", &server.child.id().to_string()]).status().unwrap().success());
            assert!(server.child.wait().unwrap().success());
        }
        self.server = Some(Server::start(self.home.path()));
        self.sessions.len()
    }

    fn damage(&mut self) -> usize {
        self.server = None;
        let store = Store::open(&self.home.path().join("t"), &OpenOptions::default()).unwrap();
        let violations = store.read().unwrap().check().unwrap();
        violations.len()
    }
}

/// The transcript of a server that is killed with SIGKILL or stopped between any two operations is, byte
/// for byte, that of one that is left alone. Not asked: what tells the time, which is another one.
#[test]
fn the_transcript_of_a_killed_server_is_that_of_an_undisturbed_one() {
    let steps = std::env::var("MAILSTEAD_STEPS").map_or(400, |steps| steps.parse().unwrap());
    let mut dice = Dice::new();
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let user = settle(one.path());
    settle(two.path());
    // The same data, GUIDs and all.
    std::fs::copy(one.path().join("t/mailstead.mdb"), two.path().join("t/mailstead.mdb")).unwrap();
    let (mut calm, mut stormy) = (Process::new(one, user.clone()), Process::new(two, user));
    let end = |fate: &mut Dice| (fate.below(6) == 0).then_some([End::Kill, End::Kill, End::Reboot][fate.below(3)]);
    super::compare(dice.next(), steps, (&mut calm, &mut stormy), end, |request| {
        !matches!(request, Request::FastTransferSourceGetBuffer(_))
    });
}
