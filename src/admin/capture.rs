//! Starting a capture of one user's traffic in the running server.

use super::{Admin, Refusal, Response, find};
use crate::limits;
use std::path::Path;
use std::time::Duration;

impl Admin {
    pub(super) fn capture(&self, address: &str, minutes: u32) -> Result<Response, Refusal> {
        if !(1..=limits::CAPTURE_MAX_MINUTES).contains(&minutes) {
            return Err(Refusal::new(format!("a capture takes 1 to {} minutes", limits::CAPTURE_MAX_MINUTES)));
        }
        let site = self.site()?;
        let user = find(&self.store.read()?, address)?;
        let now = self.clock.now().civil();
        let name = format!(
            "capture-{}-{:04}{:02}{:02}{:02}{:02}{:02}.txt",
            user.id, now.year, now.month, now.day, now.hour, now.minute, now.second
        );
        let path = Path::new(&self.data).join(name);
        let until = self.clock.monotonic().saturating_add(Duration::from_secs(u64::from(minutes).saturating_mul(60)));
        let begun = site.captures.begin(&user, &path, until);
        begun.map_err(|error| Refusal::new(format!("{}: {error}", path.display())))?;
        Ok(Response::Capturing { path: path.to_string_lossy().into_owned() })
    }
}
