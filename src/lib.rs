//! Mailstead: your own Exchange on a Raspberry Pi.

pub mod admin;
pub mod auth;
pub mod autodiscover;
pub mod backend;
pub mod cli;
pub mod clock;
pub mod config;
pub mod control;
pub mod deliver;
pub mod directory;
pub mod exec;
pub mod files;
pub mod http;
pub mod limits;
pub mod mail;
pub mod mapi;
pub mod mapihttp;
pub mod nspi;
pub mod random;
pub mod rop;
pub mod serve;
pub mod session;
pub mod store;
pub mod tls;
pub mod wire;
pub mod workers;
