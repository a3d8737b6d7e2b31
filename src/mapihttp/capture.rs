//! Captures of one user's traffic, for support: bodies in hex, readable by `mailstead decode`.
//!
//! Only the type and number of a request and the bodies are written: no cookie, no credentials. The
//! bodies are mail all the same, so the file is for the service user alone, ends by itself, is
//! bounded, and its beginning and end are in the log.

use crate::directory::User;
use crate::limits;
use log::{info, warn};
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The captures under way.
#[derive(Debug, Default)]
pub struct Captures {
    any: AtomicBool,
    running: Mutex<Vec<Capture>>,
}

#[derive(Debug)]
struct Capture {
    user: u32,
    address: String,
    /// On the monotonic clock.
    until: Duration,
    file: File,
    left: u64,
}

impl Drop for Capture {
    fn drop(&mut self) {
        info!("the capture of {}'s traffic has ended", self.address);
    }
}

impl Captures {
    fn running(&self) -> MutexGuard<'_, Vec<Capture>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins one, in a new file; one of the same user ends.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn begin(&self, user: &User, path: &Path, until: Duration) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(crate::files::PRIVATE).open(path)?;
        file.write_all(b"# mailstead decode reads this. It holds mail: give it to nobody who may not read that.\n")?;
        let mut running = self.running();
        running.retain(|capture| capture.user != user.id);
        let (address, left) = (user.address.clone(), limits::CAPTURE_MAX_BYTES);
        info!("capturing {address}'s traffic in {}", path.display());
        running.push(Capture { user: user.id, address, until, file, left });
        self.any.store(true, Ordering::SeqCst);
        Ok(())
    }

    /// Whether a user's traffic is captured; costs nothing when nobody's is.
    pub(super) fn has(&self, user: u32) -> bool {
        self.any.load(Ordering::Relaxed) && self.running().iter().any(|capture| capture.user == user)
    }

    /// Writes a body down. The bytes go to the page cache, so a thread that serves others may do it.
    pub(super) fn note(&self, user: u32, now: Duration, title: &str, body: &[u8]) {
        let mut text = format!("{title}\n");
        for line in body.chunks(64) {
            for byte in line {
                let _ = write!(text, "{byte:02x}");
            }
            text.push('\n');
        }
        let len = u64::try_from(text.len()).unwrap_or(u64::MAX);
        let mut running = self.running();
        running.retain_mut(|capture| {
            if capture.user != user {
                return true;
            }
            let Some(left) = capture.left.checked_sub(len).filter(|_| now < capture.until) else { return false };
            capture.left = left;
            capture.file.write_all(text.as_bytes()).inspect_err(|error| warn!("capture: {error}")).is_ok()
        });
        self.any.store(!running.is_empty(), Ordering::SeqCst);
    }

    /// Ends what is over.
    pub fn sweep(&self, now: Duration) {
        if self.any.load(Ordering::Relaxed) {
            let mut running = self.running();
            running.retain(|capture| now < capture.until);
            self.any.store(!running.is_empty(), Ordering::SeqCst);
        }
    }
}
