//! No event is missed and no wait is left standing, whoever comes first.

use super::INBOX;
use super::client::{World, message, save};
use crate::edge::{ANN, Ask, Line, WAIT};
use mailstead::auth::Rejected;
use mailstead::backend::{Gatekeeper, Live, Promise};
use mailstead::clock::Clock;
use mailstead::directory::User;
use mailstead::http::{self, Peer, Service, Site};
use mailstead::mapi::ObjectId;
use mailstead::rop::event;
use mailstead::rop::{
    Handles, LogonRequest, NO_HANDLE, RegisterNotificationRequest, Reply, Request, RequestBuffer, RequestFrame,
    read_responses, unpack_payload,
};
use mailstead::wire::{pack_buffers, unpack_buffers};
use mailstead::workers::Workers;
use smol::{Async, Executor, channel, future};
use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Whether events wait, as a session's waker says.
#[derive(Default)]
struct Flag(Mutex<bool>, Condvar);

impl Flag {
    fn set(&self, waits: bool) {
        *self.0.lock().unwrap() = waits;
        self.1.notify_all();
    }
    fn wait(&self) {
        let (guard, over) =
            self.1.wait_timeout_while(self.0.lock().unwrap(), Duration::from_secs(20), |waits| !*waits).unwrap();
        assert!(!over.timed_out(), "an event waits and nobody says so");
        drop(guard);
    }
}

/// MS-OXCMAPIHTTP R1258: a client that fetches only when it is told to gets everything, once, in order.
#[test]
fn a_client_that_waits_gets_every_event() {
    const EVENTS: usize = 1500;
    let world = Arc::new(World::new());
    let mut a = world.client();
    let flag = Arc::new(Flag::default());
    let bell = Arc::clone(&flag);
    world.engine.listen(&mut a.objects, Box::new(move |waits| bell.set(waits)));
    let s = a.subscribe(event::CREATED, None);
    let writer = {
        let world = Arc::clone(&world);
        thread::spawn(move || {
            let create = |_| world.write(|txn, mailbox| save(txn, mailbox, INBOX, &mut message("a", 1)));
            (0..EVENTS).map(create).collect::<Vec<u64>>()
        })
    };
    let mut got = Vec::new();
    while got.len() < EVENTS {
        flag.wait();
        let events = a.poll();
        assert!(!events.is_empty() || a.pending, "woken for nothing");
        got.extend(events.iter().map(|(handle, e)| {
            assert_eq!(*handle, s);
            e.message_id.unwrap().counter()
        }));
    }
    assert_eq!(got, writer.join().unwrap());
    assert!(!*flag.0.lock().unwrap(), "nothing is left");
}

/// A subscription counts from the batch that makes it: what is not in its snapshot is told. Each round
/// races a commit against the registration.
#[test]
fn nothing_falls_between_reading_and_listening() {
    let world = Arc::new(World::new());
    world.write(|txn, mailbox| save(txn, mailbox, INBOX, &mut message("a", 1)));
    let going = Arc::new(AtomicBool::new(true));
    let writer = {
        let (world, going) = (Arc::clone(&world), Arc::clone(&going));
        thread::spawn(move || {
            while going.load(Ordering::SeqCst) {
                world.write(|txn, mailbox| save(txn, mailbox, INBOX, &mut message("a", 1)));
            }
        })
    };
    let mut a = world.client();
    let columns = [mailstead::mapi::PropertyTag::PidTagMid];
    for _ in 0..150 {
        let table = a.contents(INBOX, 0, &columns, &mailstead::mapi::SortOrderSet::default());
        a.events.clear();
        // Rows and events of one moment: what is told now was not read, what was read is not missing.
        let rows = mailstead::rop::QueryRowsRequest { query_rows_flags: 1, forward_read: true, row_count: u16::MAX };
        let tags = [columns[0].0];
        let back = mailstead::rop::SeekRowRequest { origin: 2, row_count: -3, want_row_moved_count: false };
        let (replies, _) = a.run(&[Request::SeekRow(back), Request::QueryRows(rows)], &[table], &tags);
        let Some(Reply::Response(frame)) = replies.last() else { panic!("{replies:?}") };
        let Ok(mailstead::rop::Response::QueryRows(read)) = &frame.result else { panic!("{frame:?}") };
        let last = read.rows.data.rchunks(9).next().map_or(0, |row| counter(&row[1..]));
        let mut told: Vec<u64> = Vec::new();
        while told.len() < 3 {
            let events = std::mem::take(&mut a.events);
            let own = events.iter().filter(|(handle, _)| *handle == table);
            told.extend(own.map(|(_, e)| e.table_row.unwrap().message.unwrap().0.counter()));
            a.run(&[], &[], &[]);
        }
        // Identifiers grow by one, so a gap would show.
        let new: Vec<u64> = told.into_iter().filter(|id| *id > last).collect();
        assert!(new.first().is_none_or(|first| *first == last + 1), "after {last} came {new:?}");
        assert!(new.windows(2).all(|pair| pair[1] == pair[0] + 1), "{new:?}");
        a.release(table);
    }
    going.store(false, Ordering::SeqCst);
    writer.join().unwrap();
}

fn counter(id: &[u8]) -> u64 {
    ObjectId(u64::from_le_bytes(id.try_into().unwrap())).counter()
}

/// Lets everybody in as the one user there is.
struct Open(Arc<User>);

impl Gatekeeper for Open {
    fn basic<'a>(&'a self, _: Option<&'a [u8]>, _: IpAddr) -> Promise<'a, Result<Arc<User>, Rejected>> {
        Box::pin(async { Ok(Arc::clone(&self.0)) })
    }
}

/// The real backend behind the real edge, in memory.
struct Edge {
    world: World,
    site: Site,
    executor: Arc<Executor<'static>>,
    _end: channel::Sender<()>,
}

impl Edge {
    fn new() -> Self {
        let world = World::new();
        let backend = Arc::new(Live::new(Arc::clone(&world.store), Clock::system(), "Mailstead".into()));
        let executor = Arc::new(Executor::new());
        let workers = Workers::new(Arc::clone(&executor));
        let gatekeeper = Arc::new(Open(Arc::new(world.user.clone())));
        let settings = http::Settings { notification_wait: Duration::from_secs(20), ..crate::edge::settings() };
        let site = Site::new(settings, Clock::system(), gatekeeper, backend, workers);
        let (end, ended) = channel::bounded::<()>(1);
        for _ in 0..2 {
            let (executor, ended) = (Arc::clone(&executor), ended.clone());
            thread::spawn(move || {
                smol::block_on(future::or(executor.run(future::pending::<()>()), async {
                    let _ = ended.recv().await;
                }));
            });
        }
        Self { world, site, executor, _end: end }
    }

    fn line(&self) -> Line {
        let (near, far) = UnixStream::pair().unwrap();
        let peer = Peer::new(IpAddr::V4(Ipv4Addr::LOCALHOST), true);
        let serving =
            http::serve_connection(self.site.clone(), Service::Full, peer, Box::new(Async::new(far).unwrap()));
        self.executor.spawn(serving).detach();
        Line::new(near)
    }

    /// A session that is logged on and watches for new messages.
    fn session(&self) -> Session {
        let mut line = self.line();
        let dn = [self.world.user.legacy_dn.as_bytes(), b"\0"].concat();
        let body = [dn.as_slice(), b"\0\0\0\0\xE4\x04\0\0\x09\x04\0\0\x09\x04\0\0\0\0\0\0"].concat();
        let reply = line.ask(&Ask::new("Connect", &body).by(ANN));
        reply.mapi();
        let mut session = Session { cookie: reply.cookie(), line, wait: self.line(), got: Vec::new() };
        let logon = LogonRequest { logon_flags: 1, open_flags: 0x0100_0000, store_state: 0, essdn: dn };
        let register = RegisterNotificationRequest { notification_types: event::CREATED, scope: None };
        let frame = |request, input, other| RequestFrame { logon_id: 0, handles: Handles { input, other }, request };
        let requests = [frame(Request::Logon(logon), 0, 0), frame(Request::RegisterNotification(register), 0, 1)];
        session.execute(&requests, &[NO_HANDLE, NO_HANDLE]);
        session
    }
}

struct Session {
    cookie: String,
    line: Line,
    wait: Line,
    got: Vec<u64>,
}

impl Session {
    fn execute(&mut self, requests: &[RequestFrame], handles: &[u32]) {
        let packed = pack_buffers(&[RequestBuffer::pack(requests, handles)], false, false);
        let len = u32::try_from(packed.len()).unwrap().to_le_bytes();
        let body = [&[3, 0, 0, 0][..], &len, &packed, b"\0\0\x01\0\0\0\0\0"].concat();
        let answer = self.line.ask(&Ask::new("Execute", &body).cookie(&self.cookie)).mapi();
        assert_eq!(answer[..12], [0; 12], "StatusCode, ErrorCode, Flags");
        let len = usize::try_from(u32::from_le_bytes(answer[12..16].try_into().unwrap())).unwrap();
        let payloads = unpack_buffers(&answer[16..16 + len]).unwrap();
        let (list, _) = unpack_payload(&payloads[0]).unwrap();
        let tags = vec![Vec::new(); requests.len()];
        for reply in read_responses(list, requests, &tags).unwrap() {
            match reply {
                Reply::Notify(notify) => self.got.push(notify.notification_data.message_id.unwrap().counter()),
                Reply::Response(frame) => drop(frame.result.unwrap()),
                other => assert!(matches!(other, Reply::Pending(_)), "{other:?}"),
            }
        }
    }

    fn start_wait(&mut self) {
        self.wait.start(&Ask::new("NotificationWait", WAIT).cookie(&self.cookie));
    }

    /// EventPending of the wait under way.
    fn waited(&mut self) -> bool {
        let body = self.wait.reply().mapi();
        assert_eq!(body[..8], [0; 8]);
        body[8] == 1
    }
}

/// Waits and events in every order, through the whole edge. MS-OXCMAPIHTTP R1258, MS-OXCNOTIF R482
/// MS-OXCMAPIHTTP R318
/// MS-OXCNOTIF R7 R474 R481 R54 R54001
/// MS-OXCROPS R400001 R46661 R453901 R4421
#[test]
fn waits_end_with_the_event() {
    let edge = Edge::new();
    let mut session = edge.session();
    let create = || edge.world.write(|txn, mailbox| save(txn, mailbox, INBOX, &mut message("a", 1)));
    let mut ids = Vec::new();
    for round in 0..300_u64 {
        let start = Instant::now();
        match round % 3 {
            0 => {
                session.start_wait();
                ids.push(create());
            }
            1 => {
                ids.push(create());
                session.start_wait();
            }
            _ => thread::scope(|scope| {
                let creating = scope.spawn(create);
                thread::sleep(Duration::from_micros(round * 7));
                session.start_wait();
                ids.push(creating.join().unwrap());
            }),
        }
        assert!(session.waited(), "round {round}");
        assert!(start.elapsed() < Duration::from_secs(5), "round {round} took {:?}", start.elapsed());
        session.execute(&[], &[]);
        assert_eq!(session.got, ids, "round {round}");
    }
}

/// Fetching beside a wait: the wait that is under way while a batch fetches ends with the next event only.
#[test]
fn a_wait_is_not_ended_by_what_was_fetched() {
    let edge = Edge::new();
    let mut session = edge.session();
    let mut other = edge.session();
    let create = || edge.world.write(|txn, mailbox| save(txn, mailbox, INBOX, &mut message("a", 1)));
    create();
    session.execute(&[], &[]);
    session.start_wait();
    assert!(session.wait.reply_head().is_some_and(|reply| reply.status == 200));
    assert_eq!(session.wait.chunk().unwrap(), b"PROCESSING\r\n");
    assert!(session.wait.is_silent(Duration::from_millis(300)), "nothing waits");
    create();
    assert!(session.wait.chunk().is_some(), "the wait ends");
    // The other session has not asked yet: both events wait for it, and its wait ends at once.
    other.start_wait();
    assert!(other.waited());
    other.start_wait();
    assert!(other.waited(), "until they are fetched");
    other.execute(&[], &[]);
    assert_eq!(other.got.len(), 2);
}

/// A batch that is refused before it runs takes nothing away.
#[test]
fn a_refused_batch_leaves_the_event() {
    let edge = Edge::new();
    let mut session = edge.session();
    edge.world.write(|txn, mailbox| save(txn, mailbox, INBOX, &mut message("a", 1)));
    for bad in [
        &b"\0\0\0\0\x01\0\0\0\xFF\x08\x80\0\0\0\0\0\0"[..],
        b"\0\0\0\0\x08\0\0\0\0\0\x04\0\xFF\0\0\0\x08\x80\0\0\0\0\0\0",
    ] {
        session.line.ask(&Ask::new("Execute", bad).cookie(&session.cookie)).mapi();
        session.start_wait();
        assert!(session.waited(), "the event waits still");
    }
    session.execute(&[], &[]);
    assert_eq!(session.got.len(), 1);
}
