//! The backend of the real server: the store, the engine and the address book.

use super::{AddressBook, Backend, CallFailure, Connect, Execute, ExecuteFailure, Mailbox, Unavailable, Waker, Who};
use crate::clock::Clock;
use crate::directory::{self, User};
use crate::exec::{Caller, Engine, ExecuteError, Objects};
use crate::mapi::ErrorCode;
use crate::nspi::{self, CallError};
use crate::store::{Store, StoreError};
use crate::wire::Guid;
use std::sync::{Arc, OnceLock};

/// Mailboxes and address book in the data file.
#[derive(Debug)]
pub struct Live {
    engine: Arc<Engine>,
    organization: String,
    /// Known when the listeners listen.
    address_book: OnceLock<Arc<nspi::Settings>>,
}

impl Live {
    /// Serves what is in the store.
    #[must_use]
    pub fn new(store: Arc<Store>, clock: Clock, organization: String) -> Self {
        Self { engine: Arc::new(Engine::new(store, clock)), organization, address_book: OnceLock::new() }
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
            Who::Address(address) => directory::by_address(&txn, address),
            Who::LegacyDn(dn) => directory::by_dn(&txn, dn),
        };
        Ok(found.map_err(|e| unavailable(&e))?.filter(|user| !user.disabled))
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
        Ok(Box::new(LiveMailbox { engine: Arc::clone(&self.engine), caller, objects: Objects::default() }))
    }

    fn address_book(&self) -> Box<dyn AddressBook> {
        let settings = self.address_book.get_or_init(|| Arc::new(self.settings("")));
        Box::new(LiveAddressBook {
            store: Arc::clone(&self.engine.store),
            settings: Arc::clone(settings),
            session: nspi::Session::default(),
        })
    }

    fn is_address_book_request(&self, request_type: &str) -> bool {
        nspi::is_request_type(request_type)
    }
}

struct LiveMailbox {
    engine: Arc<Engine>,
    caller: Caller,
    objects: Objects,
}

impl Mailbox for LiveMailbox {
    fn wake_with(&mut self, waker: Waker) {
        self.engine.listen(&mut self.objects, waker);
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
}

impl AddressBook for LiveAddressBook {
    fn call(&mut self, user: &Arc<User>, request_type: &str, body: &[u8]) -> Result<Vec<u8>, CallFailure> {
        let failed = |e: StoreError| {
            log::error!("address book: {e}");
            CallFailure::Unavailable
        };
        let txn = self.store.read().map_err(failed)?;
        nspi::exec::call(&txn, &self.settings, user, &mut self.session, request_type, body).map_err(|e| match e {
            CallError::Store(e) => failed(e),
            CallError::Malformed(e) => {
                log::debug!("{}: malformed {request_type}: {e}", user.address);
                CallFailure::Malformed
            }
            CallError::UnknownRequestType => CallFailure::Malformed,
        })
    }
}
