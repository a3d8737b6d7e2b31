//! HTTP/1.1 for everything the box answers: routing, authentication, connections. RFC 9110, 9112.
//!
//! hyper parses and frames; this module decides. It works over any byte stream, so that a test can
//! speak to it without a port. HTTP/2 is not offered: MAPI over HTTP is specified for HTTP/1.1
//! (MS-OXCMAPIHTTP 2.1).

mod body;
mod io;
mod peer;
mod reply;

pub use body::Body;
pub use peer::{Network, Peer, limited_as};
pub(crate) use reply::{moved, not_found, page};

use crate::backend::{AddressBook, Backend, Gatekeeper, Mailbox};
use crate::clock::Clock;
use crate::config::Redirect;
use crate::mapihttp::{self, Captures, Endpoint};
use crate::outlook::Clients;
use crate::session::Registry;
use crate::welcome::{self, Welcome};
use crate::workers::{self, Workers};
use crate::{autodiscover, limits};
use body::BodyError;
use event_listener::Event;
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, EXPECT};
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use io::{Activity, Watched};
use log::{debug, error};
use smol::future::{self, FutureExt};
use smol::io::{AsyncRead, AsyncWrite};
use smol_hyper::rt::FuturesIo;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long a peer may take. The values are those of `limits.rs`; a test cannot wait as long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// `KEEP_ALIVE_IDLE`
    pub idle: Duration,
    /// `HEAD_TIME_MAX`
    pub head: Duration,
    /// `BODY_IDLE_MAX`
    pub piece: Duration,
    /// `BODY_TIME_MAX`
    pub body: Duration,
    /// `WRITE_STALL_MAX`
    pub write: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            idle: limits::KEEP_ALIVE_IDLE,
            head: limits::HEAD_TIME_MAX,
            piece: limits::BODY_IDLE_MAX,
            body: limits::BODY_TIME_MAX,
            write: limits::WRITE_STALL_MAX,
        }
    }
}

/// What the edge is told by the configuration.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Base URL for clients inside, without a slash at its end.
    pub internal_url: String,
    /// Base URL for clients outside.
    pub external_url: String,
    /// Proxies whose X-Forwarded-For is believed.
    pub trusted: Vec<Network>,
    /// The networks at home.
    pub internal: Vec<Network>,
    /// Where Autodiscover sends those who ask for other domains.
    pub redirects: Vec<Redirect>,
    /// What the page for people is about.
    pub welcome: Welcome,
    /// How long a session context lives without a request.
    pub expiry: Duration,
    /// Announced time between PENDING lines.
    pub pending_period: Duration,
    /// How long a NotificationWait without an event lasts.
    pub notification_wait: Duration,
    /// How long peers may take.
    pub deadlines: Deadlines,
}

/// Everything that a request is answered with. Clones share it.
#[derive(Clone)]
pub struct Site(Arc<Shared>);

/// See [`Site`].
pub struct Shared {
    /// From the configuration.
    pub settings: Settings,
    /// The time.
    pub clock: Clock,
    /// Checks passwords.
    pub gatekeeper: Arc<dyn Gatekeeper>,
    /// Mailboxes and address book.
    pub backend: Arc<dyn Backend>,
    /// Threads.
    pub workers: Workers,
    /// Session contexts with the mailbox server.
    pub mailboxes: Registry<Box<dyn Mailbox>>,
    /// Session contexts with the address book.
    pub address_books: Registry<Box<dyn AddressBook>>,
    /// Traffic that is written down.
    pub captures: Captures,
    /// Which Outlooks came.
    pub clients: Clients,
    /// The end of the service.
    pub stop: Stop,
}

impl std::ops::Deref for Site {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl std::fmt::Debug for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Site({:?})", self.settings)
    }
}

impl Site {
    /// A site without sessions.
    #[must_use]
    pub fn new(
        settings: Settings,
        clock: Clock,
        gatekeeper: Arc<dyn Gatekeeper>,
        backend: Arc<dyn Backend>,
        workers: Workers,
    ) -> Self {
        let mailboxes = Registry::new("mailbox", clock.clone(), settings.expiry);
        let address_books = Registry::new("address book", clock.clone(), settings.expiry);
        let stop = Stop::default();
        let captures = Captures::default();
        Self(Arc::new(Shared {
            settings,
            clock,
            gatekeeper,
            backend,
            workers,
            mailboxes,
            address_books,
            captures,
            clients: Clients::default(),
            stop,
        }))
    }

    /// Ends session contexts that nobody used for too long.
    pub fn sweep(&self) {
        self.mailboxes.sweep();
        self.address_books.sweep();
        self.captures.sweep(self.clock.monotonic());
    }
}

/// Said once: no more connections, end waits, answer what runs.
#[derive(Debug, Default)]
pub struct Stop {
    said: AtomicBool,
    event: Event,
}

impl Stop {
    /// Says it.
    pub fn say(&self) {
        self.said.store(true, Ordering::SeqCst);
        self.event.notify(usize::MAX);
    }

    /// Until it is said.
    pub async fn said(&self) {
        loop {
            let event = self.event.listen();
            if self.said.load(Ordering::SeqCst) {
                return;
            }
            event.await;
        }
    }
}

/// What a listener serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Everything.
    Full,
    /// Only the way to the TLS listener, for clients that look for Autodiscover on port 80.
    Redirect,
}

/// A connection, whatever it runs over.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Answers the requests of one connection until it ends. One kind of connection, so that hyper is in
/// the program once.
pub async fn serve_connection(site: Site, service: Service, peer: Peer, stream: Box<dyn Stream>) {
    let activity = Arc::new(Activity::default());
    let watched = FuturesIo::new(Watched::new(stream, Arc::clone(&activity), site.settings.deadlines));
    let respond = service_fn(|request: Request<Incoming>| {
        let in_use = activity.begin();
        let site = site.clone();
        async move {
            let response = guarded(&site, service, peer, request).await;
            Ok::<_, Infallible>(response.map(|body| body.keep(in_use)))
        }
    });
    let mut builder = http1::Builder::new();
    // hyper takes 100 fields at most, without being told.
    builder.max_header_size(limits::HEAD_MAX_BYTES).max_buf_size(limits::CONNECTION_BUFFER_MAX_BYTES);
    // `Watched` has the deadlines. Title case is what clients that compare exactly expect.
    builder.header_read_timeout(None).title_case_headers(true);
    let mut connection = std::pin::pin!(builder.serve_connection(watched, respond));
    let stopped = future::or(async { Some(connection.as_mut().await) }, async {
        site.stop.said().await;
        None
    });
    let ended = match stopped.await {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        debug!("{}: {error}", peer.address);
    }
}

/// Answers one request; a panic on the way ends in an answer too.
async fn guarded(site: &Site, service: Service, peer: Peer, request: Request<Incoming>) -> Response<Body> {
    let response = async {
        match service {
            Service::Full => respond(site, peer, request).await,
            Service::Redirect => autodiscover::redirect(site, request.uri().path()),
        }
    };
    match AssertUnwindSafe(Box::pin(response)).catch_unwind().await {
        Ok(response) => response,
        Err(payload) => {
            error!("a request from {} panicked: {}", peer.address, workers::message(&*payload));
            page(StatusCode::INTERNAL_SERVER_ERROR, "The server met an error. Its log says more.")
        }
    }
}

/// One of our paths, compared without regard to case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Route {
    Health,
    Mapi(Endpoint),
    /// Below `/mapi`, but nothing of ours.
    MapiUnknown,
    Pox,
    Json,
    /// The page for people, and what it links to.
    Welcome,
    Unknown,
}

fn route(path: &str) -> Route {
    let path = path.to_ascii_lowercase();
    match path.trim_end_matches('/') {
        "/mapi/emsmdb" => Route::Mapi(Endpoint::Mailbox),
        "/mapi/nspi" => Route::Mapi(Endpoint::AddressBook),
        "/mapi/healthcheck.htm" => Route::Health,
        "/autodiscover/autodiscover.xml" => Route::Pox,
        "/mapi" => Route::MapiUnknown,
        other if other.starts_with("/mapi/") => Route::MapiUnknown,
        other if welcome::is_path(other) => Route::Welcome,
        other if autodiscover::is_json_path(other) => Route::Json,
        _ => Route::Unknown,
    }
}

async fn respond(site: &Site, peer: Peer, request: Request<Incoming>) -> Response<Body> {
    let (head, mut body) = request.into_parts();
    let peer = peer.forwarded(&head.headers, &site.settings.trusted);
    let route = route(head.uri.path());
    let open = match route {
        Route::Health => Some(page(StatusCode::OK, "Mailstead answers.")),
        Route::Json => Some(autodiscover::json(site, &head.uri)),
        Route::Welcome => {
            let path = head.uri.path().to_ascii_lowercase();
            Some(welcome::answer(site, peer, &head.method, path.trim_end_matches('/')))
        }
        Route::Unknown => Some(not_found()),
        Route::Mapi(_) | Route::MapiUnknown | Route::Pox => None,
    };
    if let Some(response) = open {
        refuse_body(site, &head, &mut body).await;
        return response;
    }
    let authorization = head.headers.get(AUTHORIZATION).map(|value| value.as_bytes());
    let user = match site.gatekeeper.basic(authorization, peer.address).await {
        Ok(user) => user,
        Err(why) => {
            refuse_body(site, &head, &mut body).await;
            return reply::rejected(why);
        }
    };
    if route == Route::Pox {
        let body = match read_body(site, &head, &mut body, limits::AUTODISCOVER_BODY_MAX_BYTES).await {
            Ok(body) => body,
            Err(BodyError::TooLarge) => return page(StatusCode::PAYLOAD_TOO_LARGE, "The request is too large."),
            Err(error) => return bad_body(error),
        };
        return autodiscover::pox(site, peer, &head, body).await;
    }
    let endpoint = if let Route::Mapi(endpoint) = route { Some(endpoint) } else { None };
    let body = match read_body(site, &head, &mut body, limits::REQUEST_BODY_MAX_BYTES).await {
        Ok(body) => Some(body),
        Err(BodyError::TooLarge) => None,
        Err(error) => return bad_body(error),
    };
    let request = mapihttp::Request { user, peer, head, body };
    mapihttp::answer(site, endpoint, request).await
}

async fn read_body(site: &Site, head: &Parts, incoming: &mut Incoming, limit: usize) -> Result<Vec<u8>, BodyError> {
    let read = body::read(incoming, limit, &site.settings.deadlines).await;
    if read == Err(BodyError::TooLarge) {
        refuse_body(site, head, incoming).await;
    }
    read
}

/// Throws a body away that will not be used. A client that waits for `100 Continue` has not sent
/// it, and reading would make hyper ask for it.
async fn refuse_body(site: &Site, head: &Parts, body: &mut Incoming) {
    if !head.headers.contains_key(EXPECT) && head.method != Method::GET {
        body::discard(body, &site.settings.deadlines).await;
    }
}

fn bad_body(error: BodyError) -> Response<Body> {
    match error {
        BodyError::Slow => page(StatusCode::REQUEST_TIMEOUT, "The request took too long."),
        _ => page(StatusCode::BAD_REQUEST, "The request body is malformed."),
    }
}
