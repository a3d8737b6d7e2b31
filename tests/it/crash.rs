//! The real server, killed while it writes: what was acknowledged is there, what was not is there
//! whole or not at all, and every invariant of the store holds.

use crate::client::{Dice, string};
use mailstead::client::{Emsmdb, Http, Logon, Network, Session, Trust, Url};
use mailstead::directory::{self, User};
use mailstead::mapi::{ObjectId, PropertyTag, Value};
use mailstead::rop;
use mailstead::store::{Kind, OpenOptions, Special, Store};
use smol::block_on;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

const ROUNDS: usize = 6;

/// What a user was told, and will hold the server to.
#[derive(Default)]
struct Ledger {
    /// Subject and body of messages whose save was acknowledged, by id.
    saved: BTreeMap<ObjectId, (String, String)>,
    /// Those whose deletion was acknowledged.
    deleted: BTreeSet<ObjectId>,
    /// One deletion that may or may not have happened.
    doubtful: Option<ObjectId>,
    folders: BTreeMap<ObjectId, String>,
}

pub(crate) fn mailstead(home: &Path, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mailstead"));
    command.args(["--config", "t.toml"]).args(arguments.split(' ')).current_dir(home).env_remove("RUNTIME_DIRECTORY");
    command
}

pub(crate) fn set_up(home: &Path) {
    let text = "data = \"t\"\nhostname = \"localhost\"\ndomains = [\"example.test\"]\n\
                [listen]\nhttps = []\nhttp = []\nplain = [\"127.0.0.1:0\"]\n";
    fs::write(home.join("t.toml"), text).unwrap();
    for line in ["setup ann@example.test --yes --password-stdin", "user add bob@example.test --password-stdin"] {
        let mut child =
            mailstead(home, line).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(b"one\n").unwrap();
        assert!(child.wait().unwrap().success(), "{line}");
    }
}

/// A server and where it listens.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) url: Url,
}

impl Server {
    pub(crate) fn start(home: &Path) -> Self {
        Self::started(&mut mailstead(home, "serve"))
    }

    pub(crate) fn started(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line:?}")).to_owned();
        Self { child, url: Url::parse(&format!("{url}/mapi/emsmdb/")).unwrap() }
    }

    /// SIGKILL: no handler, no flush, no goodbye.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn session(url: &Url, user: &User) -> Option<(Session<Emsmdb>, Logon)> {
    let network = Arc::new(Network::new(&Trust::default()).unwrap());
    let mut emsmdb = Emsmdb::new(Http::new(network).with_basic(&user.address, "one"), url.clone());
    block_on(emsmdb.connect(&user.legacy_dn, 0)).ok()?;
    let mut session = Session::new(emsmdb);
    let logon = block_on(session.logon(&user.legacy_dn)).ok()?;
    Some((session, logon))
}

/// Writes until the server is gone.
fn write(url: &Url, user: &User, mut ledger: Ledger, seed: u64) -> Ledger {
    let mut dice = Dice::seeded(seed);
    let Some((mut session, logon)) = session(url, user) else { return ledger };
    let mut number = 0_usize;
    while let Some(()) = step(&mut session, &logon, &mut ledger, &mut dice, &mut number) {}
    ledger
}

/// One change; `None` once the server does not answer any more.
fn step(
    session: &mut Session<Emsmdb>,
    logon: &Logon,
    ledger: &mut Ledger,
    dice: &mut Dice,
    number: &mut usize,
) -> Option<()> {
    *number += 1;
    let undeleted: Vec<ObjectId> = ledger.saved.keys().filter(|id| !ledger.deleted.contains(id)).copied().collect();
    match dice.below(8) {
        0 if undeleted.len() > 3 => {
            let id = undeleted[dice.below(undeleted.len())];
            let inbox = block_on(session.open_folder(logon.handle, logon.inbox())).ok()?;
            let request = rop::HardDeleteMessagesRequest {
                want_asynchronous: false,
                notify_non_read: false,
                message_ids: vec![id],
            };
            ledger.doubtful = Some(id);
            block_on(session.run(inbox, request)).ok()?;
            ledger.doubtful = None;
            ledger.deleted.insert(id);
        }
        1 => {
            let name = format!("Folder {number} {:x}", dice.next());
            let inbox = block_on(session.open_folder(logon.handle, logon.inbox())).ok()?;
            let (_, made) = block_on(session.open(inbox, crate::client::new_folder(&name))).ok()?;
            ledger.folders.insert(made.folder_id, name);
        }
        _ => {
            let subject = format!("Message {number} {:x}", dice.next());
            // Small ones lie in the record, large ones in blobs.
            let longest = [10, 200, 4000][dice.below(3)];
            let body = format!("{:x} ", dice.next()).repeat(1 + dice.below(longest));
            let message = block_on(session.create_message(logon.handle, logon.inbox())).ok()?;
            block_on(session.set_properties(message, vec![string(PropertyTag::PidTagSubject, &subject)])).ok()?;
            let bytes: Vec<u8> = body.encode_utf16().flat_map(u16::to_le_bytes).collect();
            block_on(session.write_stream(message, PropertyTag::PidTagBody, &bytes)).ok()?;
            let id = block_on(session.save_message(message)).ok()?;
            let known = ledger.saved.insert(id, (subject, body));
            assert!(known.is_none(), "{id:?} was given twice");
            block_on(session.release(&[message])).ok()?;
        }
    }
    Some(())
}

/// Looks into the file itself, before any server does.
fn verify(data: &Path, user: &User, ledger: &Ledger) {
    let store = Store::open(data, &OpenOptions::default()).unwrap();
    let txn = store.read().unwrap();
    let violations = txn.check().unwrap();
    assert!(violations.is_empty(), "{violations:#?}");
    let inbox = Special::Inbox.counter();
    let there: BTreeSet<u64> = txn.message_ids(user.id, inbox, Kind::new(false, false)).unwrap().into_iter().collect();
    for (id, (subject, body)) in &ledger.saved {
        if ledger.deleted.contains(id) {
            assert!(!there.contains(&id.counter()), "{subject} was deleted");
            continue;
        }
        if ledger.doubtful == Some(*id) && !there.contains(&id.counter()) {
            continue;
        }
        assert!(there.contains(&id.counter()), "{subject} is gone");
        let at = txn.locate(user.id, id.counter()).unwrap().unwrap();
        let mut message = txn.message(user.id, at, id.counter()).unwrap().unwrap();
        txn.load_message(user.id, &mut message).unwrap();
        let text = |tag: PropertyTag| match message.head.properties.value(tag.id()) {
            Some(Value::String(text)) => text.clone(),
            other => panic!("{subject}: {tag:?} is {other:?}"),
        };
        assert_eq!(text(PropertyTag::PidTagNormalizedSubject), *subject);
        assert!(text(PropertyTag::PidTagBody) == *body, "{subject} has another body");
    }
    for (id, name) in &ledger.folders {
        let folder = txn.folder(user.id, id.counter()).unwrap().unwrap_or_else(|| panic!("{name} is gone"));
        assert_eq!(folder.name(), name);
    }
    // What was not acknowledged: at most what was under way, the newest of all.
    let newest = ledger.saved.keys().map(|id| id.counter()).max().unwrap_or(0);
    let unknown: Vec<u64> =
        there.iter().copied().filter(|id| !ledger.saved.contains_key(&ObjectId::own(*id))).collect();
    assert!(unknown.len() <= ROUNDS, "{unknown:?}, {newest}");
}

/// "`kill -9` during writes: after restart everything acknowledged is there."
#[test]
fn what_was_acknowledged_survives_being_killed() {
    let mut dice = Dice::new();
    let home = tempfile::tempdir().unwrap();
    set_up(home.path());
    let data = home.path().join("t");
    let users: Vec<User> = {
        let store = Store::open(&data, &OpenOptions::default()).unwrap();
        directory::all(&store.read().unwrap()).unwrap()
    };
    assert_eq!(users.len(), 2);
    let mut ledgers: Vec<Ledger> = users.iter().map(|_| Ledger::default()).collect();
    for round in 0..ROUNDS {
        let server = Server::start(home.path());
        let writers: Vec<_> = users
            .iter()
            .zip(ledgers.drain(..))
            .map(|(user, ledger)| {
                let (url, user, seed) = (server.url.clone(), user.clone(), dice.next());
                thread::spawn(move || write(&url, &user, ledger, seed))
            })
            .collect();
        thread::sleep(Duration::from_millis(300 + u64::try_from(dice.below(900)).unwrap()));
        server.kill();
        ledgers = writers.into_iter().map(|writer| writer.join().unwrap()).collect();
        for (user, ledger) in users.iter().zip(&ledgers) {
            verify(&data, user, ledger);
            println!(
                "round {round}: {} holds {} saves, {} deletions",
                user.address,
                ledger.saved.len(),
                ledger.deleted.len()
            );
        }
        for ledger in &mut ledgers {
            // Whichever it was, it is known now.
            if let Some(id) = ledger.doubtful.take() {
                ledger.deleted.remove(&id);
                ledger.saved.remove(&id);
            }
        }
    }
    assert!(ledgers.iter().all(|ledger| !ledger.saved.is_empty()), "the writers wrote");
    // And a client finds it all.
    let server = Server::start(home.path());
    for (user, ledger) in users.iter().zip(&ledgers) {
        let (mut session, logon) = session(&server.url, user).unwrap();
        let inbox = block_on(session.open_folder(logon.handle, logon.inbox())).unwrap();
        let subjects: BTreeSet<String> =
            block_on(session.newest(inbox, u16::MAX)).unwrap().into_iter().map(|message| message.subject).collect();
        for (id, (subject, _)) in &ledger.saved {
            assert_eq!(subjects.contains(subject), !ledger.deleted.contains(id), "{subject}");
        }
    }
}
