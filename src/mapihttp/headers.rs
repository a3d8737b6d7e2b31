//! The header of a request: what must be there, and what goes back as it came.
//! MS-OXCMAPIHTTP 2.2.2.1, 2.2.3.

use super::{Endpoint, ResponseCode};
use crate::backend::Backend;
use crate::limits;
use crate::outlook;
use hyper::HeaderMap;
use hyper::header::{CONTENT_TYPE, HeaderValue, USER_AGENT};
use hyper::http::request::Parts;

pub(super) const X_REQUEST_TYPE: &str = "x-requesttype";
pub(super) const X_REQUEST_ID: &str = "x-requestid";
pub(super) const X_CLIENT_INFO: &str = "x-clientinfo";
const X_CLIENT_APPLICATION: &str = "x-clientapplication";
pub(super) const MAPI_HTTP: &str = "application/mapi-http";

/// What the server repeats, in the spelling of the client (R156, R2040).
#[derive(Debug)]
pub(super) struct Echo(pub(super) Vec<(&'static str, HeaderValue)>);

impl Echo {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let names = [X_REQUEST_TYPE, X_REQUEST_ID, X_CLIENT_INFO];
        Self(names.into_iter().filter_map(|name| Some((name, headers.get(name)?.clone()))).collect())
    }

    /// A field for the log, quoted.
    pub(super) fn field(&self, name: &str) -> String {
        let value = self.0.iter().find(|(known, _)| *known == name);
        value.map_or_else(|| "-".to_owned(), |(_, value)| format!("{value:?}"))
    }

    /// For the log.
    pub(super) fn request_type(&self) -> String {
        self.field(X_REQUEST_TYPE)
    }
}

/// X-RequestType. MS-OXCMAPIHTTP 2.2.3.3.1
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RequestType {
    Connect,
    Execute,
    Disconnect,
    NotificationWait,
    Bind,
    Unbind,
    Ping,
    /// Any other of the address book, as the client spells it.
    AddressBook(String),
}

impl RequestType {
    /// Spellings differ between clients, so case does not count.
    fn parse(endpoint: Endpoint, name: &str, backend: &dyn Backend) -> Option<Self> {
        let lower = name.to_ascii_lowercase();
        Some(match (endpoint, lower.as_str()) {
            (_, "ping") => Self::Ping,
            (Endpoint::Mailbox, "connect") => Self::Connect,
            (Endpoint::Mailbox, "execute") => Self::Execute,
            (Endpoint::Mailbox, "disconnect") => Self::Disconnect,
            (Endpoint::Mailbox, "notificationwait") => Self::NotificationWait,
            (Endpoint::AddressBook, "bind") => Self::Bind,
            (Endpoint::AddressBook, "unbind") => Self::Unbind,
            (Endpoint::AddressBook, _) if backend.is_address_book_request(name) => Self::AddressBook(name.to_owned()),
            _ => return None,
        })
    }
}

/// Checks a header before anything else is looked at.
pub(super) fn check(endpoint: Endpoint, head: &Parts, backend: &dyn Backend) -> Result<RequestType, ResponseCode> {
    let headers = &head.headers;
    let name = single(headers, X_REQUEST_TYPE)?;
    single(headers, X_REQUEST_ID)?;
    let name = name.to_str().map_err(|_| ResponseCode::InvalidHeader)?;
    let request_type = RequestType::parse(endpoint, name, backend).ok_or(ResponseCode::InvalidRequestType)?;
    match headers.get(CONTENT_TYPE) {
        // PING has no body, so it may have no type.
        None if request_type == RequestType::Ping => {}
        None => return Err(ResponseCode::MissingHeader),
        Some(value) => {
            let essence = value.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
            if !essence.trim_ascii().eq_ignore_ascii_case(MAPI_HTTP.as_bytes()) {
                return Err(ResponseCode::InvalidHeader);
            }
        }
    }
    Ok(request_type)
}

/// A field that must come exactly once: two would be two requests to two readers.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a HeaderValue, ResponseCode> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().ok_or(ResponseCode::MissingHeader)?;
    if values.next().is_some() {
        return Err(ResponseCode::InvalidHeader);
    }
    Ok(value)
}

/// What the client says it is, for people: X-ClientApplication, else User-Agent.
pub(super) fn client(headers: &HeaderMap) -> String {
    let value = headers.get(X_CLIENT_APPLICATION).or_else(|| headers.get(USER_AGENT));
    let text = value.and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.chars().filter(|c| !c.is_ascii_control()).take(limits::CLIENT_NAME_MAX_CHARS).collect()
}

/// What the client's release is, by X-ClientApplication; a client is not refused for its name
/// (2.2.3.3.6).
pub(super) fn client_version(headers: &HeaderMap) -> [u16; 3] {
    let value = headers.get(X_CLIENT_APPLICATION).and_then(|value| value.to_str().ok());
    outlook::application_version(value.unwrap_or_default())
}
