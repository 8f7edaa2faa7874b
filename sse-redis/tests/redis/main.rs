//! The backend on a real server, under faults.

mod access;
mod bounds;
mod contract;
mod ends;
mod faults;
mod foreign;
mod keys;
mod loss;
#[cfg(feature = "metrics")]
mod metrics;
mod node;
mod proxy;
mod random;
mod record;
mod revoke;
mod runs;
mod server;
