//! PLACEHOLDER on this branch: passwords are being written elsewhere.

use crate::directory::User;
use std::net::IpAddr;
use std::sync::Arc;

/// Not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejected;

/// Checks passwords.
#[derive(Debug)]
pub struct Authenticator;

impl Authenticator {
    /// Checks the value of an Authorization field.
    #[expect(clippy::unused_async, reason = "placeholder")]
    pub async fn basic(&self, _authorization: Option<&[u8]>, _peer: IpAddr) -> Result<Arc<User>, Rejected> {
        Err(Rejected)
    }
}
