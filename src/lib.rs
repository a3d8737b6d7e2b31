//! Mailstead: your own Exchange on a Raspberry Pi.

pub mod admin;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod control;
pub mod directory;
pub mod files;
pub mod limits;
pub mod mapi;
pub mod random;
pub mod rop;
pub mod store;
pub mod tls;
pub mod wire;
