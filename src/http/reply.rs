//! Plain answers: pages for people, challenges, redirects.

use super::Body;
use crate::auth::Rejected;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use hyper::{Response, StatusCode};

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
/// One scheme, completely: Outlook prompts for ever where Negotiate is offered and does not work.
const CHALLENGE: HeaderValue = HeaderValue::from_static("Basic realm=\"Mailstead\"");

/// A small HTML page with one sentence. The sentence is ours, never a client's.
pub(crate) fn page(status: StatusCode, sentence: &str) -> Response<Body> {
    let html = format!("<!DOCTYPE html><title>Mailstead</title><p>{sentence}</p>\n");
    let mut response = Response::new(Body::whole(html));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HTML);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private"));
    response
}

pub(crate) fn not_found() -> Response<Body> {
    page(StatusCode::NOT_FOUND, "There is nothing at this address.")
}

/// Asks for a name and a password. Short: every new connection of Outlook begins with it. Where
/// the password may well be right, the client is asked to wait instead: it would ask its person.
pub(super) fn rejected(why: Rejected) -> Response<Body> {
    let Some(wait_s) = why.retry_after_s() else {
        let mut response = page(StatusCode::UNAUTHORIZED, "A user name and a password are needed.");
        response.headers_mut().insert(WWW_AUTHENTICATE, CHALLENGE);
        return response;
    };
    let mut response = page(StatusCode::SERVICE_UNAVAILABLE, "Too many attempts; try again in a while.");
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait_s));
    response
}

/// Sends the client to another URL.
pub(crate) fn moved(url: &str) -> Response<Body> {
    let Ok(location) = HeaderValue::from_str(url) else { return not_found() };
    let mut response = page(StatusCode::FOUND, "This is answered elsewhere.");
    response.headers_mut().insert(LOCATION, location);
    response
}
