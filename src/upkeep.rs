//! What is done every minute while the server runs: small things that block on the disk, on a
//! thread of their own.

use crate::workers;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use std::{fmt, io};

const PERIOD: Duration = Duration::from_secs(60);

/// Dropping it ends the upkeep.
pub struct Upkeep {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Upkeep {
    /// Does `work` every minute, the first time in a minute.
    ///
    /// # Errors
    /// No thread to be had.
    pub fn start(mut work: Box<dyn FnMut() + Send>) -> io::Result<Self> {
        let over = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&over);
        let every_minute = move || {
            let mut last = Instant::now();
            while !ended.load(Ordering::SeqCst) {
                // A thread may be woken for no reason, or for another's.
                let left = PERIOD.saturating_sub(last.elapsed());
                if !left.is_zero() {
                    thread::park_timeout(left);
                    continue;
                }
                work();
                last = Instant::now();
            }
        };
        let thread = workers::thread("upkeep", Box::new(every_minute))?;
        Ok(Self { over, thread: Some(thread) })
    }
}

impl Drop for Upkeep {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Upkeep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Upkeep")
    }
}
