//! All session contexts of one endpoint: making, finding, expiring, evicting.
//! MS-OXCMAPIHTTP 3.2.5.1, 3.2.5.6, 3.2.6.

use super::cookie::CookieHash;
use super::{About, Client, Context, Cookie, Held, Presented, Refusal, Seen, Visitor};
use crate::clock::Clock;
use crate::limits;
use crate::sorted::{SortedMap, sort_by};
use log::{info, warn};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The contexts of one endpoint.
#[derive(Debug)]
pub struct Registry<T: Held> {
    /// For the log.
    endpoint: &'static str,
    clock: Clock,
    expiry: Duration,
    numbers: AtomicU64,
    contexts: Mutex<Contexts<T>>,
}

type Contexts<T> = SortedMap<CookieHash, Arc<Context<T>>>;

impl<T: Held> Registry<T> {
    /// An empty registry whose contexts live `expiry` without a request.
    #[must_use]
    pub fn new(endpoint: &'static str, clock: Clock, expiry: Duration) -> Self {
        Self { endpoint, clock, expiry, numbers: AtomicU64::new(0), contexts: Mutex::default() }
    }

    fn contexts(&self) -> MutexGuard<'_, Contexts<T>> {
        self.contexts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many contexts there are, expired ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.contexts().len()
    }

    /// True without any context.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Goes on with a context of the process before this one. `false`: it has expired meanwhile, or
    /// `about` is nothing of ours.
    pub fn resume(&self, about: &[u8], mut content: T) -> Option<Arc<Context<T>>> {
        let about: Option<About> = postcard::from_bytes(about).ok();
        let now = self.clock.now();
        let lived = |about: &About| Duration::from_nanos(now.0.saturating_sub(about.used.0).saturating_mul(100));
        let Some(mut about) = about.filter(|about| lived(about) <= about.expiry(self.expiry)) else {
            content.forget();
            return None;
        };
        about.resumed = about.resumed.saturating_add(1);
        about.is_back = true;
        self.numbers.fetch_max(about.number, Ordering::Relaxed);
        let key = about.key;
        let context = Arc::new(Context::new(about, self.clock.clone(), content));
        self.contexts().insert(key, Arc::clone(&context));
        Some(context)
    }

    /// A clean stop: contexts are kept as they are. How many requests still run.
    pub fn rest(&self) -> usize {
        let contexts: Vec<_> = self.contexts().values().cloned().collect();
        contexts.iter().filter(|context| !context.is_ended() && !context.rest()).count()
    }

    /// All contexts, for whoever looks; by number.
    #[must_use]
    pub fn list(&self) -> Vec<Seen> {
        let contexts: Vec<_> = self.contexts().values().filter(|context| !context.is_ended()).cloned().collect();
        let mut seen: Vec<Seen> = contexts.iter().map(|context| context.seen()).collect();
        sort_by(&mut seen, |a, b| a.about.number.cmp(&b.about.number));
        seen
    }

    /// Ends the context with a number, because somebody wants it; false if there is none.
    pub fn end_number(&self, number: u64) -> bool {
        let found = self.contexts().values().find(|context| context.number == number).cloned();
        found.is_some_and(|context| {
            info!("{} session {number} of user {} ended: by hand", self.endpoint, context.user);
            self.end(&context);
            true
        })
    }

    /// Ends every context of a user.
    pub fn end_user(&self, user: u32) {
        let own: Vec<_> = self.contexts().values().filter(|context| context.user == user).cloned().collect();
        own.iter().for_each(|context| self.end(context));
    }

    /// Opens a context for `user` and gives the only copy of its cookie. Where the user or the box
    /// has too many, the one longest idle makes room.
    pub fn create(&self, visitor: &Visitor, client: Client, content: T) -> (Cookie, Arc<Context<T>>) {
        self.sweep();
        let cookie = Cookie::generate();
        let key = cookie.hash();
        let number = self.numbers.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        let now = self.clock.now();
        let user = visitor.user;
        let about = About {
            key,
            user,
            number,
            created: now,
            used: now,
            expiry_s: visitor.expiry_s,
            client: client.name,
            mode: client.mode,
            address: Some(visitor.address),
            address_before: None,
            resumed: 0,
            is_back: false,
        };
        let context = Arc::new(Context::new(about, self.clock.clone(), content));
        let evicted = {
            let mut contexts = self.contexts();
            let evicted = evict(&mut contexts, user);
            contexts.insert(key, Arc::clone(&context));
            evicted
        };
        for old in evicted {
            warn!("{} session {} of user {} ended: too many sessions", self.endpoint, old.number, old.user);
            old.end();
        }
        (cookie, context)
    }

    /// The context that a request names, if it is `user`'s.
    pub fn find(&self, presented: &Presented, visitor: &Visitor) -> Result<(Cookie, Arc<Context<T>>), Refusal> {
        if presented.cookies.is_empty() {
            return Err(if presented.malformed { Refusal::Malformed } else { Refusal::Missing });
        }
        presented
            .cookies
            .iter()
            .find_map(|cookie| {
                let context = self.find_one(cookie, visitor.user)?;
                if let Some(what) = context.visited(visitor) {
                    info!("{} session {} of user {} {what}", self.endpoint, context.number, context.user);
                }
                Some((cookie.clone(), context))
            })
            .ok_or(Refusal::Unknown)
    }

    fn find_one(&self, cookie: &Cookie, user: u32) -> Option<Arc<Context<T>>> {
        let context = self.contexts().get(&cookie.hash()).cloned()?;
        if context.user != user {
            warn!("{} session {} of user {} was named by user {user}", self.endpoint, context.number, context.user);
            return None;
        }
        if context.is_ended() || self.has_expired(&context) {
            self.end(&context);
            return None;
        }
        Some(context)
    }

    fn has_expired(&self, context: &Context<T>) -> bool {
        context.idle_time().is_some_and(|idle| idle > context.expiry(self.expiry))
    }

    /// Ends a context. What is at work in it ends by itself.
    pub fn end(&self, context: &Context<T>) {
        self.contexts().remove(&context.key());
        context.end();
    }

    /// Ends the contexts of `user` that a reconnecting client names (R1277). Other users' are not
    /// touched.
    pub fn end_presented(&self, presented: &Presented, user: u32) {
        for cookie in &presented.cookies {
            if let Some(context) = self.find_one(cookie, user) {
                info!("{} session {} of user {user} ended: reconnected", self.endpoint, context.number);
                self.end(&context);
            }
        }
    }

    /// Ends what has expired, and forgets what has ended. Needed for the memory only: an expired
    /// context is not found either way.
    pub fn sweep(&self) {
        let gone: Vec<_> = {
            let mut contexts = self.contexts();
            let is_gone = |context: &Context<T>| context.is_ended() || self.has_expired(context);
            let gone = contexts.values().filter(|context| is_gone(context)).cloned().collect();
            contexts.retain(|_, context| !is_gone(context));
            gone
        };
        for context in gone {
            if !context.is_ended() {
                info!("{} session {} of user {} expired", self.endpoint, context.number, context.user);
            }
            context.end();
        }
    }
}

/// Takes out what must go before one more context of `user` may come.
fn evict<T: Held>(contexts: &mut Contexts<T>, user: u32) -> Vec<Arc<Context<T>>> {
    let mut evicted = Vec::new();
    let mut counts: SortedMap<u32, usize> = SortedMap::new();
    for context in contexts.values() {
        let count = counts.get_or_insert_with(context.user, Default::default);
        *count = count.saturating_add(1);
    }
    if counts.get(&user).is_some_and(|count| *count >= limits::CONTEXTS_PER_USER_MAX) {
        evicted.extend(take_least_useful(contexts, user));
    }
    if contexts.len() >= limits::CONTEXTS_MAX {
        // Whoever has most gives one up, so that nobody can push others out.
        let largest = counts.iter().max_by_key(|(_, count)| **count).map_or(user, |(user, _)| *user);
        evicted.extend(take_least_useful(contexts, largest));
    }
    evicted
}

fn take_least_useful<T: Held>(contexts: &mut Contexts<T>, user: u32) -> Option<Arc<Context<T>>> {
    let own = contexts.values().filter(|context| context.user == user);
    let key = own.min_by_key(|context| context.usefulness())?.key();
    contexts.remove(&key)
}
