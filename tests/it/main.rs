//! One test binary; modules named by specification.
#![expect(clippy::unwrap_used, reason = "a helper of a test that fails may panic like the test itself")]
mod auth;
mod config;
mod tls;
