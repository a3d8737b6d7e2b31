//! Mailstead: your own Exchange on a Raspberry Pi.

pub mod clock;
pub mod limits;
pub mod mail;
pub mod mapi;
pub mod random;
pub mod wire;
