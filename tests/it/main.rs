//! One test binary; modules named by specification.

mod autodiscover;
mod edge;
mod http;
mod mapihttp;
mod serve;
mod session;
