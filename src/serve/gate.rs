//! How many connections there may be, in all and from one peer.

use crate::http::{Network, limited_as};
use crate::limits;
use crate::sorted::SortedMap;
use event_listener::Event;
use log::warn;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What goes wrong with every connection is said once in a while, not for each.
pub(super) const COMPLAIN_EVERY: Duration = Duration::from_secs(60);

/// Counts connections. Clones share the count.
#[derive(Debug, Clone)]
pub(super) struct Gate(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// A proxy brings everybody's connections, so it has no limit of its own.
    trusted: Vec<Network>,
    counts: Mutex<Counts>,
    left: Event,
}

#[derive(Debug, Default)]
struct Counts {
    total: usize,
    by_peer: SortedMap<IpAddr, usize>,
    complained: Option<Instant>,
}

impl Gate {
    pub(super) fn new(trusted: Vec<Network>) -> Self {
        Self(Arc::new(Shared { trusted, counts: Mutex::default(), left: Event::new() }))
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a connection in, or not.
    pub(super) fn enter(&self, address: IpAddr) -> Option<Entered> {
        let address = address.to_canonical();
        let is_trusted = self.0.trusted.iter().any(|network| network.contains(address));
        let peer = limited_as(address);
        let mut counts = self.counts();
        let from_peer = counts.by_peer.get(&peer).copied().unwrap_or(0);
        let crowded = !is_trusted && from_peer >= limits::CONNECTIONS_PER_ADDRESS_MAX;
        if crowded || counts.total >= limits::CONNECTIONS_MAX {
            if counts.complained.is_none_or(|when| when.elapsed() > COMPLAIN_EVERY) {
                counts.complained = Some(Instant::now());
                warn!("a connection from {address} was turned away: {} are open, {from_peer} from there", counts.total);
            }
            return None;
        }
        counts.total = counts.total.saturating_add(1);
        counts.by_peer.insert(peer, from_peer.saturating_add(1));
        drop(counts);
        Some(Entered { gate: self.clone(), peer })
    }

    /// How many are inside.
    pub(super) fn connections(&self) -> usize {
        self.counts().total
    }

    /// Until nobody is inside.
    pub(super) async fn empty(&self) {
        loop {
            let left = self.0.left.listen();
            if self.connections() == 0 {
                return;
            }
            left.await;
        }
    }
}

/// A connection inside; leaves when dropped.
#[derive(Debug)]
pub(super) struct Entered {
    gate: Gate,
    peer: IpAddr,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut counts = self.gate.counts();
        counts.total = counts.total.saturating_sub(1);
        if let Some(count) = counts.by_peer.get_mut(&self.peer) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.by_peer.remove(&self.peer);
            }
        }
        drop(counts);
        self.gate.0.left.notify(usize::MAX);
    }
}
