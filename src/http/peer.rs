//! Who is at the other end, behind proxies or not. X-Forwarded-For is believed only from
//! the networks named in the configuration, and only up to the first address that is not one of
//! them, read from the right.

pub use crate::config::Network;

use hyper::HeaderMap;
use std::net::{IpAddr, Ipv6Addr};

/// One end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// Address, IPv4 in its own form.
    pub address: IpAddr,
    /// TLS on this connection.
    pub secure: bool,
    /// The address is the client's: it came to us itself, or a trusted proxy says where it came from.
    /// What comes without TLS comes from a proxy.
    pub is_client: bool,
    /// Our own address that it came to, where that is no proxy's business.
    pub local: Option<IpAddr>,
}

impl Peer {
    /// A peer; IPv4 addresses that a dual-stack listener maps into IPv6 are taken out again.
    #[must_use]
    pub fn new(address: IpAddr, secure: bool) -> Self {
        Self { address: address.to_canonical(), secure, is_client: secure, local: None }
    }

    /// The same at this address of ours.
    #[must_use]
    pub fn at(self, local: Option<IpAddr>) -> Self {
        Self { local: local.map(|address| address.to_canonical()), ..self }
    }

    /// The peer on whose behalf a trusted proxy sends the request.
    #[must_use]
    pub fn forwarded(self, headers: &HeaderMap, trusted: &[Network]) -> Self {
        let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
        if !is_trusted(self.address) {
            return self;
        }
        let fields = headers.get_all("x-forwarded-for").iter().rev();
        let hops = fields.flat_map(|field| field.as_bytes().rsplit(|byte| *byte == b','));
        let mut address = self.address;
        let mut is_client = false;
        for hop in hops {
            let hop = std::str::from_utf8(hop).ok().and_then(parse_hop);
            // What is unreadable may be anybody.
            is_client = hop.is_some();
            let Some(hop) = hop else { break };
            address = hop;
            if !is_trusted(hop) {
                break;
            }
        }
        Self { address, is_client, local: None, ..self }
    }

    /// Whether the client is certainly in one of the networks at home.
    #[must_use]
    pub fn is_at_home(self, internal: &[Network]) -> bool {
        self.is_client && internal.iter().any(|network| network.contains(self.address))
    }
}

/// An address as proxies write it: bare, or with a port, IPv6 then in brackets.
fn parse_hop(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address.to_canonical());
    }
    if let Some(rest) = text.strip_prefix('[') {
        return rest.split(']').next()?.parse().ok().map(|address: IpAddr| address.to_canonical());
    }
    text.split(':').next()?.parse().ok()
}

/// What counts as one peer for limits: an IPv4 address, or the /64 that one IPv6 customer has.
#[must_use]
pub fn limited_as(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
        v4 @ IpAddr::V4(_) => v4,
    }
}
