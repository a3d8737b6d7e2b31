//! Session tickets: a client that comes back within hours needs no certificate exchange and costs the
//! server no signature. RFC 5077, RFC 8446 2.2
//!
//! A ticket is everything the server would have to remember, sealed with a key of the server's. That
//! key opens every connection that was resumed with it, so it is used for half a day and gone after a
//! day. It outlives the process, in the runtime directory, which no backup holds: or else every update
//! would make every Outlook shake hands anew. 0-RTT is not offered: it could be replayed.

use crate::clock::Clock;
use crate::wire::FileTime;
use crate::{files, random};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use rustls::server::ProducesTickets;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Name of the file with the keys.
const FILE_NAME: &str = "tickets";
/// How long a key seals new tickets; a ticket is of use for as long again.
const SEAL_TIME_S: u64 = 12 * 3600;
/// The oldest key there is. Tickets of all ages together: a day.
const OPEN_TIME_S: u64 = 2 * SEAL_TIME_S;
const NAME_LEN: usize = 8;
const SECRET_LEN: usize = 32;
const NONCE_LEN: usize = 12;
/// Birth, name, secret.
const RECORD_LEN: usize = 8 + NAME_LEN + SECRET_LEN;

#[derive(Clone)]
struct Key {
    /// Seconds since 1601.
    born_s: u64,
    /// What tickets say of their key.
    name: [u8; NAME_LEN],
    secret: [u8; SECRET_LEN],
}

impl Key {
    fn new(born_s: u64) -> Self {
        Self { born_s, name: random::bytes(), secret: random::bytes() }
    }

    fn sealing(&self) -> Option<LessSafeKey> {
        UnboundKey::new(&CHACHA20_POLY1305, &self.secret).ok().map(LessSafeKey::new)
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.born_s.to_le_bytes());
        out.extend(self.name);
        out.extend(self.secret);
    }

    fn read(record: &[u8]) -> Option<Self> {
        let (born, rest) = record.split_first_chunk::<8>()?;
        let (name, secret) = rest.split_first_chunk::<NAME_LEN>()?;
        Some(Self { born_s: u64::from_le_bytes(*born), name: *name, secret: secret.try_into().ok()? })
    }
}

/// Makes tickets and reads them.
pub(super) struct Tickets {
    path: PathBuf,
    clock: Clock,
    /// Newest first; at most two.
    keys: Mutex<Vec<Key>>,
}

impl Tickets {
    /// With the keys of the process before this one, if there are any.
    pub(super) fn open(runtime: &std::path::Path, clock: Clock) -> Self {
        let path = runtime.join(FILE_NAME);
        let bytes = std::fs::read(&path).unwrap_or_default();
        let keys = bytes.chunks(RECORD_LEN).take(2).filter_map(Key::read).collect();
        Self { path, clock, keys: Mutex::new(keys) }
    }

    fn now_s(&self) -> u64 {
        let FileTime(ticks) = self.clock.now();
        ticks / 10_000_000
    }

    fn keys(&self) -> MutexGuard<'_, Vec<Key>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keys that are still good; with one to seal with, if `seal`.
    fn current(&self, seal: bool) -> Vec<Key> {
        let now = self.now_s();
        let mut keys = self.keys();
        // One born in the future is from a clock that was wrong: nobody knows how old it is.
        keys.retain(|key| key.born_s <= now && now.saturating_sub(key.born_s) < OPEN_TIME_S);
        if seal && keys.first().is_none_or(|key| now.saturating_sub(key.born_s) >= SEAL_TIME_S) {
            keys.insert(0, Key::new(now));
            keys.truncate(2);
            let mut bytes = Vec::with_capacity(RECORD_LEN.saturating_mul(2));
            keys.iter().for_each(|key| key.write(&mut bytes));
            let directory = files::create_private_directory(files::directory_of(&self.path));
            if let Err(error) = directory.and_then(|()| files::write(&self.path, &bytes, 0o600)) {
                log::warn!("{}: clients will shake hands anew after a restart: {error}", self.path.display());
            }
        }
        keys.clone()
    }
}

impl ProducesTickets for Tickets {
    fn enabled(&self) -> bool {
        true
    }

    fn lifetime(&self) -> u32 {
        u32::try_from(SEAL_TIME_S).unwrap_or(u32::MAX)
    }

    fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        let keys = self.current(true);
        let key = keys.first()?;
        let nonce: [u8; NONCE_LEN] = random::bytes();
        let mut sealed = plain.to_vec();
        let aad = Aad::from(key.name);
        key.sealing()?.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed).ok()?;
        Some([&key.name[..], &nonce, &sealed].concat())
    }

    fn decrypt(&self, cipher: &[u8]) -> Option<Vec<u8>> {
        let (name, rest) = cipher.split_first_chunk::<NAME_LEN>()?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_LEN>()?;
        let keys = self.current(false);
        let key = keys.iter().find(|key| key.name == *name)?;
        let mut sealed = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let plain = key.sealing()?.open_in_place(nonce, Aad::from(key.name), &mut sealed).ok()?;
        Some(plain.to_vec())
    }
}

/// Whoever reads a log must not learn a key.
impl fmt::Debug for Tickets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tickets")
    }
}
