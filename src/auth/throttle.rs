//! Failed attempts are slowed down per (address, account), exponentially: guessing from one place
//! does not pay, and nobody is locked out of an account by what happens at another address.
//!
//! A wrong password repeated is one failure: Windows keeps sending what its credential manager
//! holds, for days.

use super::Account;
use super::verdict::{Tag, after};
use crate::http::limited_as;
use crate::limits::{
    THROTTLE_ACCOUNTS_MAX, THROTTLE_ADDRESSES_MAX, THROTTLE_DELAY_MAX_S, THROTTLE_FORGET_S, THROTTLE_FREE_FAILURES,
    THROTTLE_TAGS_MAX, THROTTLE_WAIT_MAX_S,
};
use crate::sorted::SortedMap;
use crate::wire::FileTime;
use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

/// Where attempts come from: an IPv4 address, or the /64 that one IPv6 subscriber has to himself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(IpAddr);

impl Place {
    pub(super) fn of(peer: IpAddr) -> Self {
        Self(limited_as(peer))
    }
}

/// What is known about one account at one place.
#[derive(Default)]
struct Record {
    failures: u32,
    /// The next attempt is not looked at before.
    next: FileTime,
    /// Wrong passwords already counted, newest last.
    wrong: VecDeque<Tag>,
}

#[derive(Default)]
struct AtPlace {
    accounts: SortedMap<Account, Record>,
    /// Names beyond the bound that nobody has: whoever tries hundreds of them is not typing. A real
    /// account is always counted for itself, so this never holds up a person.
    others: Record,
    last: FileTime,
}

/// The memory of failures.
#[derive(Default)]
pub(super) struct Throttle {
    places: SortedMap<Place, AtPlace>,
}

impl Throttle {
    /// Whether one of `tags` was found wrong here before.
    pub(super) fn is_stale(&self, place: Place, account: &Account, tags: &[Tag]) -> bool {
        let Some(at) = self.places.get(&place) else { return false };
        let record = at.accounts.get(account).unwrap_or(&at.others);
        !tags.is_empty() && tags.iter().all(|tag| record.wrong.contains(tag))
    }

    /// How long this attempt has to wait; `Err` is how long until one may wait again. An attempt
    /// takes its place in a queue, so that opening more connections gains nothing.
    pub(super) fn reserve(&mut self, place: Place, account: &Account, now: FileTime) -> Result<Duration, Duration> {
        let Some(at) = self.places.get_mut(&place) else { return Ok(Duration::ZERO) };
        let record = match (at.accounts.get_mut(account), account) {
            (Some(record), _) => record,
            (None, Account::Unknown(_)) => &mut at.others,
            (None, Account::User(_)) => return Ok(Duration::ZERO),
        };
        record.forgive(now);
        let delay_s = delay_s(record.failures);
        // A clock set back must not shut anybody out.
        let next = record.next.min(after(now, THROTTLE_WAIT_MAX_S.saturating_add(delay_s)));
        let turn = next.max(now);
        let wait = Duration::from_nanos(turn.0.saturating_sub(now.0).saturating_mul(100));
        if wait > Duration::from_secs(THROTTLE_WAIT_MAX_S) {
            return Err(wait);
        }
        record.next = if delay_s == 0 { now } else { after(turn, delay_s) };
        Ok(wait)
    }

    /// Counts a failure, unless it is an old one. Whether it was new.
    pub(super) fn failed(&mut self, place: Place, account: &Account, tags: &[Tag], now: FileTime) -> bool {
        if self.is_stale(place, account, tags) {
            return false;
        }
        self.make_room(now);
        let at = self.places.get_or_insert_with(place, AtPlace::default);
        at.last = now;
        let is_full = at.accounts.len() >= THROTTLE_ACCOUNTS_MAX && !at.accounts.contains_key(account);
        if is_full && matches!(account, Account::Unknown(_)) {
            at.others.count(tags, now);
        } else {
            at.accounts.get_or_insert_with(account.clone(), Record::default).count(tags, now);
        }
        true
    }

    /// The right password: the count begins anew; what was wrong before stays known as wrong.
    pub(super) fn succeeded(&mut self, place: Place, account: &Account) {
        if let Some(record) = self.places.get_mut(&place).and_then(|at| at.accounts.get_mut(account)) {
            record.failures = 0;
            record.next = FileTime(0);
        }
    }

    fn make_room(&mut self, now: FileTime) {
        if self.places.len() < THROTTLE_ADDRESSES_MAX {
            return;
        }
        self.places.retain(|_, at| now < after(at.last, THROTTLE_FORGET_S));
        if self.places.len() >= THROTTLE_ADDRESSES_MAX
            && let Some(oldest) = self.places.iter().min_by_key(|(_, at)| at.last).map(|(place, _)| *place)
        {
            self.places.remove(&oldest);
        }
    }
}

impl Record {
    fn forgive(&mut self, now: FileTime) {
        if now >= after(self.next, THROTTLE_FORGET_S) {
            self.failures = 0;
        }
    }

    fn count(&mut self, tags: &[Tag], now: FileTime) {
        self.forgive(now);
        self.failures = self.failures.saturating_add(1);
        self.next = self.next.max(after(now, delay_s(self.failures)));
        self.wrong.extend(tags.iter().copied());
        while self.wrong.len() > THROTTLE_TAGS_MAX {
            self.wrong.pop_front();
        }
    }
}

/// Typing errors are free; then 1, 2, 4, 8 … seconds.
fn delay_s(failures: u32) -> u64 {
    match failures.checked_sub(THROTTLE_FREE_FAILURES) {
        None | Some(0) => 0,
        Some(beyond) => 1_u64.checked_shl(beyond.saturating_sub(1)).unwrap_or(u64::MAX).min(THROTTLE_DELAY_MAX_S),
    }
}
