//! One test binary; modules named by specification.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a helper of a test that fails may panic like the test itself"
)]
mod auth;
mod autodiscover;
mod backup;
mod cli;
mod client;
mod config;
mod edge;
mod http;
mod isolation;
mod mail;
mod mapihttp;
mod nspi;
mod repair;
mod serve;
mod session;
mod store;
mod tls;
mod upgrade;
