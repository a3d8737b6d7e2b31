//! Mailstead: your own Exchange on a Raspberry Pi. One binary, one LMDB file, MAPI over HTTP.
//!
//! This page is the map. Five invariants hold everywhere, and `tests/it/tidy.rs` checks what a
//! machine can check of them:
//!
//! 1. **Layers point one way.** A module uses what stands below it, never above.
//! 2. **The core is pure**: `wire`, `mapi`, `rop`, `transfer`, `nspi::message` and `mail` do no I/O, take
//!    no lock, read no clock, draw no randomness.
//! 3. **A transaction never crosses an `.await`.** Nothing below the edge is async.
//! 4. **Server objects are data**: a handle names ids and parameters, never a cursor or a
//!    transaction, so that a session can be written down.
//! 5. **One definition for each fact**: wire structure, operation, property, code, setting, command,
//!    limit, database.
//!
//! | level | modules |
//! |---|---|
//! | 0 | [`wire`]: bytes ↔ types · [`limits`]: every bound, with its reason · [`sorted`]: small maps · [`outlook`]: which releases there are |
//! | 1 | [`mapi`]: the vocabulary of MS-OXCDATA and MS-OXPROPS |
//! | 2 | [`rop`]: what each operation looks like · [`transfer`]: FastTransfer streams · `nspi::message` · [`mail`]: MIME → properties |
//! | 3 | [`store`]: the data file, the only place that knows keys · [`clock`] · [`random`] |
//! | 4 | [`directory`]: who exists · [`deliver`]: one message into one mailbox · [`notify`]: what changed → who waits · [`exec`]: what each operation does · [`nspi`]: the address book |
//! | 5, the edge | [`session`] [`mapihttp`] [`autodiscover`] [`http`] [`auth`] [`tls`] [`serve`] [`backend`] [`workers`] · [`admin`] [`control`] [`cli`] [`config`] [`files`] [`welcome`] [`upkeep`] [`searcher`] · [`client`]: a scripted Outlook |
//!
//! The reader who knows a specification finds four files without searching: `rop/table.rs` (form),
//! `exec/table.rs` (meaning), `store/view.rs` (data) and `tests/it/table.rs` (proof) are the four
//! faces of MS-OXCTABL.
//!
//! The way of a request: `serve` accepts, `tls` and `http` read, `auth` says who it is, `mapihttp`
//! finds the session context; then, on a worker thread and without async, `exec` runs the batch in
//! one transaction of the `store` (read or write, known from the `rops!` table before it starts)
//! with one commit; what committed goes to `notify`, the answer back up.

pub mod admin;
pub mod archive;
pub mod auth;
pub mod autodiscover;
pub mod backend;
pub mod cli;
pub mod client;
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
pub mod notify;
pub mod nspi;
pub mod outlook;
pub mod random;
pub mod rop;
pub mod searcher;
pub mod serve;
pub mod session;
pub mod sorted;
pub mod store;
pub mod tls;
pub mod transfer;
pub mod upkeep;
pub mod welcome;
pub mod wire;
pub mod workers;
