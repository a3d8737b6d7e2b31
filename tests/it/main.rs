//! One test binary; modules named by specification.

mod mail;
mod nspi;
