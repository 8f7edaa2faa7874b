//! What a cluster does when its parts fail: real processes, real faults, and a ledger of every event.
//!
//! The program `faults` runs it and prints a table.

mod client;
mod cluster;
mod comparison;
mod ending;
mod fault;
mod metrics;
pub(crate) mod process;
mod publisher;
mod row;
mod run;
mod tally;
mod timeline;

pub use self::{
    cluster::Log,
    comparison::Comparison,
    ending::Ends,
    fault::Fault,
    row::Row,
    run::{Load, Report, run},
};
