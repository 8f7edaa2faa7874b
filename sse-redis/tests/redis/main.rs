//! The backend on a real server, under faults.

mod access;
mod contract;
mod faults;
mod foreign;
mod loss;
mod node;
mod random;
mod record;
mod server;
