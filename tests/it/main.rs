//! One test binary; modules named by specification.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a helper of a test that fails may panic like the test itself"
)]
mod access;
mod app_password;
mod attachment;
mod auth;
mod autodiscover;
mod backup;
mod bench;
mod body;
mod browser;
mod cli;
mod client;
mod config;
mod crash;
mod decode;
mod demo;
mod directory;
mod doctor;
mod edge;
mod fasttransfer;
mod folder;
mod golden;
mod hostile;
mod http;
mod idset;
mod isolation;
mod logged;
mod logon;
mod mail;
mod mapi;
mod mapihttp;
mod message;
mod model;
mod notification;
mod nspi;
mod outlook;
mod packaging;
mod permission;
mod property;
mod public;
mod repair;
mod requirements;
mod restriction;
mod resume;
mod rop;
mod scripted;
mod search;
mod serve;
mod session;
mod sorted;
mod spec;
mod store;
mod stream;
mod submit;
mod sync;
mod table;
mod tables;
mod tidy;
mod tls;
mod trust;
mod upgrade;
mod welcome;
mod wire;
