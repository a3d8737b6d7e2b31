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
mod cli;
mod client;
mod config;
mod crash;
mod demo;
mod edge;
mod hostile;
mod http;
mod isolation;
mod mail;
mod mapihttp;
mod notification;
mod nspi;
mod serve;
mod session;
mod store;
mod tls;
