//! The steps of a profile creation and a first look, as `test` and `demo` take them.
//!
//! PLACEHOLDER: the scripted client is being written elsewhere; [`walk`] is where it plugs in.

use super::{CliError, Outcome};
use rustls::RootCertStore;

/// A server as one of its users knows it.
pub(super) struct Target {
    /// `https://HOST[:PORT]`, where autodiscover is asked.
    pub(super) url: String,
    pub(super) address: String,
    pub(super) password: String,
    /// Who may have signed its certificate.
    pub(super) roots: RootCertStore,
    /// Whether something may be written: the demo's mailboxes, not somebody's.
    pub(super) may_write: bool,
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target").field("url", &self.url).field("address", &self.address).finish_non_exhaustive()
    }
}

/// Does what Outlook would do and says each step, ok or FAIL with the reason; the error is that of
/// the first step that failed.
pub(super) fn walk(target: &Target) -> Outcome {
    let _ = (&target.password, &target.roots, target.may_write);
    Err(CliError::new(format!("this build has no client yet to try {target:?}")))
}
