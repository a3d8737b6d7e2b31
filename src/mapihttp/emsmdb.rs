//! The request types of the mailbox endpoint: Connect, Execute, Disconnect, NotificationWait.
//! MS-OXCMAPIHTTP 2.2.4, 3.2.5.1, 3.2.5.2.

use super::envelope::Outcome;
use super::message::{
    ConnectRequest, ConnectResponse, DisconnectRequest, DisconnectResponse, ExecuteRequest, ExecuteResponse,
    FailureResponse, NotificationWaitRequest, NotificationWaitResponse,
};
use super::{Accepted, Answer, Call, ResponseCode, account, auxiliary, headers};
use crate::backend::{self, ExecuteFailure, Mailbox};
use crate::http::Site;
use crate::limits;
use crate::mapi::ErrorCode;
use crate::outlook;
use crate::session::{Client, Context, Lease, Waited};
use crate::wire::Wire;
use log::{debug, error, info};
use smol::channel;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, Weak};

/// How often a client without NotificationWait should ask, in milliseconds.
const POLLS_MAX_MS: u32 = 60_000;
/// How often a client repeats a request that failed.
const RETRY_COUNT: u32 = 6;
/// How long it waits before that, in milliseconds.
const RETRY_DELAY_MS: u32 = 10_000;
/// An RPC_HEADER_EXT: the least a RopBuffer can be (MS-OXCRPC 3.1.4.2, cbIn and pcbOut).
const ROP_BUFFER_MIN_BYTES: usize = 8;
/// RPC_X_BAD_STUB_DATA. MS-OXCRPC 3.1.4.2
const BAD_STUB_DATA: u32 = 0x6F7;

/// Reads a body of the mailbox endpoint; anything else than exactly that is code 12.
fn parse<T: Wire>(body: &[u8]) -> Result<T, ResponseCode> {
    T::from_bytes(body).map_err(|error| {
        debug!("{error}");
        ResponseCode::InvalidRequestBody
    })
}

/// The context that the request names; the response will repeat its cookie.
fn find(call: &mut Call<'_>) -> Result<Arc<Context<Box<dyn Mailbox>>>, ResponseCode> {
    let (cookie, context) = call.exchange.site.mailboxes.find(&call.presented, &call.visitor())?;
    call.exchange.cookie = Some(cookie);
    Ok(context)
}

/// Between a mailbox that has events and the context that it lies in, which is made after it.
#[derive(Default)]
struct Bell {
    context: OnceLock<Weak<Context<Box<dyn Mailbox>>>>,
    /// What was said before there was a context to tell.
    waits: AtomicBool,
}

impl Bell {
    fn hang(&self, context: &Arc<Context<Box<dyn Mailbox>>>) {
        let _ = self.context.set(Arc::downgrade(context));
        if self.waits.load(Ordering::SeqCst) {
            context.signal();
        }
    }

    fn ring(&self, waits: bool) {
        self.waits.store(waits, Ordering::SeqCst);
        match self.context.get().and_then(Weak::upgrade) {
            Some(context) if waits => context.signal(),
            Some(context) => context.collect(),
            None => {}
        }
    }
}

/// 16 bits of language and 4 of how it sorts: a larger number is no language.
const LCID_MAX: u32 = 0x000F_FFFF;

/// Makes a mailbox wake the context that holds it.
fn with_bell(
    mut mailbox: Box<dyn Mailbox>,
    hold: impl FnOnce(Box<dyn Mailbox>) -> Option<Arc<Context<Box<dyn Mailbox>>>>,
) -> Option<Arc<Context<Box<dyn Mailbox>>>> {
    let bell = Arc::new(Bell::default());
    let rope = Arc::clone(&bell);
    mailbox.wake_with(Box::new(move |waits| rope.ring(waits)));
    let context = hold(mailbox)?;
    bell.hang(&context);
    Some(context)
}

/// Goes on with a session of the process before this one.
pub(super) fn resume(site: &Site, about: &[u8], mailbox: Box<dyn Mailbox>) -> bool {
    with_bell(mailbox, |mailbox| site.mailboxes.resume(about, mailbox)).is_some()
}

/// Connect. The answer is known before the header goes out, for the header has the cookie.
pub(super) async fn connect(call: Call<'_>) -> Answer {
    let request: ConnectRequest = parse(&call.body)?;
    let site = call.exchange.site.clone();
    let connect = backend::Connect {
        user_dn: request.user_dn,
        flags: request.flags,
        client_version: headers::client_version(&call.head.headers),
        // An impossible number is read as Windows-1252, as an unknown one is.
        code_page: u16::try_from(request.default_code_page).unwrap_or(1252),
        locale: if request.lcid_string <= LCID_MAX { request.lcid_string } else { 0 },
    };
    let (user, engine) = (Arc::clone(&call.user), Arc::clone(&site.backend));
    let version = connect.client_version;
    let connected =
        site.workers.run(move || (engine.connect(&user, &connect), engine.public_folders().is_some())).await;
    let (connected, public) = connected.map_err(|_| ResponseCode::UnknownFailure)?;
    let error_code = match connected {
        Ok(mailbox) => {
            site.mailboxes.end_presented(&call.presented, call.user.id);
            site.clients.note(version, &call.user.address);
            let name = headers::client(&call.head.headers);
            let client = Client { name, mode: auxiliary::client_mode(&request.auxiliary_buffer) };
            with_bell(mailbox, |mailbox| {
                let (cookie, context) = site.mailboxes.create(&call.visitor(), client, mailbox);
                info!(
                    "mailbox session {} of {} opened from {}, {} {version:?}",
                    context.number(),
                    call.user.address,
                    call.peer.address,
                    outlook::release_of(version).name,
                );
                call.exchange.cookie = Some(cookie);
                Some(context)
            });
            ErrorCode::Success
        }
        Err(code) => {
            info!("mailbox session refused to {} from {}: {code:?}", call.user.address, call.peer.address);
            code
        }
    };
    let response = ConnectResponse {
        status_code: 0,
        error_code,
        polls_max: POLLS_MAX_MS,
        retry_count: RETRY_COUNT,
        retry_delay: RETRY_DELAY_MS,
        dn_prefix: String::new(),
        display_name: call.user.display_name.clone(),
        auxiliary_buffer: auxiliary::connect_response(public),
    };
    Ok(Accepted::Now(Outcome::Body(response.to_bytes())))
}

/// Execute. The batch runs in a task of its own: it is finished and committed even if the client
/// is gone, and its context is free again before the answer is on its way.
pub(super) async fn execute(mut call: Call<'_>) -> Answer {
    let context = find(&mut call)?;
    let request: ExecuteRequest = parse(&call.body)?;
    drop(call.body);
    let lease = context.begin().await?;
    if let Some(outcome) = out_of_bounds(&request) {
        return Ok(Accepted::Now(outcome));
    }
    // The batch fetches what there is; at its end the mailbox says whether something is left.
    context.collect();
    let execute =
        backend::Execute { flags: request.flags, rop_buffer: request.rop_buffer, max_rop_out: request.max_rop_out };
    let (sender, receiver) = channel::bounded(1);
    let listener = lease.listener();
    let workers = call.exchange.site.workers.clone();
    let user = call.user;
    call.exchange.site.workers.spawn(async move {
        let outcome = workers.run(move || run(lease, |mailbox| mailbox.execute(&user, &execute))).await;
        // Nobody listens any more if the connection is lost: then the answer is lost too.
        let _ = sender.try_send(outcome.unwrap_or(Outcome::Failed(ResponseCode::UnknownFailure)));
    });
    Ok(Accepted::later(async move {
        let outcome = receiver.recv().await.unwrap_or(Outcome::Failed(ResponseCode::UnknownFailure));
        drop(listener);
        outcome
    }))
}

/// Bounds of the RPC method that Execute stands for. MS-OXCRPC 3.1.4.2. Its RPC status codes go
/// into StatusCode.
fn out_of_bounds(request: &ExecuteRequest) -> Option<Outcome> {
    let max_rop_out = usize::try_from(request.max_rop_out).unwrap_or(usize::MAX);
    if request.rop_buffer.len() > limits::EXECUTE_MAX_BYTES || max_rop_out > limits::EXECUTE_MAX_BYTES {
        let failure = FailureResponse { status_code: BAD_STUB_DATA, auxiliary_buffer: Vec::new() };
        return Some(Outcome::Body(failure.to_bytes()));
    }
    (request.rop_buffer.len() < ROP_BUFFER_MIN_BYTES || max_rop_out < ROP_BUFFER_MIN_BYTES)
        .then(|| execute_body(ErrorCode::NetworkError, Vec::new()))
}

/// Runs a batch in the content of a context, which is lost if the batch cannot be committed.
fn run(
    mut lease: Lease<Box<dyn Mailbox>>,
    batch: impl FnOnce(&mut dyn Mailbox) -> Result<Vec<u8>, ExecuteFailure>,
) -> Outcome {
    let Some(mailbox) = lease.content() else { return Outcome::Failed(ResponseCode::ContextNotFound) };
    match batch(mailbox.as_mut()) {
        Ok(rop_buffer) => {
            let rops = account::operations(mailbox.done());
            Outcome::Executed(execute_response(ErrorCode::Success, rop_buffer), rops)
        }
        Err(ExecuteFailure::Code(code)) => execute_body(code, Vec::new()),
        Err(ExecuteFailure::ContextLost) => {
            error!("a batch could not be committed: its session ends");
            lease.lose();
            Outcome::Failed(ResponseCode::ContextNotFound)
        }
    }
}

fn execute_body(error_code: ErrorCode, rop_buffer: Vec<u8>) -> Outcome {
    Outcome::Body(execute_response(error_code, rop_buffer))
}

fn execute_response(error_code: ErrorCode, rop_buffer: Vec<u8>) -> Vec<u8> {
    ExecuteResponse { status_code: 0, error_code, flags: 0, rop_buffer, auxiliary_buffer: Vec::new() }.to_bytes()
}

/// Disconnect. The response repeats the cookie that is now worth nothing (R1255).
pub(super) async fn disconnect(mut call: Call<'_>) -> Answer {
    let context = find(&mut call)?;
    // MS-OXCMAPIHTTP 3.1.5.4 (R1165) says that there is no body, 2.2.4.3.1 that there is one.
    if !call.body.is_empty() {
        parse::<DisconnectRequest>(&call.body)?;
    }
    let lease = context.begin().await?;
    call.exchange.site.mailboxes.end(&context);
    drop(lease);
    info!("mailbox session {} of {} closed", context.number(), call.user.address);
    let response = DisconnectResponse { status_code: 0, error_code: ErrorCode::Success, auxiliary_buffer: Vec::new() };
    Ok(Accepted::Now(Outcome::Body(response.to_bytes())))
}

/// NotificationWait. Runs beside an Execute, holds neither thread nor transaction, and ends with
/// its connection.
pub(super) fn notification_wait(mut call: Call<'_>) -> Answer {
    let context = find(&mut call)?;
    parse::<NotificationWaitRequest>(&call.body)?;
    let site = call.exchange.site.clone();
    Ok(Accepted::later(async move {
        let waited = context.wait(site.settings.notification_wait, site.stop.said()).await;
        let event_pending = match waited {
            Waited::Event => 1,
            Waited::Quiet => 0,
            Waited::Ended => return Outcome::Failed(ResponseCode::ContextNotFound),
        };
        let response = NotificationWaitResponse {
            status_code: 0,
            error_code: ErrorCode::Success,
            event_pending,
            auxiliary_buffer: Vec::new(),
        };
        Outcome::Body(response.to_bytes())
    }))
}
