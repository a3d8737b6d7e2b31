//! What the edge needs from the levels below, and nothing else: four small traits.
//!
//! They exist so that the transport can be tested with sessions that are slow, fail or panic on
//! demand, and so that one file names the store, the engine and the address book.
//! Everything here is synchronous except checking a password, and runs on a worker thread.

mod live;

pub use live::Live;

use crate::auth::Rejected;
use crate::directory::{MapiHttp, User};
use crate::mapi::ErrorCode;
pub use crate::notify::Waker;
use crate::session::Held;
use crate::wire::Guid;
use std::fmt::Debug;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

/// A future in a box, for the one asynchronous method.
pub type Promise<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Tells who sends a request.
pub trait Gatekeeper: Send + Sync + 'static {
    /// Checks the value of an Authorization field, which may be missing. Takes its time for wrong
    /// passwords.
    fn basic<'a>(&'a self, authorization: Option<&'a [u8]>, peer: IpAddr) -> Promise<'a, Result<Arc<User>, Rejected>>;
}

/// The mailboxes and the address book of the box.
pub trait Backend: Send + Sync + 'static {
    /// Tells the base URL at which clients reach the server, once it is known.
    fn reached_at(&self, _base: &str) {}
    /// Names the installation, the same for all users (DeploymentId of Autodiscover).
    fn deployment_id(&self) -> Guid;
    /// Looks a mailbox up.
    fn find(&self, who: &Who) -> Result<Option<User>, Unavailable>;
    /// From where a user may come by MAPI over HTTP.
    fn mapi_http(&self, _user: u32) -> Result<MapiHttp, Unavailable> {
        Ok(MapiHttp::On)
    }
    /// The address of the public store, if there is one that is switched on.
    fn public_folders(&self) -> Option<String> {
        None
    }
    /// Connect: a session with the mailbox server, or the ErrorCode of the Connect response body.
    fn connect(&self, user: &Arc<User>, connect: &Connect) -> Result<Box<dyn Mailbox>, ErrorCode>;
    /// A session with the address book, before Bind is called in it.
    fn address_book(&self) -> Box<dyn AddressBook>;
    /// Sessions of the process before this one, to go on with. Asked once.
    fn resume(&self) -> Vec<Resumed> {
        Vec::new()
    }
    /// A clean stop: every session has been told to be kept as it is.
    fn rest(&self) {}
    /// True for the request types that [`AddressBook::call`] answers.
    fn is_address_book_request(&self, request_type: &str) -> bool;
}

/// A session of the process before this one.
pub struct Resumed {
    /// What its context said of itself in [`Held::keep`].
    pub about: Vec<u8>,
    /// What the context holds.
    pub content: Content,
}

/// What a context of either endpoint holds.
pub enum Content {
    /// A session with the mailbox server.
    Mailbox(Box<dyn Mailbox>),
    /// A session with the address book.
    AddressBook(Box<dyn AddressBook>),
}

/// Whom Autodiscover is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// By SMTP address.
    Address(String),
    /// By legacy distinguished name.
    LegacyDn(String),
}

/// The store does not answer; the log has the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unavailable;

/// What a client says when it connects. MS-OXCMAPIHTTP 2.2.4.1.1
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connect {
    /// The DN that it says it is.
    pub user_dn: String,
    /// 1 asks for administrator rights.
    pub flags: u32,
    /// Major, minor and build of X-ClientApplication; zeros where it says nothing readable.
    pub client_version: [u16; 3],
    /// DefaultCodePage: what 8-bit strings mean.
    pub code_page: u16,
    /// LcidString: the language of the user; 0 where it is no language.
    pub locale: u32,
}

/// One session with the mailbox server: its handles and what they name.
pub trait Mailbox: Held {
    /// Whom to tell whether events wait to be fetched by the next batch. Until something is said,
    /// none do.
    fn wake_with(&mut self, _waker: Waker) {}
    /// The operations of the latest batch by RopId, and what became of each.
    fn done(&self) -> &[(u8, ErrorCode)] {
        &[]
    }
    /// Executes one RopBuffer; the answer is one too, at most `call.max_rop_out` bytes.
    fn execute(&mut self, user: &Arc<User>, call: &Execute) -> Result<Vec<u8>, ExecuteFailure>;
}

/// One RopBuffer to execute. MS-OXCMAPIHTTP 2.2.4.2.1
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Execute {
    /// NoCompression 1, NoXorMagic 2, Chain 4.
    pub flags: u32,
    /// Extended buffers as they came.
    pub rop_buffer: Vec<u8>,
    /// The longest answer allowed.
    pub max_rop_out: u32,
}

/// Why there is no RopBuffer to answer with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExecuteFailure {
    /// For the ErrorCode field of the Execute response.
    Code(ErrorCode),
    /// The batch could not be committed: the objects of the session are not what was said.
    ContextLost,
}

/// One session with the address book.
pub trait AddressBook: Held {
    /// Answers one request: the whole response body from StatusCode on.
    fn call(&mut self, user: &Arc<User>, request_type: &str, body: &[u8]) -> Result<Vec<u8>, CallFailure>;
}

/// Why the address book has no body to answer with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallFailure {
    /// The request body is not what the request type says.
    Malformed,
    /// The store does not answer; the log has the reason.
    Unavailable,
}

impl Debug for dyn Mailbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mailbox")
    }
}

impl Debug for dyn AddressBook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AddressBook")
    }
}
