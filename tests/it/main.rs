//! One test binary; modules named by specification.

mod nspi;
mod mail;
