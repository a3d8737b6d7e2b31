//! What the service manager is told, sd_notify(3): that we are ready, that we still live, that we
//! are about to end. Without a service manager (no NOTIFY_SOCKET) nothing is sent.
//! Sockets that it opens for us are taken in `listen.rs`.

use crate::workers;
use async_io::Timer;
use log::warn;
use sd_notify::NotifyState;
use smol::Executor;
use std::sync::Arc;
use std::time::Duration;

/// Half of what the service manager allows: sd_watchdog_enabled(3) advises it.
const BEATS_PER_WATCHDOG: u32 = 2;

/// Every listener listens; from now on the executor proves that it runs.
pub(super) fn ready(executor: &Arc<Executor<'static>>) {
    tell(&[NotifyState::Ready]);
    if let Some(patience) = sd_notify::watchdog_enabled() {
        workers::spawn(executor, Box::pin(beat(patience / BEATS_PER_WATCHDOG)));
    }
}

/// The end has begun.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// A task among the others: it is late when they all are, and then a new start is what helps.
async fn beat(period: Duration) {
    loop {
        tell(&[NotifyState::Watchdog]);
        Timer::after(period).await;
    }
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        warn!("the service manager does not listen: {error}");
    }
}
