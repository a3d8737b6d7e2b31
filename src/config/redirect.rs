//! Where Autodiscover sends those who ask for a domain that is not here: `example.net=@example.org`
//! (the same person at another domain), `example.net=ann@example.org`, or
//! `example.net=https://mail.example.net/autodiscover/autodiscover.xml`.

use super::is_host_name;
use std::str::FromStr;

/// One domain's redirect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// Lower case.
    domain: String,
    target: String,
}

/// What a client is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redirected {
    /// To ask again for another address.
    Address(String),
    /// To ask elsewhere.
    Url(String),
}

impl Redirect {
    /// Where an address leads, if it is of this domain.
    #[must_use]
    pub fn of(&self, address: &str) -> Option<Redirected> {
        let (local, domain) = address.rsplit_once('@')?;
        if !domain.eq_ignore_ascii_case(&self.domain) {
            return None;
        }
        Some(match self.target.as_str() {
            url if url.starts_with("https://") => Redirected::Url(url.to_owned()),
            other if other.starts_with('@') => Redirected::Address(format!("{local}{other}")),
            whole => Redirected::Address(whole.to_owned()),
        })
    }
}

impl FromStr for Redirect {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("{} is not DOMAIN=@DOMAIN, DOMAIN=ADDRESS or DOMAIN=https://HOST/PATH", text.escape_debug());
        let (domain, target) = text.split_once('=').ok_or_else(wrong)?;
        let plain = target.bytes().all(|byte| byte.is_ascii_graphic());
        let fits = match target.strip_prefix("https://") {
            Some(rest) => is_host_name(rest.split([':', '/']).next().unwrap_or_default()),
            None => target.rsplit_once('@').is_some_and(|(_, other)| is_host_name(other) && other != domain),
        };
        if !is_host_name(domain) || !plain || !fits {
            return Err(wrong());
        }
        Ok(Self { domain: domain.to_ascii_lowercase(), target: target.to_owned() })
    }
}
