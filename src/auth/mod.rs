//! Who is asking: Basic authentication against the stored hashes (MS-OXCMAPIHTTP leaves the scheme
//! to HTTP; Outlook speaks Basic over TLS from a PC outside any domain).
//!
//! The order of an attempt: a verdict remembered costs nothing and is never delayed; a password
//! known as wrong is refused at once; everything else waits its turn at the throttle and the gate
//! and then costs one Argon2 per reading, whether the account exists or not.
//!
//! Deliberately not here: NTLM, tokens, and any lock on an account as such.

pub mod app_password;
pub mod basic;
mod gate;
pub mod password;
mod throttle;
mod verdict;

use crate::backend::{Gatekeeper, Promise};
use crate::clock::Clock;
use crate::directory::User;
use crate::limits::HASHES_MAX;
use crate::store::PasswordDigest;
use crate::workers::{Panicked, unblock};
use basic::Reading;
use gate::{Gate, Permit};
use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use throttle::{Place, Throttle};
use verdict::{Tag, TagKey, Verdicts};

/// Why a request has no user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejected {
    /// No `Authorization` header: the first request of every connection.
    NoCredentials,
    /// A scheme that was not offered.
    OtherScheme,
    /// Not `name:password` in base64.
    Malformed,
    /// No such account, or not its password: never told apart.
    WrongCredentials,
    /// Too many failures from there: try again after this time.
    TooManyFailures(Duration),
    /// Too many attempts at once.
    Busy,
    /// The store or the memory failed; the log knows.
    Unavailable,
}

impl Rejected {
    /// How long the client shall wait; `None` asks it for other credentials (HTTP 401), which it
    /// would ask a person for although the password may be right.
    #[must_use]
    pub fn retry_after_s(self) -> Option<u64> {
        match self {
            Self::TooManyFailures(wait) => Some(wait.as_secs().saturating_add(1)),
            Self::Busy | Self::Unavailable => Some(1),
            _ => None,
        }
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoCredentials => "no credentials",
            Self::OtherScheme => "an authentication scheme that is not offered",
            Self::Malformed => "malformed credentials",
            Self::WrongCredentials => "wrong user name or password",
            Self::TooManyFailures(_) => "too many failed attempts",
            Self::Busy => "too many attempts at once",
            Self::Unavailable => "passwords cannot be checked now",
        })
    }
}
impl std::error::Error for Rejected {}

/// Finds the user for a login name; runs on the blocking pool. The error is for the log.
type Lookup = dyn Fn(&str) -> Result<Option<User>, String> + Send + Sync;

/// Whether a user has an app password with this digest; notes that it was used. As [`Lookup`].
type AppLookup = dyn Fn(u32, &PasswordDigest) -> Result<bool, String> + Send + Sync;

/// Checks credentials. Clones share everything.
#[derive(Clone)]
pub struct Authenticator {
    inner: Arc<Inner>,
    gate: Gate,
}

struct Inner {
    lookup: Box<Lookup>,
    app_passwords: Box<AppLookup>,
    clock: Clock,
    key: TagKey,
    verdicts: Mutex<Verdicts>,
    throttle: Mutex<Throttle>,
    hashes: AtomicU64,
}

/// Whose failures are counted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Account {
    User(u32),
    /// The name typed, lower case.
    Unknown(String),
}

/// One reading with the user it names.
struct Claim {
    reading: Reading,
    user: Option<User>,
    tag: Tag,
    /// It is an app password, and a right one.
    is_app: bool,
}

impl Authenticator {
    /// `lookup` finds users by what a person types (`directory::by_login`).
    pub fn new(clock: Clock, lookup: impl Fn(&str) -> Result<Option<User>, String> + Send + Sync + 'static) -> Self {
        Self::with_app_passwords(clock, lookup, |_, _| Ok(false))
    }

    /// The same, where devices may have passwords of their own.
    pub fn with_app_passwords(
        clock: Clock,
        lookup: impl Fn(&str) -> Result<Option<User>, String> + Send + Sync + 'static,
        app_passwords: impl Fn(u32, &PasswordDigest) -> Result<bool, String> + Send + Sync + 'static,
    ) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let inner = Inner {
            lookup: Box::new(lookup),
            app_passwords: Box::new(app_passwords),
            clock,
            key: TagKey::new(),
            verdicts: Mutex::default(),
            throttle: Mutex::default(),
            hashes: AtomicU64::new(0),
        };
        // Two at least: the share of one address must leave something for the others.
        Self { inner: Arc::new(inner), gate: Gate::new(cores.clamp(2, HASHES_MAX)) }
    }

    /// The user that an `Authorization` header proves.
    ///
    /// # Errors
    /// Why there is none; failures are logged and counted here.
    pub async fn basic(&self, authorization: Option<&[u8]>, peer: IpAddr) -> Result<Arc<User>, Rejected> {
        let readings = basic::parse(authorization.ok_or(Rejected::NoCredentials)?)?;
        let place = Place::of(peer);
        let inner = Arc::clone(&self.inner);
        let unavailable = |_: Panicked| Rejected::Unavailable;
        let attempt = unblock(move || inner.claims(readings)).await.map_err(unavailable)??;
        match self.inner.known(&attempt, place, peer) {
            Some(verdict) => return verdict,
            None => self.wait_for_turn(&attempt, place, peer).await?,
        }
        let permit = self.gate.enter(place).await.ok_or(Rejected::Busy)?;
        let inner = Arc::clone(&self.inner);
        // Counting happens where the hash runs: a client that hangs up does not get a free guess.
        unblock(move || inner.check(attempt, place, peer, permit)).await.map_err(unavailable)?
    }

    /// Forgets what is known about a user's passwords: after a change, a removal, a disabling.
    pub fn forget(&self, user: u32) {
        lock(&self.inner.verdicts).forget(user);
    }

    /// Argon2 computations so far.
    #[must_use]
    pub fn hashes(&self) -> u64 {
        self.inner.hashes.load(Ordering::Relaxed)
    }

    async fn wait_for_turn(&self, attempt: &Attempt, place: Place, peer: IpAddr) -> Result<(), Rejected> {
        let now = self.inner.clock.now();
        let turn = lock(&self.inner.throttle).reserve(place, &attempt.account, now);
        let wait = turn.map_err(|wait| {
            log::info!("authentication refused: address={peer} account={} reason=too many failures", attempt.shown);
            Rejected::TooManyFailures(wait)
        })?;
        if !wait.is_zero() {
            smol::Timer::after(wait).await;
        }
        Ok(())
    }
}

impl Gatekeeper for Authenticator {
    fn basic<'a>(&'a self, authorization: Option<&'a [u8]>, peer: IpAddr) -> Promise<'a, Result<Arc<User>, Rejected>> {
        Box::pin(Self::basic(self, authorization, peer))
    }
}

/// What one header claims, in each of its readings.
struct Attempt {
    claims: Vec<Claim>,
    account: Account,
    /// The name for the log, escaped.
    shown: String,
}

impl Attempt {
    fn tags(&self) -> Vec<Tag> {
        self.claims.iter().map(|claim| claim.tag).collect()
    }
}

impl Inner {
    fn claims(&self, readings: Vec<Reading>) -> Result<Attempt, Rejected> {
        let mut claims = Vec::with_capacity(readings.len());
        for reading in readings {
            let user = (self.lookup)(&reading.name).map_err(|why| {
                log::error!("cannot look up an account: {why}");
                Rejected::Unavailable
            })?;
            // A password refused because the account was off must count as new once it is on again.
            let stored = match &user {
                Some(user) if user.disabled => "disabled",
                Some(user) => &user.password_hash,
                None => "",
            };
            let tag = self.key.tag(&account(&reading, user.as_ref()), stored, &reading.password);
            let is_app = self.is_app_password(user.as_ref(), &reading.password)?;
            claims.push(Claim { reading, user, tag, is_app });
        }
        let named = claims.iter().find(|claim| claim.user.is_some()).or_else(|| claims.first());
        let claim = named.ok_or(Rejected::Malformed)?;
        let account = account(&claim.reading, claim.user.as_ref());
        let shown = escaped(&claim.reading.name);
        Ok(Attempt { claims, account, shown })
    }

    /// Asked with every request, so that one that is revoked stops at once.
    fn is_app_password(&self, user: Option<&User>, password: &str) -> Result<bool, Rejected> {
        let Some(user) = user.filter(|user| !user.disabled) else { return Ok(false) };
        let Some(digest) = app_password::typed(password) else { return Ok(false) };
        (self.app_passwords)(user.id, &digest).map_err(|why| {
            log::error!("cannot look up an app password: {why}");
            Rejected::Unavailable
        })
    }

    /// The verdict, if there is one that costs no hash.
    fn known(&self, attempt: &Attempt, place: Place, peer: IpAddr) -> Option<Result<Arc<User>, Rejected>> {
        let now = self.clock.now();
        let verdicts = lock(&self.verdicts);
        let right = attempt.claims.iter().find(|claim| claim.is_app || verdicts.is_known(&claim.tag, now));
        if let Some(user) = right.and_then(|claim| claim.user.clone()).filter(|user| !user.disabled) {
            return Some(Ok(Arc::new(user)));
        }
        drop(verdicts);
        lock(&self.throttle).is_stale(place, &attempt.account, &attempt.tags()).then(|| {
            log::info!("authentication failed: address={peer} account={} reason=the same as before", attempt.shown);
            Err(Rejected::WrongCredentials)
        })
    }

    fn check(&self, attempt: Attempt, place: Place, peer: IpAddr, permit: Permit) -> Result<Arc<User>, Rejected> {
        // Several connections with the same password came at once: one hash is enough for all.
        if let Some(verdict) = self.known(&attempt, place, peer) {
            return verdict;
        }
        let mut found = None;
        for claim in &attempt.claims {
            let stored = claim.user.as_ref().map_or(password::NOBODY, |user| &user.password_hash);
            self.hashes.fetch_add(1, Ordering::Relaxed);
            let right = password::verify(stored, claim.reading.password.as_bytes()).map_err(|why| {
                log::error!("{why}");
                Rejected::Unavailable
            })?;
            if let (true, Some(user)) = (right, &claim.user) {
                found = Some((user.clone(), claim.tag));
                break;
            }
        }
        drop(permit);
        let now = self.clock.now();
        let reason = match found {
            Some((user, tag)) if !user.disabled => {
                lock(&self.throttle).succeeded(place, &attempt.account);
                lock(&self.verdicts).remember(tag, user.id, now);
                return Ok(Arc::new(user));
            }
            Some(_) => "account disabled",
            None if attempt.claims.iter().all(|claim| claim.user.is_none()) => "unknown account",
            None => "wrong password",
        };
        lock(&self.throttle).failed(place, &attempt.account, &attempt.tags(), now);
        log::warn!("authentication failed: address={peer} account={} reason={reason}", attempt.shown);
        Err(Rejected::WrongCredentials)
    }
}

fn account(reading: &Reading, user: Option<&User>) -> Account {
    user.map_or_else(|| Account::Unknown(reading.name.to_lowercase()), |user| Account::User(user.id))
}

/// A name that a stranger chose, fit for one line of a log.
fn escaped(name: &str) -> String {
    let shown: String = name.chars().take(128).flat_map(char::escape_debug).collect();
    format!("\"{shown}\"")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
