//! Randomness from the operating system, for identifiers, cookies and keys.

use ring::rand::{SecureRandom, SystemRandom};

/// `N` unpredictable bytes.
///
/// # Panics
/// If the operating system has none to give: nothing secret could be made then.
#[must_use]
#[expect(clippy::expect_used, reason = "getrandom fails only before a kernel has booted")]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}
