//! URLs as far as a client of Autodiscover needs them.

use super::{ClientError, Trouble};
use hyper::http::Uri;
use std::fmt;

/// Whom a connection leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// With TLS.
    pub is_https: bool,
    /// Name or address; IPv6 without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let standard = if self.is_https { 443 } else { 80 };
        if self.host.contains(':') {
            write!(f, "[{}]", self.host)?
        } else {
            f.write_str(&self.host)?
        };
        if self.port == standard { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

/// An absolute http or https URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// Scheme, host and port.
    pub origin: Origin,
    /// Path and query, beginning with a slash.
    pub path: String,
}

impl Url {
    /// Reads a URL.
    ///
    /// # Errors
    /// Not absolute, or of another scheme.
    pub fn parse(text: &str) -> Result<Self, ClientError> {
        let wrong = || Trouble::Url(text.escape_debug().to_string());
        let uri: Uri = text.trim().parse().map_err(|_| wrong())?;
        let is_https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(wrong().into()),
        };
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = uri.port_u16().unwrap_or(if is_https { 443 } else { 80 });
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Ok(Self { origin: Origin { is_https, host, port }, path })
    }

    /// The same server, another path.
    #[must_use]
    pub fn at(&self, path: &str) -> Self {
        Self { origin: self.origin.clone(), path: path.to_owned() }
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.origin.is_https { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.origin, self.path)
    }
}
