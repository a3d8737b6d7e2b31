//! The context cookie. MS-OXCMAPIHTTP 2.2.3.2.3, 2.2.3.2.4; RFC 6265.
//!
//! 256 random bits in hexadecimal. The server keeps only their hash: who reads its memory or its
//! session file cannot continue a session. Finding a context by hash needs no comparison in
//! constant time, for nobody can choose a cookie by its hash.

use crate::{limits, random};
use hyper::HeaderMap;
use hyper::header::COOKIE;
use ring::digest::{SHA256, digest};
use std::fmt;

/// The only cookie there is; the specification leaves the name to the server (R1222).
pub const COOKIE_NAME: &str = "MapiContext";

const SECRET_BYTES: usize = 32;

/// What a cookie hashes to: the key of its context.
pub(super) type CookieHash = [u8; 32];

/// A cookie as it travels.
#[derive(Clone, PartialEq, Eq)]
pub struct Cookie(String);

impl Cookie {
    pub(super) fn generate() -> Self {
        let secret = random::bytes::<SECRET_BYTES>();
        Self(secret.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    fn parse(value: &[u8]) -> Option<Self> {
        let hexadecimal = value.len() == SECRET_BYTES.saturating_mul(2)
            && value.iter().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte));
        if !hexadecimal {
            return None;
        }
        String::from_utf8(value.to_vec()).ok().map(Self)
    }

    pub(super) fn hash(&self) -> CookieHash {
        CookieHash::try_from(digest(&SHA256, self.0.as_bytes()).as_ref()).unwrap_or_default()
    }

    /// The value of a Set-Cookie field. `secure` only where the client sees TLS: it would not send
    /// the cookie back otherwise.
    #[must_use]
    pub fn set_cookie(&self, path: &str, secure: bool) -> String {
        let secure = if secure { "; Secure" } else { "" };
        format!("{COOKIE_NAME}={}; Path={path}; HttpOnly{secure}", self.0)
    }
}

/// A log must not hold what opens a session.
impl fmt::Debug for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cookie")
    }
}

/// The context cookies of one request. A client that keeps one jar for both endpoints sends two.
#[derive(Debug, Default)]
pub struct Presented {
    pub(super) cookies: Vec<Cookie>,
    pub(super) malformed: bool,
}

impl Presented {
    /// Reads every Cookie field; cookies of other names are ignored.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let mut presented = Self::default();
        let pairs = headers.get_all(COOKIE).iter().flat_map(|field| field.as_bytes().split(|byte| *byte == b';'));
        let values = pairs.filter_map(|pair| {
            let (name, value) = pair.trim_ascii().split_at_checked(COOKIE_NAME.len())?;
            let value = value.trim_ascii_start().strip_prefix(b"=")?.trim_ascii();
            (name == COOKIE_NAME.as_bytes()).then_some(value)
        });
        for value in values.take(limits::COOKIES_MAX) {
            match Cookie::parse(value) {
                Some(cookie) => presented.cookies.push(cookie),
                None => presented.malformed = true,
            }
        }
        presented
    }
}
