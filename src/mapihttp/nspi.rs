//! The request types of the address book endpoint, as far as the transport goes: Bind makes a
//! session context, Unbind ends it, everything else runs in it. MS-OXCMAPIHTTP 2.2.5, 3.2.5.1, 3.2.5.2.
//!
//! The bodies are the address book's own business. It reads a request's body while answering it,
//! so a malformed one (code 12) is known only then; hence the grace below.

use super::envelope::Outcome;
use super::{Accepted, Answer, Call, ResponseCode, headers};
use crate::backend::{AddressBook, CallFailure};
use crate::http::Site;
use crate::session::{Client, Context, Lease, Listener};
use crate::wire::{Reader, Wire};
use async_io::Timer;
use log::info;
use smol::channel::{self, Receiver};
use smol::future;
use std::sync::Arc;
use std::time::Duration;

/// How long the header waits for the answer, so that code 12 can still be said in it. Far more
/// than any of these calls takes, far less than any client waits.
const GRACE: Duration = Duration::from_millis(500);

type Session = Box<dyn AddressBook>;
type Called = Result<Vec<u8>, ResponseCode>;

/// Bind. The answer is known before the header goes out, for the header has the cookie.
pub(super) async fn bind(mut call: Call<'_>) -> Answer {
    let site = call.exchange.site.clone();
    let mut book = site.backend.address_book();
    let (user, body) = (Arc::clone(&call.user), std::mem::take(&mut call.body));
    let bound = site.workers.run(move || {
        let answer = book.call(&user, "Bind", &body);
        (book, answer)
    });
    let (book, answer) = bound.await.map_err(|_| ResponseCode::UnknownFailure)?;
    let answer = answer.map_err(code)?;
    if is_success(&answer) {
        site.address_books.end_presented(&call.presented, call.user.id);
        let client = Client { name: headers::client(&call.head.headers), mode: 0 };
        let (cookie, context) = site.address_books.create(&call.visitor(), client, book);
        info!("address book session {} of {} opened from {}", context.number(), call.user.address, call.peer.address);
        call.exchange.cookie = Some(cookie);
    }
    Ok(Accepted::Now(Outcome::Body(answer)))
}

/// Unbind. The response repeats the cookie that is now worth nothing (R1255).
pub(super) async fn unbind(mut call: Call<'_>) -> Answer {
    let context = find(&mut call)?;
    let lease = context.begin().await?;
    let answers = start(&call.exchange.site.clone(), &call, "Unbind".to_owned(), lease);
    let answer = answers.receive().await?;
    call.exchange.site.address_books.end(&context);
    info!("address book session {} of {} closed", context.number(), call.user.address);
    Ok(Accepted::Now(Outcome::Body(answer)))
}

/// Every other request type.
pub(super) async fn call(mut call: Call<'_>, request_type: String) -> Answer {
    let context = find(&mut call)?;
    let lease = context.begin().await?;
    let answers = start(&call.exchange.site.clone(), &call, request_type, lease);
    let soon = future::or(async { Some(answers.receive().await) }, async {
        Timer::after(GRACE).await;
        None
    });
    match soon.await {
        Some(answer) => Ok(Accepted::Now(Outcome::Body(answer?))),
        None => Ok(Accepted::later(async move { answers.receive().await.map_or_else(Outcome::Failed, Outcome::Body) })),
    }
}

fn find(call: &mut Call<'_>) -> Result<Arc<Context<Session>>, ResponseCode> {
    let (cookie, context) = call.exchange.site.address_books.find(&call.presented, &call.visitor())?;
    call.exchange.cookie = Some(cookie);
    Ok(context)
}

/// Runs a call in a task of its own, so that it ends properly even if the client is gone.
fn start(site: &Site, call: &Call<'_>, request_type: String, mut lease: Lease<Session>) -> Answers {
    let (sender, receiver) = channel::bounded(1);
    let listener = lease.listener();
    let workers = site.workers.clone();
    let (user, body) = (Arc::clone(&call.user), call.body.clone());
    site.workers.spawn(async move {
        let called = workers.run(move || {
            let book = lease.content().ok_or(ResponseCode::ContextNotFound)?;
            book.call(&user, &request_type, &body).map_err(code)
        });
        let answer = called.await.unwrap_or(Err(ResponseCode::UnknownFailure));
        // Nobody listens any more if the connection is lost: then the answer is lost too.
        let _ = sender.try_send(answer);
    });
    Answers { receiver, _listener: listener }
}

/// The answer to a call that runs, and the sign that somebody waits for it.
struct Answers {
    receiver: Receiver<Called>,
    _listener: Listener<Session>,
}

impl Answers {
    async fn receive(&self) -> Called {
        self.receiver.recv().await.unwrap_or(Err(ResponseCode::UnknownFailure))
    }
}

fn code(failure: CallFailure) -> ResponseCode {
    match failure {
        CallFailure::Malformed => ResponseCode::InvalidRequestBody,
        CallFailure::Unavailable => ResponseCode::UnknownFailure,
    }
}

/// StatusCode and ErrorCode, with which every response body of the address book begins, are zero.
fn is_success(answer: &[u8]) -> bool {
    matches!(u64::read(&mut Reader::new(answer)), Ok(0))
}
