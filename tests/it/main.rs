//! One test binary; modules named by specification.
mod config;
