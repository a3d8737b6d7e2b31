//! The backend of the real server: the store, the engine and the address book.

use super::{
    AddressBook, Backend, CallFailure, Connect, Content, Execute, ExecuteFailure, Mailbox, Resumed, Unavailable, Waker,
    Who,
};
use crate::clock::Clock;
use crate::directory::{self, MapiHttp, User};
use crate::exec::{Caller, Engine, ExecuteError, KeptCaller, Objects};
use crate::mapi::ErrorCode;
use crate::nspi::{self, CallError};
use crate::session::Held;
use crate::store::{KeptSession, SessionStore, Store, StoreError};
use crate::wire::Guid;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, OnceLock};

/// Mailboxes and address book in the data file.
#[derive(Debug)]
pub struct Live {
    engine: Arc<Engine>,
    organization: String,
    /// Known when the listeners listen.
    address_book: OnceLock<Arc<nspi::Settings>>,
    /// Where sessions are kept over a restart; nowhere in most tests.
    sessions: OnceLock<Arc<SessionStore>>,
}

impl Live {
    /// Serves what is in the store.
    #[must_use]
    pub fn new(store: Arc<Store>, clock: Clock, organization: String) -> Self {
        let (address_book, sessions) = (OnceLock::new(), OnceLock::new());
        Self { engine: Arc::new(Engine::new(store, clock)), organization, address_book, sessions }
    }

    /// Has sessions kept over a restart, from now on.
    pub fn keep_in(&self, sessions: Arc<SessionStore>) {
        self.engine.hub.keep_in(Arc::clone(&sessions));
        let _ = self.sessions.set(sessions);
    }

    /// The address book's settings; in tests, of a server that does not listen.
    fn book(&self) -> Arc<nspi::Settings> {
        Arc::clone(self.address_book.get_or_init(|| Arc::new(self.settings(""))))
    }

    fn settings(&self, base: &str) -> nspi::Settings {
        nspi::Settings::new(
            format!("{base}/mapi/emsmdb/"),
            format!("{base}/mapi/nspi/"),
            self.engine.store.server_guid(),
            self.organization.clone(),
        )
    }
}

fn unavailable(e: &StoreError) -> Unavailable {
    log::error!("directory: {e}");
    Unavailable
}

impl Backend for Live {
    fn reached_at(&self, base: &str) {
        let _ = self.address_book.set(Arc::new(self.settings(base)));
    }

    fn deployment_id(&self) -> Guid {
        self.engine.store.deployment_guid()
    }

    fn find(&self, who: &Who) -> Result<Option<User>, Unavailable> {
        let txn = self.engine.store.read().map_err(|e| unavailable(&e))?;
        let found = match who {
            Who::Address(address) => directory::by_mailbox_name(&txn, Some(address), None),
            Who::LegacyDn(dn) => directory::by_mailbox_name(&txn, None, Some(dn)),
        };
        Ok(found.map_err(|e| unavailable(&e))?.filter(|user| !user.disabled))
    }

    fn mapi_http(&self, user: u32) -> Result<MapiHttp, Unavailable> {
        let look = || directory::mapi_http(&self.engine.store.read()?, user);
        look().map_err(|e| unavailable(&e))
    }

    fn public_folders(&self) -> Option<String> {
        let look = || directory::public_store(&self.engine.store.read()?);
        look().map_err(|e| unavailable(&e)).ok()?.map(|public| public.address)
    }

    fn connect(&self, user: &Arc<User>, connect: &Connect) -> Result<Box<dyn Mailbox>, ErrorCode> {
        self.engine.connect(user, &connect.user_dn, connect.flags)?;
        let caller = Caller {
            user: User::clone(user),
            admin: connect.flags & 1 != 0,
            client_version: connect.client_version,
            code_page: connect.code_page,
            locale: connect.locale,
        };
        Ok(Box::new(LiveMailbox {
            engine: Arc::clone(&self.engine),
            caller,
            objects: Objects::default(),
            kept: None,
            sessions: self.sessions.get().cloned(),
        }))
    }

    fn address_book(&self) -> Box<dyn AddressBook> {
        Box::new(LiveAddressBook {
            store: Arc::clone(&self.engine.store),
            settings: self.book(),
            session: nspi::Session::default(),
            kept: None,
            sessions: self.sessions.get().cloned(),
        })
    }

    fn resume(&self) -> Vec<Resumed> {
        let Some(sessions) = self.sessions.get() else { return Vec::new() };
        self.resume_from(sessions).unwrap_or_else(|e| {
            log::error!("no session goes on: {e}");
            Vec::new()
        })
    }

    fn rest(&self) {
        let Some(sessions) = self.sessions.get() else { return };
        match sessions.rest() {
            Ok(0) => {}
            Ok(count) => log::info!("{count} sessions rest until the next start"),
            Err(e) => log::error!("sessions will not outlive a reboot: {e}"),
        }
    }

    fn is_address_book_request(&self, request_type: &str) -> bool {
        nspi::is_request_type(request_type)
    }
}

impl Live {
    fn resume_from(&self, sessions: &Arc<SessionStore>) -> Result<Vec<Resumed>, StoreError> {
        let mut resumed = Vec::new();
        for kept in sessions.load()? {
            match self.resume_one(sessions, &kept)? {
                Some(one) => resumed.push(one),
                None => sessions.forget(kept.number),
            }
        }
        sessions.settle()?;
        Ok(resumed)
    }

    /// `None`: the user is gone or disabled, or the record is of another program.
    fn resume_one(&self, sessions: &Arc<SessionStore>, kept: &KeptSession) -> Result<Option<Resumed>, StoreError> {
        let Ok(context) = postcard::from_bytes::<KeptContext>(&kept.context) else { return Ok(None) };
        let content = match context.what {
            What::Mailbox { user, caller } => {
                let user = directory::by_id(&self.engine.store.read()?, user)?.filter(|user| !user.disabled);
                let Some(user) = user else { return Ok(None) };
                let Some(objects) = self.engine.resume(sessions, kept) else { return Ok(None) };
                Content::Mailbox(Box::new(LiveMailbox {
                    engine: Arc::clone(&self.engine),
                    caller: Caller::resumed(user, caller),
                    objects,
                    kept: Some(kept.number),
                    sessions: Some(Arc::clone(sessions)),
                }))
            }
            What::AddressBook(session) => Content::AddressBook(Box::new(LiveAddressBook {
                store: Arc::clone(&self.engine.store),
                settings: self.book(),
                session,
                kept: Some(kept.number),
                sessions: Some(Arc::clone(sessions)),
            })),
        };
        Ok(Some(Resumed { about: context.about, content }))
    }
}

/// What is kept of a context beside the objects of the engine.
#[derive(Debug, Serialize, Deserialize)]
struct KeptContext {
    /// The context's own words.
    about: Vec<u8>,
    what: What,
}

#[derive(Debug, Serialize, Deserialize)]
enum What {
    Mailbox { user: u32, caller: KeptCaller },
    AddressBook(nspi::Session),
}

fn begin(sessions: &SessionStore, number: u64, about: &[u8], what: What) {
    let context = KeptContext { about: about.to_vec(), what };
    sessions.begin(number, &postcard::to_allocvec(&context).unwrap_or_default());
}

/// The contexts of both endpoints are counted each from 1.
fn mailbox_number(number: u64) -> u64 {
    number.saturating_mul(2)
}

fn address_book_number(number: u64) -> u64 {
    number.saturating_mul(2).saturating_add(1)
}

struct LiveMailbox {
    engine: Arc<Engine>,
    caller: Caller,
    objects: Objects,
    /// Its number where it is kept.
    kept: Option<u64>,
    sessions: Option<Arc<SessionStore>>,
}

impl Held for LiveMailbox {
    fn keep(&mut self, number: u64, about: &[u8]) {
        let Some(sessions) = &self.sessions else { return };
        let what = What::Mailbox { user: self.caller.user.id, caller: self.caller.kept() };
        begin(sessions, mailbox_number(number), about, what);
        self.objects.keep_in(Arc::clone(sessions), mailbox_number(number));
        self.kept = Some(mailbox_number(number));
    }

    fn forget(&mut self) {
        self.objects.keep_nowhere();
        if let (Some(sessions), Some(kept)) = (&self.sessions, self.kept.take()) {
            sessions.forget(kept);
        }
    }

    fn objects(&self) -> Vec<(&'static str, usize)> {
        self.objects.kinds()
    }
}

impl Mailbox for LiveMailbox {
    fn wake_with(&mut self, waker: Waker) {
        self.engine.listen(&mut self.objects, waker);
    }

    fn done(&self) -> &[(u8, ErrorCode)] {
        self.objects.done()
    }

    fn execute(&mut self, user: &Arc<User>, call: &Execute) -> Result<Vec<u8>, ExecuteFailure> {
        // Who the user is was said in Connect; what may have changed since is in the directory's
        // record that the request was authenticated with.
        if self.caller.user != **user {
            self.caller.user = User::clone(user);
        }
        let answer =
            self.engine.execute(&self.caller, &mut self.objects, &call.rop_buffer, call.flags, call.max_rop_out);
        answer.map_err(|e| match e {
            ExecuteError::Code(code) => ExecuteFailure::Code(code),
            ExecuteError::ContextLost => ExecuteFailure::ContextLost,
        })
    }
}

struct LiveAddressBook {
    store: Arc<Store>,
    settings: Arc<nspi::Settings>,
    session: nspi::Session,
    /// Its number where it is kept.
    kept: Option<u64>,
    sessions: Option<Arc<SessionStore>>,
}

impl Held for LiveAddressBook {
    fn keep(&mut self, number: u64, about: &[u8]) {
        let Some(sessions) = &self.sessions else { return };
        begin(sessions, address_book_number(number), about, What::AddressBook(self.session.clone()));
        self.kept = Some(address_book_number(number));
    }

    fn forget(&mut self) {
        if let (Some(sessions), Some(kept)) = (&self.sessions, self.kept.take()) {
            sessions.forget(kept);
        }
    }
}

impl AddressBook for LiveAddressBook {
    fn call(&mut self, user: &Arc<User>, request_type: &str, body: &[u8]) -> Result<Vec<u8>, CallFailure> {
        let failed = |e: StoreError| {
            log::error!("address book: {e}");
            CallFailure::Unavailable
        };
        let (settings, session) = (&self.settings, &mut self.session);
        let called = if nspi::exec::is_change(request_type) {
            let txn = self.store.write().map_err(failed)?;
            nspi::exec::change(txn, settings, user, session, request_type, body)
        } else {
            let txn = self.store.read().map_err(failed)?;
            nspi::exec::call(&txn, settings, user, session, request_type, body)
        };
        called.map_err(|e| match e {
            CallError::Store(e) => failed(e),
            CallError::Malformed(e) => {
                log::debug!("{}: malformed {request_type}: {e}", user.address);
                CallFailure::Malformed
            }
            CallError::UnknownRequestType => CallFailure::Malformed,
        })
    }
}
