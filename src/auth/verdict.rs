//! Verdicts remembered, so that Basic with every request does not cost an Argon2 with every request.
//!
//! What is kept is an HMAC under a random key of this process over (user, stored hash, password):
//! useless outside the process, and never found again once the stored hash changes. Never on disk.

use crate::limits::{VERDICT_S, VERDICTS_MAX};
use crate::random;
use crate::sorted::SortedMap;
use crate::wire::FileTime;
use ring::hmac;

/// A password tried for an account with a stored hash.
pub(super) type Tag = [u8; 32];

/// The key of this process.
pub(super) struct TagKey(hmac::Key);

impl TagKey {
    pub(super) fn new() -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, &random::bytes::<32>()))
    }

    /// `account` is a user's number, or the name typed when there is no such user.
    pub(super) fn tag(&self, account: &super::Account, stored: &str, password: &str) -> Tag {
        let mut context = hmac::Context::with_key(&self.0);
        // Lengths in front keep (a, bc) and (ab, c) apart.
        let mut part = |bytes: &[u8]| {
            context.update(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
            context.update(bytes);
        };
        match account {
            super::Account::User(id) => part(&id.to_le_bytes()),
            super::Account::Unknown(name) => {
                part(b"unknown");
                part(name.as_bytes());
            }
        }
        part(stored.as_bytes());
        part(password.as_bytes());
        let mut tag = [0; 32];
        tag.copy_from_slice(context.sign().as_ref());
        tag
    }
}

/// Passwords known to be right.
#[derive(Default)]
pub(super) struct Verdicts {
    known: SortedMap<Tag, Verdict>,
}

#[derive(Clone, Copy)]
struct Verdict {
    user: u32,
    until: FileTime,
}

impl Verdicts {
    pub(super) fn is_known(&self, tag: &Tag, now: FileTime) -> bool {
        // A clock set back must not lengthen a life: no verdict lies further ahead than one life.
        self.known.get(tag).is_some_and(|verdict| now < verdict.until && verdict.until <= after(now, VERDICT_S))
    }

    pub(super) fn remember(&mut self, tag: Tag, user: u32, now: FileTime) {
        if self.known.len() >= VERDICTS_MAX {
            self.known.retain(|_, verdict| now < verdict.until);
        }
        if self.known.len() >= VERDICTS_MAX
            && let Some(oldest) = self.known.iter().min_by_key(|(_, verdict)| verdict.until).map(|(tag, _)| *tag)
        {
            self.known.remove(&oldest);
        }
        self.known.insert(tag, Verdict { user, until: after(now, VERDICT_S) });
    }

    pub(super) fn forget(&mut self, user: u32) {
        self.known.retain(|_, verdict| verdict.user != user);
    }
}

pub(super) fn after(now: FileTime, seconds: u64) -> FileTime {
    FileTime(now.0.saturating_add(seconds.saturating_mul(10_000_000)))
}
