//! What is done every minute while the server runs: small things that block on the disk, on a
//! thread of their own.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{fmt, io};

const PERIOD: Duration = Duration::from_secs(60);

/// Dropping it ends the upkeep.
pub struct Upkeep {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Upkeep {
    /// Does `work` every minute, the first time in a minute.
    ///
    /// # Errors
    /// No thread to be had.
    pub fn start(mut work: impl FnMut() + Send + 'static) -> io::Result<Self> {
        let (end, ended) = channel::<()>();
        let every_minute = move || {
            while ended.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
                work();
            }
        };
        let thread = thread::Builder::new().name("upkeep".into()).spawn(every_minute)?;
        Ok(Self { end: Some(end), thread: Some(thread) })
    }
}

impl Drop for Upkeep {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Upkeep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Upkeep")
    }
}
