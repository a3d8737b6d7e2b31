//! What goes wrong on the way to a server and back.

use crate::mapi::ErrorCode;
use crate::wire::WireError;
use std::fmt;
use std::io;

/// Why a step failed: a word that every step can pass on.
#[derive(Debug)]
pub struct ClientError(Box<Trouble>);

impl From<Trouble> for ClientError {
    #[inline(never)]
    fn from(trouble: Trouble) -> Self {
        Self(Box::new(trouble))
    }
}

/// What kept a step from its end.
#[derive(Debug)]
pub enum Trouble {
    /// Not a URL that can be asked.
    Url(String),
    /// The name has no address.
    Name {
        /// The name.
        host: String,
        /// What the resolver says.
        error: io::Error,
    },
    /// Nobody takes the connection.
    Connect {
        /// Host and port.
        at: String,
        /// What the system says.
        error: io::Error,
    },
    /// The server's certificate, or what it takes for TLS.
    Tls {
        /// Host and port.
        at: String,
        /// What is wrong.
        error: io::Error,
    },
    /// The connection broke.
    Broken(io::Error),
    /// No answer in time; to what.
    Timeout(&'static str),
    /// An HTTP status that says no.
    Status {
        /// The number.
        status: u16,
        /// Who said it.
        url: String,
    },
    /// X-ResponseCode of a refusal, and the page that came with it. MS-OXCMAPIHTTP 2.2.3.3.3
    ResponseCode(u32, String),
    /// StatusCode, ErrorCode or ReturnValue; of what.
    Refused(&'static str, ErrorCode),
    /// An Autodiscover error.
    Autodiscover {
        /// ErrorCode.
        code: String,
        /// Message.
        message: String,
    },
    /// An answer that does not fit the specification: which, and how.
    Malformed(&'static str, String),
}

impl ClientError {
    /// What it was.
    #[must_use]
    pub fn trouble(&self) -> &Trouble {
        &self.0
    }

    /// The code of a refusal, if this is one.
    #[must_use]
    pub fn code(&self) -> Option<ErrorCode> {
        if let Trouble::Refused(_, code) = self.trouble() { Some(*code) } else { None }
    }

    /// The X-ResponseCode, if this is one.
    #[must_use]
    pub fn response_code(&self) -> Option<u32> {
        if let Trouble::ResponseCode(code, _) = self.trouble() { Some(*code) } else { None }
    }
}

/// A decoding error of the answer `what`.
pub(super) fn malformed(what: &'static str) -> impl FnOnce(WireError) -> ClientError {
    move |error| Trouble::Malformed(what, error.to_string()).into()
}

/// What the system says, without the number it says it by.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    text.get(..end).unwrap_or_default().to_owned()
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.trouble() {
            Trouble::Url(text) => write!(f, "{text} is not an http or https URL"),
            Trouble::Name { host, error } => write!(f, "{host} has no address: {}", plain(error)),
            Trouble::Connect { at, error } => write!(f, "no connection to {at}: {}", plain(error)),
            Trouble::Tls { at, error } => write!(f, "no TLS with {at}: {}", plain(error)),
            Trouble::Broken(error) => write!(f, "the connection broke: {}", plain(error)),
            Trouble::Timeout(what) => write!(f, "no answer in time: {what}"),
            Trouble::Status { status, url } => write!(f, "HTTP status {status} from {url}"),
            Trouble::ResponseCode(code, page) => {
                let page = page.lines().next().unwrap_or_default();
                write!(f, "X-ResponseCode {code}: {}", page.escape_debug())
            }
            Trouble::Refused(what, code) => write!(f, "{what}: {code:?} ({:#010X})", code.0),
            Trouble::Autodiscover { code, message } => {
                write!(f, "autodiscover error {}: {}", code.escape_debug(), message.escape_debug())
            }
            Trouble::Malformed(what, how) => write!(f, "{what}: an answer that cannot be read: {how}"),
        }
    }
}

impl std::error::Error for ClientError {}
