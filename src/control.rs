//! The control socket: how a command line talks to the running server. `RUNTIME/control`, mode
//! 0600, and only the server's own user and root are listened to.
//!
//! A frame is its length (4 bytes, little-endian) and a postcard record; requests and responses
//! alternate. Threads and blocking I/O: this is used a few times a month.

mod client;
mod frame;
mod server;

pub use client::Client;
pub use server::{Listener, Serving};

use std::path::{Path, PathBuf};

/// Where the socket is.
#[must_use]
pub fn path(runtime: &Path) -> PathBuf {
    runtime.join("control")
}
