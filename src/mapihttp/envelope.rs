//! What is around every response body: the header, the meta-tags PROCESSING, PENDING and DONE, the
//! additional headers. MS-OXCMAPIHTTP 2.2.2.2, 2.2.7, 3.2.5.2.

use super::account::Account;
use super::headers::{Echo, MAPI_HTTP, X_REQUEST_ID};
use super::{Endpoint, ResponseCode};
use crate::http::{Body, Peer, Site};
use crate::session::Cookie;
use crate::wire::FileTime;
use async_io::Timer;
use hyper::Response;
use hyper::body::Bytes;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, SET_COOKIE};
use smol::{future, stream};
use std::pin::Pin;
use std::time::{Duration, Instant};

/// Format `Exchange/15.dd.dddd.ddd`; clients match it by pattern.
/// UNVERIFIED: what Outlook makes of the number itself; this is one of Exchange 2016.
const SERVER_APPLICATION: &str = "Exchange/15.01.2507.044";
const TEXT_HTML: &str = "text/html";

/// How a request that was accepted ended.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The response body of the request type.
    Body(Vec<u8>),
    /// The same of an Execute, with what the log is told of its operations.
    Executed(Vec<u8>, String),
    /// Failed after the header was sent (R2229).
    Failed(ResponseCode),
}

/// When a request came.
#[derive(Debug, Clone, Copy)]
struct Started {
    date: FileTime,
    instant: Instant,
}

/// One request and what its response needs to know of it.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) site: Site,
    pub(super) endpoint: Endpoint,
    peer: Peer,
    echo: Echo,
    /// The context's cookie, once it is known; every response repeats it (R1236).
    pub(super) cookie: Option<Cookie>,
    /// Of the user's own sessions, where they live otherwise than others'.
    pub(super) expiry_s: Option<u32>,
    started: Started,
}

impl Exchange {
    pub(super) fn new(site: &Site, endpoint: Endpoint, peer: Peer, echo: Echo) -> Self {
        let started = Started { date: site.clock.now(), instant: Instant::now() };
        Self { site: site.clone(), endpoint, peer, echo, cookie: None, expiry_s: None, started }
    }

    /// A refusal: HTTP 200, the code, and a page that says it in words.
    pub(super) fn refuse(self, code: ResponseCode) -> Response<Body> {
        let page = Bytes::from(page(code, &self.facts()));
        self.response(code, TEXT_HTML, Body::pieces(stream::once(page)))
    }

    /// Accepts the request: the header and PROCESSING go out at once, the rest as it comes.
    pub(super) fn accept(
        self,
        account: Account,
        outcome: impl Future<Output = Outcome> + Send + 'static,
    ) -> Response<Body> {
        let facts = self.facts();
        // A little early, so that the line has arrived when the period ends.
        let period = self.site.settings.pending_period;
        let period = period.saturating_sub(period / 10);
        let work = Work { outcome: Box::pin(outcome), account, facts };
        let phases = stream::unfold(Phase::Accepted(work), move |phase| next(phase, period));
        self.response(ResponseCode::Success, MAPI_HTTP, Body::pieces(phases))
    }

    fn facts(&self) -> Facts {
        let plain = |c: &char| c.is_ascii_alphanumeric() || "{}-:.".contains(*c);
        let request_id = self.echo.field(X_REQUEST_ID).chars().filter(plain).take(64).collect();
        Facts { started: self.started, request_id }
    }

    fn response(self, code: ResponseCode, content_type: &'static str, body: Body) -> Response<Body> {
        let settings = &self.site.settings;
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        for (name, value) in self.echo.0 {
            headers.insert(name, value);
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private"));
        headers.insert("x-responsecode", HeaderValue::from_static(code.number()));
        headers.insert("x-serverapplication", HeaderValue::from_static(SERVER_APPLICATION));
        headers.insert("x-pendingperiod", milliseconds(settings.pending_period));
        let expiry = self.expiry_s.map_or(settings.expiry, |seconds| Duration::from_secs(seconds.into()));
        headers.insert("x-expirationinfo", milliseconds(expiry));
        if let Some(cookie) = &self.cookie {
            let field = cookie.set_cookie(self.endpoint.path(), self.peer.secure);
            if let Ok(field) = HeaderValue::from_str(&field) {
                headers.insert(SET_COOKIE, field);
            }
        }
        response
    }
}

/// A request that is being answered.
struct Work<F> {
    outcome: Pin<Box<F>>,
    account: Account,
    facts: Facts,
}

enum Phase<F> {
    Accepted(Work<F>),
    Working(Work<F>),
    Finished,
}

/// The next piece of an accepted response, and the phase after it.
async fn next<F: Future<Output = Outcome>>(phase: Phase<F>, period: Duration) -> Option<(Bytes, Phase<F>)> {
    match phase {
        Phase::Accepted(work) => Some((Bytes::from_static(b"PROCESSING\r\n"), Phase::Working(work))),
        Phase::Working(mut work) => {
            let ended = future::or(async { Some(work.outcome.as_mut().await) }, async {
                Timer::after(period).await;
                None
            });
            Some(match ended.await {
                Some(outcome) => (Bytes::from(done(outcome, work.account, &work.facts)), Phase::Finished),
                None => (Bytes::from_static(b"PENDING\r\n"), Phase::Working(work)),
            })
        }
        Phase::Finished => None,
    }
}

/// DONE, the additional headers, the empty line and the body. Some clients read it line by line,
/// so every line ends in CRLF.
fn done(outcome: Outcome, account: Account, facts: &Facts) -> Vec<u8> {
    let started = facts.started;
    let elapsed_ms = started.instant.elapsed().as_millis();
    let mut bytes =
        format!("DONE\r\nX-ElapsedTime: {elapsed_ms}\r\nX-StartTime: {}\r\n", started.date.http_date()).into_bytes();
    let (body, rops) = match outcome {
        Outcome::Body(body) => (body, String::new()),
        Outcome::Executed(body, rops) => (body, rops),
        Outcome::Failed(code) => {
            let lines = format!("X-ResponseCode: {}\r\nContent-Type: {TEXT_HTML}\r\n\r\n", code.number());
            bytes.extend_from_slice(lines.as_bytes());
            bytes.extend_from_slice(page(code, facts).as_bytes());
            account.refused(code);
            return bytes;
        }
    };
    account.answered(&body, &rops);
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(&body);
    bytes
}

/// What a failure page says beside the failure: what one looks for in the log.
#[derive(Debug)]
struct Facts {
    started: Started,
    request_id: String,
}

/// A failure in words, for whoever looks at the traffic: what, when, which request, and what to do.
/// Nothing of the server's inside, and of the client's words only what cannot be markup.
///
/// Exchange is said to have X-FailureInfo beside it. Its form is in no specification and no capture that
/// we know of, and a client that reads it would expect Exchange's own exceptions: it is left out.
fn page(code: ResponseCode, facts: &Facts) -> String {
    format!(
        "<!DOCTYPE html><title>Mailstead</title><p>{} (X-ResponseCode {})</p>\n\
         <p>Request {} of {}. {}</p>\n",
        code.text(),
        code.number(),
        facts.request_id,
        facts.started.date.http_date(),
        code.advice(),
    )
}

fn milliseconds(duration: Duration) -> HeaderValue {
    HeaderValue::from(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}
