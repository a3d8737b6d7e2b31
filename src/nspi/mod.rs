//! The address book: Name Service Provider Interface over HTTP. MS-OXNSPI, MS-OXCMAPIHTTP 2.2.5.
//!
//! `message` says what each request and response looks like, `view` holds the sorted address
//! book, `properties` says what an object of it tells, `exec` answers.
//!
//! What a client sees are the directory's public properties and nothing else: no password, no
//! mailbox content. Left out: photos and certificates.

pub mod exec;
pub mod message;
mod properties;
mod template;
mod text;
mod view;

pub use exec::{CallError, Session, Settings};
pub use message::{RequestType, is_request_type};
pub use properties::Told;
pub use view::{AddressList, Cache, View};
