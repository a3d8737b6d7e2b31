//! The backend of an installation: its store, its address book, its engine. The only place where
//! the edge names them.

use super::{AddressBook, Backend, CallFailure, Connect, Execute, ExecuteFailure, Mailbox, Unavailable, Who};
use crate::directory::{self, User};
use crate::mapi::ErrorCode;
use crate::nspi::{self, CallError};
use crate::store::{Store, StoreError};
use crate::wire::Guid;
use log::{debug, error};
use std::sync::Arc;

/// What an installation consists of.
#[derive(Debug)]
pub struct Installed {
    store: Arc<Store>,
    address_book: Arc<nspi::Settings>,
}

impl Installed {
    /// The backend over a store. `internal_url` is what the address book calls the server.
    #[must_use]
    pub fn new(store: Arc<Store>, organization: &str, internal_url: &str) -> Self {
        let address_book = nspi::Settings::new(
            format!("{internal_url}/mapi/emsmdb/"),
            format!("{internal_url}/mapi/nspi/"),
            store.server_guid(),
            organization.to_owned(),
        );
        Self { store, address_book: Arc::new(address_book) }
    }
}

impl Backend for Installed {
    fn deployment_id(&self) -> Guid {
        self.store.deployment_guid()
    }

    fn find(&self, who: &Who) -> Result<Option<User>, Unavailable> {
        let find = || -> Result<Option<User>, StoreError> {
            let txn = self.store.read()?;
            match who {
                Who::Address(address) => directory::by_address(&txn, address),
                Who::LegacyDn(dn) => directory::by_dn(&txn, dn),
            }
        };
        find().map_err(|error| {
            error!("the directory cannot be read: {error}");
            Unavailable
        })
    }

    fn connect(&self, user: &Arc<User>, connect: &Connect) -> Result<Box<dyn Mailbox>, ErrorCode> {
        // PLACEHOLDER until exec is here: Engine::connect(user, &connect.user_dn, connect.flags).
        if !connect.user_dn.eq_ignore_ascii_case(&user.legacy_dn) {
            return Err(ErrorCode::UnknownUser);
        }
        if connect.flags & 1 != 0 && !user.admin {
            return Err(ErrorCode::LoginPermission);
        }
        Ok(Box::new(Handles))
    }

    fn address_book(&self) -> Box<dyn AddressBook> {
        Box::new(Book {
            store: Arc::clone(&self.store),
            settings: Arc::clone(&self.address_book),
            session: nspi::Session::default(),
        })
    }

    fn is_address_book_request(&self, request_type: &str) -> bool {
        nspi::is_request_type(request_type)
    }
}

/// A session with the engine.
#[derive(Debug)]
struct Handles;

impl Mailbox for Handles {
    fn execute(&mut self, _user: &Arc<User>, _call: &Execute) -> Result<Vec<u8>, ExecuteFailure> {
        // PLACEHOLDER until exec is here: Engine::execute(caller, &mut objects, …).
        Err(ExecuteFailure::Code(ErrorCode::NotSupported))
    }
}

/// A session with the address book.
#[derive(Debug)]
struct Book {
    store: Arc<Store>,
    settings: Arc<nspi::Settings>,
    session: nspi::Session,
}

impl AddressBook for Book {
    fn call(&mut self, user: &Arc<User>, request_type: &str, body: &[u8]) -> Result<Vec<u8>, CallFailure> {
        let txn = self.store.read().map_err(|error| unavailable(&error))?;
        let called = nspi::exec::call(&txn, &self.settings, user, &mut self.session, request_type, body);
        called.map_err(|error| match error {
            CallError::Malformed(error) => {
                debug!("{request_type}: {error}");
                CallFailure::Malformed
            }
            // The transport has asked before, so this does not happen.
            CallError::UnknownRequestType => CallFailure::Malformed,
            CallError::Store(error) => unavailable(&error),
        })
    }
}

fn unavailable(error: &StoreError) -> CallFailure {
    error!("the address book cannot be read: {error}");
    CallFailure::Unavailable
}
