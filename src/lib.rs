//! Mailstead: your own Exchange on a Raspberry Pi.

pub mod clock;
pub mod deliver;
pub mod directory;
pub mod exec;
pub mod limits;
pub mod mail;
pub mod mapi;
pub mod nspi;
pub mod random;
pub mod rop;
pub mod store;
pub mod wire;
