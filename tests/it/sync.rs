//! Synchronisation and bulk transfer. MS-OXCFXICS
//!
//! `reader`: what a client makes of a stream; `download`, `upload`, `transfer`: by specification;
//! `quirks`: by the symptoms that Outlooks showed elsewhere (outlook.md §9); `model`: two caches and
//! a delivery agent; `cost`: what a sync looks at.

mod cost;
mod download;
mod hostile;
mod model;
mod quirks;
pub(crate) mod reader;
mod stores;
pub(crate) mod transfer;
mod upload;

pub(crate) use reader::Props;
