//! Runs on three nodes that share one Redis, while processes are killed and stopped: real processes, and a ledger of
//! every event.
//!
//! The program `runs` runs it and prints what became of the runs.

mod cluster;
mod node;
mod reader;
mod report;
mod trial;

pub use self::{
    node::serve,
    report::Report,
    trial::{Plan, trial},
};
