//! MAPI over HTTP: the transport between Outlook and the mailbox and address book servers.
//! MS-OXCMAPIHTTP.
//!
//! `headers` checks what comes, `message` has the bodies of the mailbox endpoint, `emsmdb` and
//! `nspi` do what a request asks, `envelope` wraps what goes back. Every refusal of this level is
//! HTTP 200 with an X-ResponseCode; those that can be known beforehand are said before PROCESSING
//! is sent.
//!
//! There is no sequence cookie: one request at a time per context is enforced by the context
//! itself, from the moment the request is read until its batch is committed, so that a connection
//! that died with the answer on it blocks nobody.

mod account;
mod auxiliary;
mod capture;
mod code;
mod emsmdb;
mod envelope;
mod headers;
pub mod message;
mod nspi;

pub use auxiliary::{ClientControl, ClientInfo, EndpointCapabilities, ExOrgInfo, client_mode, connect_response};
pub use capture::Captures;
pub use code::ResponseCode;

use crate::backend::{Content, Resumed};
use crate::directory::User;
use crate::http::{Body, Peer, Site};
use crate::session::{Held, Presented, Registry, Visitor};
use account::Account;
use envelope::{Exchange, Outcome};
use headers::{Echo, RequestType};
use hyper::http::request::Parts;
use hyper::{Method, Response};
use log::info;
use std::sync::Arc;

/// Which of the two servers a URL names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// EMSMDB.
    Mailbox,
    /// NSPI.
    AddressBook,
}

impl Endpoint {
    /// The path of its URL, which is also that of its cookies: a client then sends each endpoint
    /// its own.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Mailbox => "/mapi/emsmdb",
            Self::AddressBook => "/mapi/nspi",
        }
    }
}

/// An authenticated request, its body read.
#[derive(Debug)]
pub struct Request {
    /// Who sends it.
    pub user: Arc<User>,
    /// From where.
    pub peer: Peer,
    /// Its header.
    pub head: Parts,
    /// Its body; `None` if it was too large.
    pub body: Option<Vec<u8>>,
}

/// Answers a request below `/mapi`. `endpoint` is `None` for a path that names neither server.
pub async fn answer(site: &Site, endpoint: Option<Endpoint>, request: Request) -> Response<Body> {
    let echo = Echo::of(&request.head.headers);
    let account = Account::of(site, &request, &echo);
    let mut exchange = Exchange::new(site, endpoint.unwrap_or(Endpoint::Mailbox), request.peer, echo);
    exchange.expiry_s = request.user.session_expiry_s;
    match dispatch(&mut exchange, endpoint, request).await {
        Ok(Accepted::Now(outcome)) => exchange.accept(account, std::future::ready(outcome)),
        Ok(Accepted::Later(outcome)) => exchange.accept(account, outcome),
        Err(code) => {
            account.refused(code);
            exchange.refuse(code)
        }
    }
}

/// What a request type does with a request: an outcome now or later.
enum Accepted {
    Now(Outcome),
    Later(std::pin::Pin<Box<dyn Future<Output = Outcome> + Send>>),
}

impl Accepted {
    fn later(outcome: impl Future<Output = Outcome> + Send + 'static) -> Self {
        Self::Later(Box::pin(outcome))
    }
}

type Answer = Result<Accepted, ResponseCode>;

async fn dispatch(exchange: &mut Exchange, endpoint: Option<Endpoint>, request: Request) -> Answer {
    if request.head.method != Method::POST {
        return Err(ResponseCode::InvalidVerb);
    }
    let endpoint = endpoint.ok_or(ResponseCode::InvalidPath)?;
    let request_type = headers::check(endpoint, &request.head, &*exchange.site.backend)?;
    admit(&exchange.site, request.user.id, request.peer).await?;
    let Request { user, peer, head, body } = request;
    let body = body.ok_or(ResponseCode::TooLarge)?;
    let presented = Presented::from_headers(&head.headers);
    let call = Call { exchange, user, peer, head, presented, body };
    match request_type {
        RequestType::Connect => emsmdb::connect(call).await,
        RequestType::Execute => emsmdb::execute(call).await,
        RequestType::Disconnect => emsmdb::disconnect(call).await,
        RequestType::NotificationWait => emsmdb::notification_wait(call),
        RequestType::Bind => nspi::bind(call).await,
        RequestType::Unbind => nspi::unbind(call).await,
        RequestType::AddressBook(name) => nspi::call(call, name).await,
        RequestType::Ping => match endpoint {
            Endpoint::Mailbox => ping(call, |site| &site.mailboxes),
            Endpoint::AddressBook => ping(call, |site| &site.address_books),
        },
    }
}

/// Whether MAPI over HTTP is on for this user, from there. Asked with every request, so that a switch
/// counts at once.
async fn admit(site: &Site, user: u32, peer: Peer) -> Result<(), ResponseCode> {
    let backend = Arc::clone(&site.backend);
    match site.workers.run(move || backend.mapi_http(user)).await {
        Ok(Ok(switch)) if switch.admits(peer.is_at_home(&site.settings.internal)) => Ok(()),
        Ok(Ok(_)) => Err(ResponseCode::EndpointDisabled),
        _ => Err(ResponseCode::UnknownFailure),
    }
}

/// A request whose header is in order.
struct Call<'a> {
    exchange: &'a mut Exchange,
    user: Arc<User>,
    peer: Peer,
    head: Parts,
    presented: Presented,
    body: Vec<u8>,
}

impl Call<'_> {
    fn visitor(&self) -> Visitor {
        Visitor { address: self.peer.address, user: self.user.id, expiry_s: self.user.session_expiry_s }
    }
}

/// Goes on with the sessions of the process before this one; how many there are.
pub fn resume(site: &Site) -> usize {
    let resumed = site.backend.resume().into_iter().map(|Resumed { about, content }| match content {
        Content::Mailbox(mailbox) => emsmdb::resume(site, &about, mailbox),
        Content::AddressBook(book) => site.address_books.resume(&about, book).is_some(),
    });
    resumed.filter(|is_back| *is_back).count()
}

/// A clean stop: sessions are kept as they are, so that the next process goes on with them.
pub fn rest(site: &Site) {
    let busy = site.mailboxes.rest().saturating_add(site.address_books.rest());
    if busy > 0 {
        info!("{busy} sessions were busy to the end; they are kept as their last answer left them");
    }
    site.backend.rest();
}

/// PING: is the endpoint there, and keep my context. MS-OXCMAPIHTTP 2.2.6, 3.2.5.3. Without a
/// cookie it is only the first; with a dead one the client should know.
fn ping<T: Held>(call: Call<'_>, registry: fn(&Site) -> &Registry<T>) -> Answer {
    use crate::session::Refusal;
    match registry(&call.exchange.site).find(&call.presented, &call.visitor()) {
        Ok((cookie, context)) => {
            context.touch();
            call.exchange.cookie = Some(cookie);
        }
        Err(Refusal::Missing) => {}
        Err(refusal) => return Err(refusal.into()),
    }
    Ok(Accepted::Now(Outcome::Body(Vec::new())))
}
