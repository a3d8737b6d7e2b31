//! The Basic scheme, RFC 7617, as Windows speaks it: WinHTTP encodes in the system's code page and
//! ignores `charset="UTF-8"`, so bytes beyond ASCII are read as UTF-8 first and then as Windows-1252.

use super::Rejected;
use crate::limits::AUTHORIZATION_MAX_BYTES;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// One way to read what was sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Reading {
    /// As typed: `user@domain`, `DOMAIN\user` or `user`.
    pub name: String,
    /// As typed, in UTF-8 whatever it came in.
    pub password: String,
}

impl std::fmt::Debug for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reading").field("name", &self.name).finish_non_exhaustive()
    }
}

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What an `Authorization` header may mean: one reading, or two when it holds bytes beyond ASCII.
///
/// # Errors
/// Another scheme, or something that is not `name:password` in base64.
pub fn parse(authorization: &[u8]) -> Result<Vec<Reading>, Rejected> {
    if authorization.len() > AUTHORIZATION_MAX_BYTES {
        return Err(Rejected::Malformed);
    }
    let mut words = authorization.splitn(2, |&byte| byte == b' ');
    let scheme = words.next().unwrap_or_default();
    if !scheme.eq_ignore_ascii_case(b"basic") {
        return Err(Rejected::OtherScheme);
    }
    let encoded = words.next().unwrap_or_default().trim_ascii();
    let bytes = BASE64.decode(encoded).map_err(|_| Rejected::Malformed)?;
    let utf8 = std::str::from_utf8(&bytes).ok().map(str::to_owned);
    let windows = || encoding_rs::WINDOWS_1252.decode_without_bom_handling(&bytes).0.into_owned();
    let texts = match utf8 {
        Some(text) if text.is_ascii() => vec![text],
        Some(text) => vec![text, windows()],
        None => vec![windows()],
    };
    texts.iter().map(|text| reading(text).ok_or(Rejected::Malformed)).collect()
}

/// RFC 7617 section 2: the first colon separates, and neither part holds control characters.
fn reading(text: &str) -> Option<Reading> {
    let (name, password) = text.split_once(':')?;
    // C1 controls are what Windows-1252 makes of bytes that it does not define.
    if name.is_empty() || name.chars().any(char::is_control) || password.chars().any(|c| c.is_ascii_control()) {
        return None;
    }
    Some(Reading { name: name.to_owned(), password: password.to_owned() })
}
