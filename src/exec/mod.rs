//! What each operation does. The files are named as those of `rop/`: the form is there, the
//! meaning here.
//!
//! A handler gets a [`Context`], the handle indexes of its request and the request, and returns
//! the response or a [`Fault`]. It checks everything before it changes anything.

mod attachment;
mod batch;
mod body;
mod category;
mod chain;
mod contents;
mod copy;
mod folder;
mod guard;
mod ids;
mod keep;
mod later;
mod logon;
mod message;
mod named;
mod notification;
mod object;
mod per_user;
mod permission;
mod progress;
mod property;
mod read_state;
mod receipt;
mod receive;
mod recipient;
mod region;
mod restriction;
mod row_event;
mod rows;
mod search;
mod send;
#[expect(non_upper_case_globals, reason = "identifiers as patterns, in the specification's own spelling")]
mod store_object;
mod stream;
mod submit;
mod sync;
mod table;
mod transfer;

pub use keep::KeptCaller;
pub use object::Objects;

use crate::clock::Clock;
use crate::directory::{self, User};
use crate::mapi::ErrorCode;
use crate::notify::{Hub, Waker};
use crate::rop::{Failure, Handles, NO_HANDLE, Request, Response};
use crate::store::{Folder, MailboxIds, Store, StoreError, Txn};
use crate::wire::FileTime;
use object::{Object, Open};
use std::sync::{Arc, Weak};

/// The ROP engine: what all sessions share.
#[derive(Debug)]
pub struct Engine {
    /// The data file.
    pub store: Arc<Store>,
    /// The time.
    pub clock: Clock,
    /// Who is told of changes.
    pub hub: Arc<Hub>,
    pub(crate) regions: region::Regions,
}

/// Who executes a batch.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The authenticated user.
    pub user: User,
    /// Administrator rights were asked for in Connect, and granted.
    pub admin: bool,
    /// X-ClientApplication: major, minor, build.
    pub client_version: [u16; 3],
    /// DefaultCodePage of Connect: what 8-bit strings mean.
    pub code_page: u16,
    /// LcidString of Connect: the language of the user; 0 where nothing sensible was said.
    pub locale: u32,
}

/// Why Execute as a whole failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExecuteError {
    /// ErrorCode of the Execute response body; nothing was done.
    Code(ErrorCode),
    /// The batch could not be committed: what the session's objects say is no longer true, the
    /// session context must end.
    ContextLost,
}

/// Why an operation failed.
#[derive(Debug)]
pub enum Fault {
    /// What the client is told.
    Failure(Box<Failure>),
    /// What the log is told; the client sees a general code.
    Store(StoreError),
}

impl From<ErrorCode> for Fault {
    fn from(code: ErrorCode) -> Self {
        Self::Failure(Box::new(code.into()))
    }
}

impl From<StoreError> for Fault {
    fn from(e: StoreError) -> Self {
        match e {
            StoreError::NotFound => ErrorCode::NotFound.into(),
            StoreError::Exists => ErrorCode::CollidingNames.into(),
            // The one quota error that Outlook has a text for (outlook.md §7).
            StoreError::Quota => ErrorCode::StoreFull.into(),
            other => Self::Store(other),
        }
    }
}

/// What a handler works with.
pub(crate) struct Context<'a, 't> {
    pub(crate) txn: &'a mut Txn<'t>,
    pub(crate) objects: &'a mut Objects,
    pub(crate) caller: &'a Caller,
    pub(crate) hub: &'a Hub,
    pub(crate) regions: &'a region::Regions,
    /// RopId of the request.
    pub(crate) rop_id: u8,
    pub(crate) now: FileTime,
    /// The batch's handle table.
    pub(crate) table: &'a mut Vec<u32>,
    /// LogonId of the request.
    pub(crate) logon_id: u8,
    /// Bytes left for the body of this response.
    pub(crate) room: usize,
    /// Bytes that a response of its own could have: what does not fit into that fits nowhere.
    pub(crate) full_room: usize,
    /// ReturnValue beside a success body.
    pub(crate) warning: ErrorCode,
    /// A new object, to be put at the request's output index.
    pub(crate) created: Option<u32>,
    /// What is answered instead of what the handler returns: the RopId of another operation, and what
    /// became of that.
    pub(crate) instead: Option<(u8, std::result::Result<Response, Failure>)>,
}

pub(crate) type Result<T> = std::result::Result<T, Fault>;

impl Context<'_, '_> {
    /// The handle at an index of the batch's table.
    pub(crate) fn handle(&self, index: u8) -> Result<u32> {
        match self.table.get(usize::from(index)) {
            Some(handle) if *handle != NO_HANDLE => Ok(*handle),
            _ => Err(ErrorCode::NullObject.into()),
        }
    }

    /// What 8-bit text of an object means: the code page of the message that it is or lies in, else
    /// the logon's. MS-OXCPRPT 3.2.5.1
    pub(crate) fn code_page(&self, handle: u32) -> u16 {
        let mut at = self.objects.parent(handle);
        while let Some(open) = at {
            if let Object::Message(message) = &open.object {
                return message.code_page;
            }
            at = open.parent.and_then(|parent| self.objects.parent(parent));
        }
        self.caller.code_page
    }

    /// The object at an index, which must be of the request's logon. A released handle is as one that
    /// was never given out: ecNullObject, where MS-OXCROPS 3.2.5.4 has ecInvalidObject.
    pub(crate) fn open(&self, index: u8) -> Result<&Open> {
        let handle = self.handle(index)?;
        let open = self.objects.get(handle).ok_or(ErrorCode::NullObject)?;
        if open.logon_id == self.logon_id { Ok(open) } else { Err(ErrorCode::AccessDenied.into()) }
    }

    /// The same, to be changed.
    pub(crate) fn open_mut(&mut self, index: u8) -> Result<&mut Open> {
        let handle = self.handle(index)?;
        let logon_id = self.logon_id;
        let open = self.objects.get_mut(handle).ok_or(ErrorCode::NullObject)?;
        if open.logon_id == logon_id { Ok(open) } else { Err(ErrorCode::AccessDenied.into()) }
    }

    /// The mailbox of the logon that the object at an index belongs to.
    pub(crate) fn mailbox(&self, index: u8) -> Result<MailboxIds> {
        Ok(self.open(index)?.mailbox)
    }

    /// Checks that the object at an index is a logon, and returns its mailbox.
    pub(crate) fn logon(&self, index: u8) -> Result<MailboxIds> {
        let open = self.open(index)?;
        match &open.object {
            Object::Logon(_) => Ok(open.mailbox),
            _ => Err(ErrorCode::NotSupported.into()),
        }
    }

    /// Checks that the object at an index is a folder that is still there, and returns its counter.
    pub(crate) fn folder(&self, index: u8) -> Result<(MailboxIds, u64)> {
        let open = self.open(index)?;
        match &open.object {
            Object::Folder(folder) => Ok((open.mailbox, *folder)),
            // Nothing can be made or changed in it. MS-OXCFOLD 3.2.5.2
            Object::DeletedFolder(_) => Err(ErrorCode::NotFound.into()),
            _ => Err(ErrorCode::NotSupported.into()),
        }
    }

    /// The folder at an index, also one that was deleted softly and opened as such.
    pub(crate) fn any_folder(&self, index: u8) -> Result<(MailboxIds, u64, Folder)> {
        let open = self.open(index)?;
        let mailbox = open.mailbox.mailbox;
        let (folder, record) = match &open.object {
            Object::Folder(folder) => (*folder, self.txn.folder(mailbox, *folder)?),
            Object::DeletedFolder(folder) => (*folder, self.txn.any_folder(mailbox, *folder)?),
            _ => return Err(ErrorCode::NotSupported.into()),
        };
        Ok((open.mailbox, folder, record.ok_or(ErrorCode::ObjectDeleted)?))
    }

    /// Has another operation answered; the handler returns this.
    pub(crate) fn instead(&mut self, rop_id: u8, result: std::result::Result<Response, Failure>) -> Fault {
        self.instead = Some((rop_id, result));
        ErrorCode::GeneralFailure.into()
    }

    /// Registers a new object of the mailbox; its handle goes to the request's output index.
    pub(crate) fn create(&mut self, mailbox: MailboxIds, parent: Option<u32>, object: Object) -> Result<()> {
        let open = Open { logon_id: self.logon_id, mailbox, parent, closed: false, object };
        self.created = Some(self.objects.insert(open)?);
        Ok(())
    }
}

impl Engine {
    /// An engine that hears of every change in the store.
    #[must_use]
    pub fn new(store: Arc<Store>, clock: Clock) -> Self {
        let hub = Hub::new();
        hub.starts_at(store.last_transaction());
        let observer: Weak<Hub> = Arc::downgrade(&hub);
        store.observe(observer);
        Self { store, clock, hub, regions: region::Regions::default() }
    }

    /// Has a session's waker told whether events wait for it, from now on.
    pub fn listen(&self, objects: &mut Objects, waker: Waker) {
        objects.session.attach(&self.hub);
        objects.session.set_waker(waker);
    }

    /// Connect: may this user open a session as `user_dn`? MS-OXCRPC 3.1.4.1
    ///
    /// # Errors
    /// The ErrorCode for the response body.
    pub fn connect(&self, user: &User, user_dn: &str, flags: u32) -> std::result::Result<(), ErrorCode> {
        const REQUEST_ADMIN: u32 = 1;
        if user_dn.is_empty() {
            return Err(ErrorCode::AccessDenied);
        }
        let txn = self.store.read().map_err(|e| log_store("connect", &e))?;
        let named = directory::by_dn(&txn, user_dn).map_err(|e| log_store("connect", &e))?;
        let named = named.ok_or(ErrorCode::UnknownUser)?;
        if named.id != user.id || user.disabled {
            return Err(ErrorCode::LoginPermission);
        }
        if flags & REQUEST_ADMIN != 0 {
            if !user.admin {
                return Err(ErrorCode::LoginPermission);
            }
            log::info!("{} connects with administrator rights", user.address);
        }
        Ok(())
    }
}

/// What the client is told of a failing store; the log gets the rest.
pub(crate) fn log_store(what: &str, e: &StoreError) -> ErrorCode {
    log::error!("{what}: {e}");
    match e {
        StoreError::Full | StoreError::Quota => ErrorCode::StoreFull,
        StoreError::Corrupt(_) => ErrorCode::CorruptStore,
        _ => ErrorCode::DiskError,
    }
}

macro_rules! dispatch {
    ($($id:literal $name:ident $shape:ident $access:ident $module:ident :: $handler:ident ($request:ident) -> $response:ident $(fail $fail:literal)?;)*) => {
        /// Runs one operation.
        fn dispatch(cx: &mut Context<'_, '_>, handles: Handles, request: Request) -> Result<Response> {
            match request { $(
                Request::$name(body) => $module::$handler(cx, handles, body).map(Response::$name),
            )* }
        }
    };
}
crate::rops! { dispatch }
