//! What a context knows of itself: for whoever looks at the sessions, and to go on after a restart.

use super::cookie::CookieHash;
use crate::wire::FileTime;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Who opened a context, from where, and who used it since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    pub(super) key: CookieHash,
    /// Number of the user.
    pub user: u32,
    /// Number of the context, in the log too.
    pub number: u64,
    /// When it was opened.
    pub created: FileTime,
    /// When a request came last.
    pub used: FileTime,
    /// What the client says it is; may be empty.
    pub client: String,
    /// Where the last request came from.
    pub address: Option<IpAddr>,
    /// Where requests came from before that.
    pub address_before: Option<IpAddr>,
    /// How often the server was started since.
    pub resumed: u32,
    /// A restart of which nobody has heard yet.
    pub(super) is_back: bool,
}

/// Who sends a request, as far as a context wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// From where.
    pub address: IpAddr,
    /// The authenticated user.
    pub user: u32,
}

/// A context, for whoever looks at the sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// What it knows of itself.
    pub about: About,
    /// Seconds since the last request ended; `None` while one is under way.
    pub idle_s: Option<u64>,
    /// Objects by kind; empty while a request has them.
    pub objects: Vec<(&'static str, usize)>,
}
