//! One session context: the busy rule, waits and idleness. MS-OXCMAPIHTTP 3.2.5.1, 3.2.5.5, 3.2.6.

use super::cookie::CookieHash;
use super::{About, Held, Refusal, Seen, Visitor};
use crate::clock::Clock;
use crate::limits;
use async_io::Timer;
use event_listener::Event;
use smol::future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A session context holding a `T`.
#[derive(Debug)]
pub struct Context<T: Held> {
    pub(super) user: u32,
    /// For the log, which must not hold cookies.
    pub(super) number: u64,
    clock: Clock,
    state: Mutex<State<T>>,
    changed: Event,
}

#[derive(Debug)]
struct State<T> {
    about: About,
    /// Away while a [`Lease`] has it: that is what busy means.
    content: Option<T>,
    ended: bool,
    /// Requests under way, waits included; the idle timer stands still meanwhile (R1284).
    pending: u32,
    idle_since: Duration,
    /// Number of the latest request.
    request: u64,
    /// Whoever asked for it hung up before it ended.
    abandoned: bool,
    event_pending: bool,
    /// Number of the latest wait; those too far behind it give up.
    latest_wait: u64,
}

/// How a [`Context::wait`] ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waited {
    /// Something happened in the context.
    Event,
    /// Nothing happened in the time allowed, or another wait took over, or the server stops.
    Quiet,
    /// The context is no more.
    Ended,
}

impl<T: Held> Context<T> {
    pub(super) fn new(about: About, clock: Clock, mut content: T) -> Self {
        content.keep(about.number, &postcard::to_allocvec(&about).unwrap_or_default());
        let (user, number) = (about.user, about.number);
        let state = State {
            about,
            content: Some(content),
            ended: false,
            pending: 0,
            idle_since: clock.monotonic(),
            request: 0,
            abandoned: false,
            event_pending: false,
            latest_wait: 0,
        };
        Self { user, number, clock, state: Mutex::new(state), changed: Event::new() }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        // Every change below leaves the state whole, so a panic elsewhere cannot spoil it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its number in the log.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// What its cookie hashes to.
    pub(super) fn key(&self) -> CookieHash {
        self.state().about.key
    }

    /// How long it lives without a request.
    pub(super) fn expiry(&self, usual: Duration) -> Duration {
        self.state().about.expiry(usual)
    }

    /// A request came; says what is worth a line in the log.
    pub(super) fn visited(&self, visitor: &Visitor) -> Option<String> {
        let from = visitor.address;
        let mut state = self.state();
        let about = &mut state.about;
        about.used = self.clock.now();
        about.expiry_s = visitor.expiry_s;
        let is_back = std::mem::take(&mut about.is_back);
        let before = about.address.filter(|before| *before != from);
        about.address = Some(from);
        about.address_before = before.or(about.address_before);
        drop(state);
        let after = if is_back { " after a restart," } else { "" };
        match before {
            Some(before) => Some(format!("goes on{after} from {from}, before from {before}")),
            None if is_back => Some(format!("goes on{after} from {from}")),
            None => None,
        }
    }

    /// How it is, for whoever looks.
    pub(super) fn seen(&self) -> Seen {
        let idle_s = self.idle_time().map(|idle| idle.as_secs());
        let state = self.state();
        let objects = state.content.as_ref().map(Held::objects).unwrap_or_default();
        Seen { about: state.about.clone(), idle_s, objects }
    }

    /// A clean stop: what it knows of itself is kept as it is now. False while a request has it.
    pub(super) fn rest(&self) -> bool {
        let mut state = self.state();
        let about = postcard::to_allocvec(&state.about).unwrap_or_default();
        state.content.as_mut().map(|content| content.keep(self.number, &about)).is_some()
    }

    /// Takes the content for one request. A second request at once is refused, not queued (R1228).
    ///
    /// A client that lost its connection may be back before the batch it left behind has ended:
    /// such a batch is let finish first, so that a dead connection blocks nothing. That it is dead
    /// may be noticed a moment later than the new request comes.
    pub async fn begin(self: &Arc<Self>) -> Result<Lease<T>, Refusal> {
        let mut over = std::pin::pin!(async {
            Timer::after(limits::HANG_UP_NOTICE_TIME).await;
            if self.state().abandoned {
                Timer::after(limits::ABANDONED_BATCH_TIME_MAX).await;
            }
        });
        let mut is_new = true;
        loop {
            let changed = self.changed.listen();
            if let Some(begun) = self.look(is_new) {
                return begun;
            }
            is_new = false;
            if is_first(over.as_mut(), changed).await {
                return Err(Refusal::Busy);
            }
        }
    }

    /// One look at whether a request may begin; `None` is not yet.
    fn look(self: &Arc<Self>, is_new: bool) -> Option<Result<Lease<T>, Refusal>> {
        let mut state = self.state();
        if state.ended {
            return Some(Err(Refusal::Unknown));
        }
        if state.content.is_some() && !is_new && !state.abandoned {
            // Somebody was waiting for what has just ended, so this was a second request at once.
            return Some(Err(Refusal::Busy));
        }
        let content = state.content.take()?;
        state.pending = state.pending.saturating_add(1);
        state.request = state.request.saturating_add(1);
        state.abandoned = false;
        let request = state.request;
        drop(state);
        Some(Ok(Lease { context: Arc::clone(self), content: Some(content), request }))
    }

    /// Starts the idle time anew.
    pub fn touch(&self) {
        self.state().idle_since = self.clock.monotonic();
    }

    /// Marks that an event waits to be fetched, and wakes whoever waits for one.
    pub fn signal(&self) {
        self.state().event_pending = true;
        self.changed.notify(usize::MAX);
    }

    /// Forgets the mark: the client is about to fetch what there is.
    pub fn collect(&self) {
        self.state().event_pending = false;
    }

    /// Waits for an event, for `limit` at most or until `cancelled`. Holds nothing meanwhile but
    /// the context itself; dropping the future ends the wait.
    pub async fn wait(self: Arc<Self>, limit: Duration, cancelled: impl Future<Output = ()>) -> Waited {
        let ticket = Ticket::new(&self);
        let mut over = std::pin::pin!(future::or(cancelled, async {
            Timer::after(limit).await;
        }));
        // Older waits look whether they are still wanted.
        self.changed.notify(usize::MAX);
        loop {
            let changed = self.changed.listen();
            if let Some(waited) = ticket.look() {
                return waited;
            }
            if is_first(over.as_mut(), changed).await {
                return Waited::Quiet;
            }
        }
    }

    /// Ends the context: waits return, the content is dropped now or when its lease returns.
    pub(super) fn end(&self) {
        let content = {
            let mut state = self.state();
            state.ended = true;
            state.content.take()
        };
        self.changed.notify(usize::MAX);
        // Dropped outside the lock: it may be large.
        content.into_iter().for_each(forget);
    }

    pub(super) fn is_ended(&self) -> bool {
        self.state().ended
    }

    /// How long nothing has been under way; `None` while something is.
    pub(super) fn idle_time(&self) -> Option<Duration> {
        let state = self.state();
        (state.pending == 0).then(|| self.clock.monotonic().saturating_sub(state.idle_since))
    }

    /// When it was last used, busy or not, for choosing whom to evict: busy ones last.
    pub(super) fn usefulness(&self) -> (bool, bool, Duration) {
        let state = self.state();
        (state.content.is_none(), state.pending > 0, state.idle_since)
    }

    fn finish(&self, state: &mut State<T>) {
        state.pending = state.pending.saturating_sub(1);
        state.idle_since = self.clock.monotonic();
    }
}

/// Does the one end before the other? Nobody is polled again who has ended.
async fn is_first(one: impl Future<Output = ()>, other: impl Future<Output = ()>) -> bool {
    let other = async {
        other.await;
        false
    };
    let one = async {
        one.await;
        true
    };
    future::or(other, one).await
}

/// The end of a content.
fn forget<T: Held>(mut content: T) {
    content.forget();
}

/// Whoever waits for the answer to a request. Dropped before the request has ended, it has hung up.
#[derive(Debug)]
pub struct Listener<T: Held> {
    context: Arc<Context<T>>,
    request: u64,
}

impl<T: Held> Drop for Listener<T> {
    fn drop(&mut self) {
        let mut state = self.context.state();
        // By now it may be another request that is at work.
        if state.content.is_none() && state.request == self.request {
            state.abandoned = true;
            drop(state);
            self.context.changed.notify(usize::MAX);
        }
    }
}

/// The content of a context, for the duration of one request. Dropping it gives the content back;
/// a panic on the way ends the context, since its objects may be in any state.
#[derive(Debug)]
pub struct Lease<T: Held> {
    context: Arc<Context<T>>,
    content: Option<T>,
    request: u64,
}

impl<T: Held> Lease<T> {
    /// To be held by whoever waits for the answer.
    #[must_use]
    pub fn listener(&self) -> Listener<T> {
        Listener { context: Arc::clone(&self.context), request: self.request }
    }

    /// Ends the context: the client was promised what cannot be kept.
    pub fn lose(mut self) {
        self.content.take().into_iter().for_each(forget);
        self.context.end();
    }

    /// The content. `None` never happens before the drop; saying so costs the caller one arm and
    /// spares a panic.
    pub fn content(&mut self) -> Option<&mut T> {
        self.content.as_mut()
    }
}

impl<T: Held> Drop for Lease<T> {
    fn drop(&mut self) {
        let content = self.content.take();
        if content.is_none() || std::thread::panicking() {
            self.context.end();
        }
        let mut state = self.context.state();
        self.context.finish(&mut state);
        if state.ended {
            drop(state);
            content.into_iter().for_each(forget);
        } else {
            state.content = content;
            drop(state);
            self.context.changed.notify(usize::MAX);
        }
    }
}

/// One wait in its context.
struct Ticket<'a, T: Held> {
    context: &'a Context<T>,
    number: u64,
}

impl<'a, T: Held> Ticket<'a, T> {
    fn new(context: &'a Context<T>) -> Self {
        let mut state = context.state();
        state.pending = state.pending.saturating_add(1);
        state.latest_wait = state.latest_wait.saturating_add(1);
        let number = state.latest_wait;
        drop(state);
        Self { context, number }
    }

    fn look(&self) -> Option<Waited> {
        let state = self.context.state();
        if state.ended {
            return Some(Waited::Ended);
        }
        if state.event_pending {
            return Some(Waited::Event);
        }
        let behind = state.latest_wait.saturating_sub(self.number);
        (behind >= limits::NOTIFICATION_WAITS_MAX).then_some(Waited::Quiet)
    }
}

impl<T: Held> Drop for Ticket<'_, T> {
    fn drop(&mut self) {
        let mut state = self.context.state();
        self.context.finish(&mut state);
    }
}
