//! The time: the system's, or the one a test says. Nothing below the edge reads another clock.

use crate::wire::FileTime;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A source of the current time. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    /// Ticks of a test's clock; `None` reads the system's.
    test: Option<Arc<AtomicU64>>,
}

impl Clock {
    /// The system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands still until [`Clock::advance`].
    #[must_use]
    pub fn test(start: FileTime) -> Self {
        Self { test: Some(Arc::new(AtomicU64::new(start.0))) }
    }

    /// Now, UTC.
    #[must_use]
    pub fn now(&self) -> FileTime {
        if let Some(ticks) = &self.test {
            return FileTime(ticks.load(Ordering::SeqCst));
        }
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let whole = FileTime::from_unix(i64::try_from(since_1970.as_secs()).unwrap_or(0));
        FileTime(whole.0.saturating_add(u64::from(since_1970.subsec_nanos()) / 100))
    }

    /// Time since some fixed moment, never going back: what idle times are measured with. A Pi
    /// without a battery learns the date only after its start.
    #[must_use]
    pub fn monotonic(&self) -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        match &self.test {
            Some(ticks) => Duration::from_micros(ticks.load(Ordering::SeqCst) / 10),
            None => START.get_or_init(Instant::now).elapsed(),
        }
    }

    /// Moves a test's clock; the system's stays as it is.
    pub fn advance(&self, by: Duration) {
        if let Some(ticks) = &self.test {
            let step = u64::try_from(by.as_nanos() / 100).unwrap_or(u64::MAX);
            ticks.fetch_add(step, Ordering::SeqCst);
        }
    }
}
