//! App passwords: twenty letters and digits of ours, one for each device, ASCII because Windows sends
//! nothing else faithfully (outlook.md §4). They cost no Argon2 and no delay: nobody guesses them.

use crate::random;
use crate::store::PasswordDigest;
use ring::digest::{SHA256, digest};

/// No letter or digit that looks like another one.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// A hundred bits.
const LEN: usize = 20;

/// A new one, in groups of four as it is shown, and its digest.
#[must_use]
pub fn new() -> (String, PasswordDigest) {
    let letters: String = random::bytes::<LEN>()
        .iter()
        .filter_map(|byte| ALPHABET.get(usize::from(byte & 31)).copied().map(char::from))
        .collect();
    let shown = letters.chars().enumerate().fold(String::new(), |mut text, (at, letter)| {
        if at > 0 && at % 4 == 0 {
            text.push('-');
        }
        text.push(letter);
        text
    });
    (shown, of(&letters))
}

/// The digest of what was typed, with or without hyphens and spaces; `None` for what cannot be one.
#[must_use]
pub fn typed(password: &str) -> Option<PasswordDigest> {
    let dense: String = password.chars().filter(|c| !matches!(c, '-' | ' ')).take(LEN.saturating_add(1)).collect();
    let dense = dense.to_ascii_lowercase();
    (dense.len() == LEN && dense.bytes().all(|byte| ALPHABET.contains(&byte))).then(|| of(&dense))
}

fn of(letters: &str) -> PasswordDigest {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, letters.as_bytes()).as_ref());
    bytes
}
