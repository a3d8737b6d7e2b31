//! Session contexts: what a client keeps between requests, named by a cookie. MS-OXCMAPIHTTP 3.2.1.
//!
//! A context outlives TCP connections: only Disconnect or Unbind, a reconnect, idleness or the
//! limits end it. One request at a time works in it ([`Context::begin`]); any number of short
//! waits may run beside that one ([`Context::wait`]). What a context holds is the caller's
//! business: each endpoint has a [`Registry`] of its own, so a cookie of one means nothing to the
//! other.
//!
//! Contexts live in memory only; nothing here knows HTTP beyond the cookie fields.

mod context;
mod cookie;
mod registry;

pub use context::{Context, Lease, Listener, Waited};
pub use cookie::{COOKIE_NAME, Cookie, Presented};
pub use registry::Registry;

/// Why a request may not use the context it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// No context cookie came with it.
    Missing,
    /// The cookie is none of ours.
    Malformed,
    /// No such context, or another user's.
    Unknown,
    /// Another request is at work in it.
    Busy,
}
