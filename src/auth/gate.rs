//! How many passwords may be hashed at once: each costs 19 MiB and a core for a while. No address
//! has more than its share, so that a flood of guesses leaves room for the household.

use super::throttle::Place;
use crate::limits::{HASH_WAITERS_MAX, HASH_WAITERS_PER_ADDRESS_MAX};
use crate::sorted::SortedMap;
use event_listener::Event;
use std::sync::{Arc, Mutex, PoisonError};

/// The gate; clones are the same gate.
#[derive(Clone)]
pub(super) struct Gate {
    shared: Arc<Shared>,
}

struct Shared {
    most: usize,
    state: Mutex<State>,
    left: Event,
}

#[derive(Default)]
struct State {
    running: usize,
    waiting: usize,
    places: SortedMap<Place, AtPlace>,
}

#[derive(Default, Clone, Copy)]
struct AtPlace {
    running: usize,
    waiting: usize,
}

/// One hash may run while this lives.
pub(super) struct Permit {
    shared: Arc<Shared>,
    place: Place,
}

/// A wait that ends is counted down wherever it ends.
struct Waiter {
    shared: Arc<Shared>,
    place: Place,
}

impl Gate {
    /// A gate for `most` hashes at once.
    pub(super) fn new(most: usize) -> Self {
        let most = most.max(1);
        Self { shared: Arc::new(Shared { most, state: Mutex::default(), left: Event::new() }) }
    }

    /// Waits for a permit; `None` when too many wait already.
    pub(super) async fn enter(&self, place: Place) -> Option<Permit> {
        let mut waiter = None;
        loop {
            // Listening first: a permit given back between the look and the wait is not missed.
            let left = self.shared.left.listen();
            if let Some(permit) = self.shared.try_enter(place) {
                return Some(permit);
            }
            if waiter.is_none() {
                waiter = Some(self.shared.queue(place)?);
            }
            left.await;
        }
    }
}

impl Shared {
    fn change<R>(&self, f: impl FnOnce(&mut State) -> R) -> R {
        f(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn try_enter(self: &Arc<Self>, place: Place) -> Option<Permit> {
        let share = (self.most / 2).max(1);
        self.change(|state| {
            let at = state.places.get_or_insert_with(place, AtPlace::default);
            let free = state.running < self.most && at.running < share;
            if free {
                at.running = at.running.saturating_add(1);
                state.running = state.running.saturating_add(1);
            } else {
                state.tidy(place);
            }
            free.then(|| Permit { shared: Arc::clone(self), place })
        })
    }

    fn queue(self: &Arc<Self>, place: Place) -> Option<Waiter> {
        self.change(|state| {
            let at = state.places.get_or_insert_with(place, AtPlace::default);
            let free = state.waiting < HASH_WAITERS_MAX && at.waiting < HASH_WAITERS_PER_ADDRESS_MAX;
            if free {
                at.waiting = at.waiting.saturating_add(1);
                state.waiting = state.waiting.saturating_add(1);
            } else {
                state.tidy(place);
            }
            free.then(|| Waiter { shared: Arc::clone(self), place })
        })
    }
}

impl State {
    /// Forgets a place where nothing runs and nobody waits.
    fn tidy(&mut self, place: Place) {
        if self.places.get(&place).is_some_and(|at| at.running == 0 && at.waiting == 0) {
            self.places.remove(&place);
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.shared.change(|state| {
            state.running = state.running.saturating_sub(1);
            if let Some(at) = state.places.get_mut(&self.place) {
                at.running = at.running.saturating_sub(1);
            }
            state.tidy(self.place);
        });
        // All of them: the next in line may be one whose address has its share.
        self.shared.left.notify(usize::MAX);
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.shared.change(|state| {
            state.waiting = state.waiting.saturating_sub(1);
            if let Some(at) = state.places.get_mut(&self.place) {
                at.waiting = at.waiting.saturating_sub(1);
            }
            state.tidy(self.place);
        });
    }
}
