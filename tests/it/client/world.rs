//! The whole server in memory: store, engine, sessions, HTTP; connections are socket pairs.

use super::{PASSWORD, Place};
use crate::edge::{Line, settings};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use mailstead::auth::Rejected;
use mailstead::backend::{
    AddressBook as Book, Backend, Connect, Execute, ExecuteFailure, Gatekeeper, Live, Mailbox, Promise, Unavailable,
    Who,
};
use mailstead::client::{AddressBook, ClientError, Dial, Emsmdb, Http, Logon, Origin, Session, Stream, Url};
use mailstead::directory::{self, User};
use mailstead::http::{self, Peer, Service, Site};
use mailstead::mapi::ErrorCode;
use mailstead::session::Held;
use mailstead::store::Store;
use mailstead::wire::Guid;
use mailstead::workers::Workers;
use smol::{Async, Executor, block_on, channel, future};
use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread;

/// A server at work, without a port.
pub(crate) struct World {
    pub(crate) place: Place,
    dial: Arc<Pipes>,
    _end: channel::Sender<()>,
}

/// Opens connections to the server in memory.
struct Pipes {
    site: Site,
    executor: Arc<Executor<'static>>,
}

impl Pipes {
    fn open(&self) -> UnixStream {
        let (near, far) = UnixStream::pair().unwrap();
        let peer = Peer::new(IpAddr::V4(Ipv4Addr::LOCALHOST), true);
        let serving =
            http::serve_connection(self.site.clone(), Service::Full, peer, Box::new(Async::new(far).unwrap()));
        self.executor.spawn(serving).detach();
        near
    }
}

impl Dial for Pipes {
    fn dial<'a>(&'a self, _: &'a Origin) -> Promise<'a, Result<Box<dyn Stream>, ClientError>> {
        Box::pin(async { Ok(Box::new(Async::new(self.open()).unwrap()) as Box<dyn Stream>) })
    }
}

impl World {
    pub(crate) fn new() -> Self {
        let place = Place::new();
        let live = Live::new(Arc::clone(&place.store), place.clock.clone(), "Mailstead".to_owned());
        let trap = Trap { live, store: Arc::clone(&place.store) };
        let executor = Arc::new(Executor::new());
        let workers = Workers::new(Arc::clone(&executor));
        let keeper = Arc::new(Keeper(Arc::clone(&place.store)));
        let site = Site::new(settings(), place.clock.clone(), keeper, Arc::new(trap), workers);
        let (end, ended) = channel::bounded::<()>(1);
        for _ in 0..2 {
            let (executor, ended) = (Arc::clone(&executor), ended.clone());
            thread::spawn(move || {
                block_on(future::or(executor.run(future::pending::<()>()), async {
                    let _ = ended.recv().await;
                }));
            });
        }
        Self { place, dial: Arc::new(Pipes { site, executor }), _end: end }
    }

    /// A connection of bytes.
    pub(crate) fn line(&self) -> Line {
        Line::new(self.dial.open())
    }

    /// The Authorization field of a user.
    pub(crate) fn authorization(user: &User) -> String {
        format!("Basic {}", BASE64_STANDARD.encode(format!("{}:{PASSWORD}", user.address)))
    }

    pub(crate) fn http(&self, user: &User) -> Http {
        Http::new(Arc::<Pipes>::clone(&self.dial)).with_basic(&user.address, PASSWORD)
    }

    /// The mailbox endpoint, not connected.
    pub(crate) fn emsmdb(&self, user: &User) -> Emsmdb {
        Emsmdb::new(self.http(user), Url::parse("https://mail.example.org/mapi/emsmdb/?MailboxId=1@x").unwrap())
    }

    /// The address book endpoint, not bound.
    pub(crate) fn book(&self, user: &User) -> AddressBook {
        AddressBook::new(self.http(user), Url::parse("https://mail.example.org/mapi/nspi/?MailboxId=1@x").unwrap())
    }

    /// A session of a user, logged on to the user's own mailbox.
    pub(crate) fn session(&self, user: &User) -> (Session<Emsmdb>, Logon) {
        let mut emsmdb = self.emsmdb(user);
        block_on(emsmdb.connect(&user.legacy_dn, 0)).unwrap();
        let mut session = Session::new(emsmdb);
        let logon = block_on(session.logon(&user.legacy_dn)).unwrap();
        (session, logon)
    }
}

/// Takes [`PASSWORD`] for the password of everybody.
struct Keeper(Arc<Store>);

impl Gatekeeper for Keeper {
    fn basic<'a>(&'a self, authorization: Option<&'a [u8]>, _: IpAddr) -> Promise<'a, Result<Arc<User>, Rejected>> {
        Box::pin(async move {
            let encoded = authorization.and_then(|value| value.strip_prefix(b"Basic ")).unwrap_or_default();
            let decoded = BASE64_STANDARD.decode(encoded).unwrap_or_default();
            let text = String::from_utf8_lossy(&decoded).into_owned();
            let login = text.strip_suffix(&format!(":{PASSWORD}"));
            let txn = self.0.read().unwrap();
            let user = login.and_then(|login| directory::by_login(&txn, login).unwrap());
            user.filter(|user| !user.disabled).map(Arc::new).ok_or(Rejected::WrongCredentials)
        })
    }
}

/// The real backend with a trap in it: requests that panic, to show that nobody else suffers.
pub(crate) struct Trap {
    live: Live,
    store: Arc<Store>,
}

impl Trap {
    /// A RopBuffer with these bytes panics with the writer's lock held.
    pub(crate) const BATCH: &'static [u8] = b"panic in this batch";
    /// An address book request with these panics.
    pub(crate) const CALL: &'static [u8] = b"panic in this call";
}

struct TrapMailbox(Box<dyn Mailbox>, Arc<Store>);
struct TrapBook(Box<dyn Book>);

fn holds(bytes: &[u8], mark: &[u8]) -> bool {
    bytes.windows(mark.len()).any(|window| window == mark)
}

impl Held for TrapMailbox {
    fn keep(&mut self, number: u64, about: &[u8]) {
        self.0.keep(number, about);
    }
    fn forget(&mut self) {
        self.0.forget();
    }
}

impl Held for TrapBook {}

impl Mailbox for TrapMailbox {
    fn execute(&mut self, user: &Arc<User>, call: &Execute) -> Result<Vec<u8>, ExecuteFailure> {
        if holds(&call.rop_buffer, Trap::BATCH) {
            let mut txn = self.1.write().unwrap();
            let mut mailbox = txn.mailbox(user.id).unwrap();
            mailbox.take_id().unwrap();
            txn.put_mailbox(user.id, &mailbox).unwrap();
            panic!("the trap snaps");
        }
        self.0.execute(user, call)
    }
}

impl Book for TrapBook {
    fn call(
        &mut self,
        user: &Arc<User>,
        request_type: &str,
        body: &[u8],
    ) -> Result<Vec<u8>, mailstead::backend::CallFailure> {
        assert!(!holds(body, Trap::CALL), "the trap snaps");
        self.0.call(user, request_type, body)
    }
}

impl Backend for Trap {
    fn reached_at(&self, base: &str) {
        self.live.reached_at(base);
    }
    fn deployment_id(&self) -> Guid {
        self.live.deployment_id()
    }
    fn find(&self, who: &Who) -> Result<Option<User>, Unavailable> {
        self.live.find(who)
    }
    fn public_folders(&self) -> Option<String> {
        self.live.public_folders()
    }
    fn connect(&self, user: &Arc<User>, connect: &Connect) -> Result<Box<dyn Mailbox>, ErrorCode> {
        let mailbox = self.live.connect(user, connect)?;
        Ok(Box::new(TrapMailbox(mailbox, Arc::clone(&self.store))))
    }
    fn address_book(&self) -> Box<dyn Book> {
        Box::new(TrapBook(self.live.address_book()))
    }
    fn is_address_book_request(&self, request_type: &str) -> bool {
        self.live.is_address_book_request(request_type)
    }
}
