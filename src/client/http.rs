//! A small HTTP/1.1 client: one connection at a time, kept alive, bodies read as they come.
//! RFC 9112.
//!
//! It exists because hyper's client half would be carried in the server's binary for two commands,
//! and because tests want to break connections in the middle. One request at a time; redirects are
//! the caller's business.

mod line;

use super::Stream;
use super::error::{ClientError, Trouble};
use super::trust::Trust;
use super::url::{Origin, Url};
use crate::backend::Promise;
use crate::limits;
use crate::workers::{Panicked, unblock};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use futures_rustls::TlsConnector;
use line::{Line, Rest, broken, within};
use rustls::pki_types::ServerName;
use smol::Async;
use smol::io::AsyncWriteExt as _;
use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::Duration;

/// Opens connections. Tests have one that opens pipes.
pub trait Dial: Send + Sync {
    /// Opens a connection, TLS included.
    fn dial<'a>(&'a self, origin: &'a Origin) -> Promise<'a, Result<Box<dyn Stream>, ClientError>>;
}

/// TCP and TLS.
#[derive(Clone)]
pub struct Network {
    connector: TlsConnector,
}

impl Network {
    /// Believes the certificates of `trust`.
    ///
    /// # Errors
    /// No TLS to be had.
    pub fn new(trust: &Trust) -> Result<Self, ClientError> {
        let config = trust.config().map_err(|error| Trouble::Tls { at: "TLS".to_owned(), error })?;
        Ok(Self { connector: TlsConnector::from(config) })
    }

    async fn open(&self, origin: &Origin) -> Result<Box<dyn Stream>, ClientError> {
        let at = format!("{}:{}", origin.host, origin.port);
        let stream = self.connect(origin, &at).await?;
        if !origin.is_https {
            return Ok(Box::new(stream));
        }
        let name = ServerName::try_from(origin.host.clone()).map_err(|_| Trouble::Url(at.clone()))?;
        let tls = self.connector.connect(name, stream).await;
        Ok(Box::new(tls.map_err(|error| Trouble::Tls { at, error })?))
    }

    /// The first of the host's addresses that answers.
    async fn connect(&self, origin: &Origin, at: &str) -> Result<Async<TcpStream>, ClientError> {
        let name = (origin.host.clone(), origin.port);
        let resolved = unblock(move || Ok(name.to_socket_addrs()?.collect::<Vec<SocketAddr>>())).await;
        let resolved = resolved.unwrap_or_else(|Panicked| Err(io::ErrorKind::Other.into()));
        let addresses = resolved.map_err(|error| Trouble::Name { host: origin.host.clone(), error })?;
        let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for address in addresses {
            match within(limits::CLIENT_CONNECT_MAX, "connect", Async::<TcpStream>::connect(address)).await {
                Ok(Ok(stream)) => {
                    let _ = stream.get_ref().set_nodelay(true);
                    return Ok(stream);
                }
                Ok(Err(error)) => failure = error,
                Err(_) => failure = io::ErrorKind::TimedOut.into(),
            }
        }
        Err(Trouble::Connect { at: at.to_owned(), error: failure }.into())
    }
}

impl Dial for Network {
    fn dial<'a>(&'a self, origin: &'a Origin) -> Promise<'a, Result<Box<dyn Stream>, ClientError>> {
        Box::pin(self.open(origin))
    }
}

/// A request.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// `POST`.
    pub method: &'a str,
    /// Where to.
    pub url: &'a Url,
    /// Header fields beside Host, Content-Length and Authorization.
    pub fields: Vec<(&'a str, String)>,
    /// The body; none is sent with GET.
    pub body: &'a [u8],
}

/// Status line and fields of a response.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// The status.
    pub status: u16,
    /// Fields in their order.
    pub fields: Vec<(String, String)>,
}

impl Head {
    /// The first field of this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Every field of this name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// A whole response.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Received {
    /// Status line and fields.
    pub head: Head,
    /// The body, out of its chunks.
    pub body: Vec<u8>,
}

/// A client with at most one connection.
pub struct Http {
    dial: Arc<dyn Dial>,
    authorization: Option<String>,
    /// How long it waits for the next byte.
    pub patience: Duration,
    line: Option<Line>,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the password.
        f.debug_struct("Http").field("connected", &self.is_connected()).finish_non_exhaustive()
    }
}

impl Http {
    /// Not connected yet, nobody's.
    #[must_use]
    pub fn new(dial: Arc<dyn Dial>) -> Self {
        Self { dial, authorization: None, patience: limits::CLIENT_PATIENCE, line: None }
    }

    /// Sends name and password with every request, in UTF-8. RFC 7617
    #[must_use]
    pub fn with_basic(mut self, name: &str, password: &str) -> Self {
        self.authorization = Some(format!("Basic {}", BASE64_STANDARD.encode(format!("{name}:{password}"))));
        self
    }

    /// The same client, another connection.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self {
            dial: Arc::clone(&self.dial),
            authorization: self.authorization.clone(),
            patience: self.patience,
            line: None,
        }
    }

    /// Drops the connection, whatever is on it.
    pub fn hang_up(&mut self) {
        self.line = None;
    }

    /// Whether there is a connection.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.line.is_some()
    }

    /// Sends a request and reads the whole response.
    ///
    /// # Errors
    /// No connection, no response, or none that can be read.
    pub async fn send(&mut self, request: &Request<'_>) -> Result<Received, ClientError> {
        let head = self.begin(request).await?;
        let body = self.body().await?;
        Ok(Received { head, body })
    }

    /// Sends a request and reads the head of the response; [`Http::piece`] gives the body.
    ///
    /// # Errors
    /// As [`Http::send`].
    pub async fn begin(&mut self, request: &Request<'_>) -> Result<Head, ClientError> {
        let is_usable = |line: &Line| line.origin == request.url.origin && line.rest == Rest::Nothing && !line.closes;
        if let Some(mut line) = self.line.take().filter(is_usable) {
            // A kept connection may have been closed meanwhile: then no byte of an answer comes, the
            // server has not seen the request, and it goes out again.
            match self.attempt(&mut line, request).await {
                Ok(Some(head)) => {
                    self.line = Some(line);
                    return Ok(head);
                }
                Ok(None) => {}
                Err(error) if matches!(error.trouble(), Trouble::Broken(_)) => {}
                Err(other) => return Err(other),
            }
        }
        let origin = request.url.origin.clone();
        let stream = within(limits::CLIENT_CONNECT_MAX, "handshake", self.dial.dial(&origin)).await??;
        let mut line = Line { origin, stream, buffer: Vec::new(), rest: Rest::Nothing, closes: false };
        let head = self.attempt(&mut line, request).await?.ok_or_else(|| broken(io::ErrorKind::UnexpectedEof))?;
        self.line = Some(line);
        Ok(head)
    }

    /// `None`: the server hung up without a word.
    async fn attempt(&self, line: &mut Line, request: &Request<'_>) -> Result<Option<Head>, ClientError> {
        let bytes = self.bytes(request);
        let send = async {
            line.stream.write_all(&bytes).await?;
            line.stream.flush().await
        };
        // A server that refuses a body may answer and hang up before it has read it all.
        if within(self.patience, "send", send).await?.is_err() && line.buffer.is_empty() {
            return Ok(line.head(self.patience, request.method).await.ok().flatten());
        }
        line.head(self.patience, request.method).await
    }

    fn bytes(&self, request: &Request<'_>) -> Vec<u8> {
        let Request { method, url, fields, body } = request;
        let mut head = format!("{method} {} HTTP/1.1\r\nHost: {}\r\n", url.path, url.origin);
        let authorization = self.authorization.iter().map(|value| ("Authorization", value));
        for (name, value) in fields.iter().map(|(name, value)| (*name, value)).chain(authorization) {
            // A value cannot end its field early, whatever it is made of.
            let value: String = value.chars().filter(|c| !c.is_control()).collect();
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if *method != "GET" {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        [head.as_bytes(), body].concat()
    }

    /// The rest of the body.
    ///
    /// # Errors
    /// The connection breaks, or the body is larger than any answer.
    pub async fn body(&mut self) -> Result<Vec<u8>, ClientError> {
        let mut body = Vec::new();
        while let Some(piece) = self.piece().await? {
            body.extend(piece);
            if body.len() > limits::CLIENT_BODY_MAX_BYTES {
                self.hang_up();
                return Err(Trouble::Malformed("HTTP", "a body larger than any answer is".to_owned()).into());
            }
        }
        Ok(body)
    }

    /// The next piece of the body; `None` at its end.
    ///
    /// # Errors
    /// The connection breaks.
    pub async fn piece(&mut self) -> Result<Option<Vec<u8>>, ClientError> {
        let patience = self.patience;
        let Some(line) = &mut self.line else { return Ok(None) };
        let piece = line.piece(patience).await;
        if piece.is_err() || line.rest == Rest::Nothing && line.closes {
            self.line = None;
        }
        piece
    }
}
