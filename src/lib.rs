//! Mailstead: your own Exchange on a Raspberry Pi.

pub mod auth;
pub mod autodiscover;
pub mod backend;
pub mod clock;
pub mod directory;
pub mod http;
pub mod limits;
pub mod mapi;
pub mod mapihttp;
pub mod random;
pub mod rop;
pub mod serve;
pub mod session;
pub mod store;
pub mod tls;
pub mod wire;
pub mod workers;
