//! Fills search folders while the server runs, slice by slice on a thread of its own, so that no
//! request waits for a search. What was under way when the server stopped goes on where it was.

use crate::clock::Clock;
use crate::limits;
use crate::store::Store;
use crate::workers;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{fmt, io};

/// Nobody rings after an error: look again by itself. Also what a lost ring would cost.
const PATIENCE: Duration = Duration::from_secs(60);

/// Dropping it ends the work after the slice at hand.
pub struct Searcher {
    store: Arc<Store>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Searcher {
    /// Starts with what is left to do.
    ///
    /// # Errors
    /// No thread to be had.
    pub fn start(store: Arc<Store>, clock: Clock) -> io::Result<Self> {
        let over = Arc::new(AtomicBool::new(false));
        let (work, ended) = (Arc::clone(&store), Arc::clone(&over));
        let fill = move || {
            let mut last = None;
            while !ended.load(Ordering::SeqCst) {
                match work.search_slice(&mut last, clock.now()) {
                    Ok(true) => thread::sleep(limits::SEARCH_PAUSE),
                    Ok(false) => work.wait_for_search(PATIENCE),
                    Err(error) => {
                        log::error!("a search folder cannot be filled: {error}");
                        work.wait_for_search(PATIENCE);
                    }
                }
            }
        };
        let thread = workers::thread("search", Box::new(fill))?;
        Ok(Self { store, over, thread: Some(thread) })
    }
}

impl Drop for Searcher {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        self.store.wake_search();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Searcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Searcher")
    }
}
