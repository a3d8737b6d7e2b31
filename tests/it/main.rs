//! One test binary; modules named by specification.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of a test that fails may panic like the test itself"
)]
mod auth;
mod autodiscover;
mod config;
mod edge;
mod golden;
mod http;
mod mail;
mod mapi;
mod mapihttp;
mod nspi;
mod restriction;
mod rop;
mod serve;
mod session;
mod spec;
mod tables;
mod tls;
mod wire;
