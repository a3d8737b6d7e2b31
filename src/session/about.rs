//! What a context knows of itself: for whoever looks at the sessions, and to go on after a restart.

use super::cookie::CookieHash;
use crate::wire::FileTime;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::time::Duration;

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
    /// Seconds that it lives without a request; `None`: as long as others.
    pub expiry_s: Option<u32>,
    /// What the client says it is; may be empty.
    pub client: String,
    /// ClientMode: 1 is online, 2 cached. MS-OXCRPC 2.2.2.2.4
    pub mode: u16,
    /// Where the last request came from.
    pub address: Option<IpAddr>,
    /// Where requests came from before that.
    pub address_before: Option<IpAddr>,
    /// How often the server was started since.
    pub resumed: u32,
    /// A restart of which nobody has heard yet.
    pub(super) is_back: bool,
}

impl About {
    /// How long the context lives without a request, where others live as `usual`.
    #[must_use]
    pub fn expiry(&self, usual: Duration) -> Duration {
        self.expiry_s.map_or(usual, |seconds| Duration::from_secs(seconds.into()))
    }
}

/// Who sends a request, as far as a context wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// From where.
    pub address: IpAddr,
    /// The authenticated user.
    pub user: u32,
    /// Seconds that the user's sessions live without a request; `None`: as long as others.
    pub expiry_s: Option<u32>,
}

/// What a client says of itself when it connects.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Client {
    /// See [`About::client`].
    pub name: String,
    /// See [`About::mode`].
    pub mode: u16,
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
