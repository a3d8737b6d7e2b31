//! The scripted client: what Outlook does, step by step, for `mailstead test`, `mailstead demo` and
//! the integration tests. MS-OXDSCLI, MS-OXCMAPIHTTP, MS-OXNSPI, MS-OXCROPS from the other side.
//!
//! `http` is a connection, `channel` one endpoint with its cookies, `autodiscover`, `nspi` and
//! `emsmdb` are the three services, `session` the operations on a mailbox. Client and server share
//! their declarations of what is on the wire, so a mistake in one of those shows only where the
//! bytes come from elsewhere: in the golden tests.
//!
//! Deliberately not here: SRV records (they need a DNS library), NTLM, a cache.

pub mod autodiscover;
mod channel;
mod emsmdb;
mod error;
mod http;
mod nspi;
mod session;
mod trust;
mod url;

pub use crate::http::Stream;
pub use channel::{Answer, Channel};
pub use emsmdb::{Connected, Emsmdb};
pub use error::{ClientError, Trouble};
pub use http::{Dial, Head, Http, Network, Received, Request};
pub use nspi::{AddressBook, Entry};
pub use session::{
    AttachmentSummary, Batch, Columns, Done, FolderSummary, Logon, MessageSummary, Operation, Recipient, Rops, Session,
    cell, recipient_bytes, text,
};
pub use trust::Trust;
pub use url::{Origin, Url};
