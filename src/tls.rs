//! PLACEHOLDER on this branch: TLS is being written elsewhere.

use futures_rustls::TlsAcceptor;
use futures_rustls::server::TlsStream;
use smol::Async;
use std::io;
use std::net::TcpStream;

/// Makes TLS connections of TCP connections.
pub struct Acceptor(pub TlsAcceptor);

impl Acceptor {
    /// Shakes hands.
    pub async fn accept(&self, tcp: Async<TcpStream>) -> io::Result<TlsStream<Async<TcpStream>>> {
        self.0.accept(tcp).await
    }
}
