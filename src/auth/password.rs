//! Passwords as stored: Argon2id in PHC strings. The strings carry their own parameters, so raising
//! the cost later leaves old passwords valid.

use argon2::Argon2;
use argon2::password_hash::{Error, PasswordHasher, PasswordVerifier, phc::PasswordHash};
use std::fmt;

/// No verdict: memory or randomness ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashError(Error);

impl fmt::Display for HashError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot hash a password: {}", self.0)
    }
}
impl std::error::Error for HashError {}

/// A hash that no password has (its salt and output are random bytes), at the cost of every other.
/// Whoever asks for a user that does not exist waits as long as for one who does.
pub const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$3qY8kfWmT0VxHc1u7RbZpg$\
                                 Q5vL0m8kWc2JtXzR7yNaHdEfUoGsIbPj4K1lMqTnVwY";

/// The PHC string to store for `password`, which is UTF-8 wherever it was typed.
///
/// # Errors
/// When memory or randomness runs out.
pub fn hash(password: &str) -> Result<String, HashError> {
    let hash: PasswordHash = Argon2::default().hash_password(password.as_bytes()).map_err(HashError)?;
    Ok(hash.to_string())
}

/// Whether `stored` is the hash of `password`. A string that is no Argon2 hash is nobody's.
///
/// # Errors
/// When memory runs out.
pub fn verify(stored: &str, password: &[u8]) -> Result<bool, HashError> {
    let Ok(parsed) = PasswordHash::new(stored) else { return Ok(false) };
    match Argon2::default().verify_password(password, &parsed) {
        Ok(()) => Ok(true),
        Err(Error::OutOfMemory) => Err(HashError(Error::OutOfMemory)),
        Err(_) => Ok(false),
    }
}
