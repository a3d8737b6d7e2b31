//! Session contexts: what a client keeps between requests, named by a cookie. MS-OXCMAPIHTTP 3.2.1.
//!
//! A context outlives TCP connections: only Disconnect or Unbind, a reconnect, idleness or the
//! limits end it. One request at a time works in it ([`Context::begin`]); any number of short
//! waits may run beside that one ([`Context::wait`]). What a context holds is the caller's
//! business: each endpoint has a [`Registry`] of its own, so a cookie of one means nothing to the
//! other.
//!
//! Contexts live in memory; a backend that keeps their contents over a restart is told by [`Held`]
//! what it needs, and gives it back to [`Registry::resume`]. Nothing here knows HTTP beyond the cookie
//! fields.

mod about;
mod context;
mod cookie;
mod registry;

pub use about::{About, Client, Seen, Visitor};
pub use context::{Context, Lease, Listener, Waited};
pub use cookie::{COOKIE_NAME, Cookie, Presented};
pub use registry::Registry;

/// What a context holds, as far as the context must know. It is kept over a restart of the server by
/// whoever implements this.
pub trait Held: Send {
    /// From now on it is kept, whole, under a number, with what the context says of itself. Again
    /// when that has changed.
    fn keep(&mut self, _number: u64, _about: &[u8]) {}
    /// The context has ended: nothing is kept any more.
    fn forget(&mut self) {}
    /// What it consists of: kinds of objects and their counts.
    fn objects(&self) -> Vec<(&'static str, usize)> {
        Vec::new()
    }
}

impl<T: Held + ?Sized> Held for Box<T> {
    fn keep(&mut self, number: u64, about: &[u8]) {
        (**self).keep(number, about);
    }
    fn forget(&mut self) {
        (**self).forget();
    }
    fn objects(&self) -> Vec<(&'static str, usize)> {
        (**self).objects()
    }
}

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
