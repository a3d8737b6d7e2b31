//! Ctrl-C, or the end of the machine, in the middle of a long command: what is half-made goes at once,
//! and the person is told that nothing came of it.
//!
//! A process that is killed for good leaves its draft behind; the next one of that name removes it
//! (`files.rs`, `archive/install.rs`).

use super::terminal::note;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};
use std::path::Path;
use std::thread::{self, JoinHandle};

/// While it lives, SIGINT and SIGTERM take a file or directory away before they end the process.
/// Dropped before what was made gets its name: from then on it is too late to stop.
pub(super) struct Unmade {
    handle: Handle,
    watch: Option<JoinHandle<()>>,
}

impl Unmade {
    /// `None` where signals cannot be waited for: then they do what they always do.
    pub(super) fn on_signal(path: &Path, what: &str) -> Option<Self> {
        let mut signals = Signals::new([SIGINT, SIGTERM]).ok()?;
        let (handle, path, what) = (signals.handle(), path.to_owned(), what.to_owned());
        let watch = thread::spawn(move || {
            let Some(signal) = signals.forever().next() else { return };
            let _ = if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
            note(&format!("error: interrupted: {what}"));
            std::process::exit(128_i32.saturating_add(signal));
        });
        Some(Self { handle, watch: Some(watch) })
    }
}

impl Drop for Unmade {
    fn drop(&mut self) {
        self.handle.close();
        if let Some(watch) = self.watch.take() {
            let _ = watch.join();
        }
    }
}
