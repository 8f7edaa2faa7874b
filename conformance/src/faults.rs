//! What a cluster does when its parts fail: real processes, real faults, and a ledger of every event.
//!
//! The program `faults` runs it and prints a table.

mod client;
mod cluster;
mod ending;
mod fault;
pub(crate) mod process;
mod publisher;
mod row;
mod run;
mod timeline;

pub use self::{
    cluster::Log,
    ending::Ends,
    fault::Fault,
    row::Row,
    run::{Load, Report, run},
};
