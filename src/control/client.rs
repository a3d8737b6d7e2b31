//! The command line's end.

use super::frame;
use crate::admin::{Request, Response};
use std::io;
use std::os::unix::net::UnixStream;
use std::path::Path;

/// A connection to a running server.
#[derive(Debug)]
pub struct Client {
    stream: UnixStream,
}

impl Client {
    /// Connects; `None` when no server listens there.
    ///
    /// # Errors
    /// There is one, but it cannot be talked to.
    pub fn connect(socket: &Path) -> io::Result<Option<Self>> {
        match UnixStream::connect(socket) {
            Ok(stream) => Ok(Some(Self { stream })),
            // A server that was killed leaves its socket behind.
            Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => Ok(None),
            // A directory that cannot even be looked into is somebody else's.
            Err(e) if e.kind() == io::ErrorKind::NotADirectory => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// The server went away, or speaks another protocol.
    pub fn ask(&mut self, request: &Request) -> io::Result<Response> {
        frame::write(&mut self.stream, request)?;
        frame::read(&mut self.stream)?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}
