//! What a cluster does when its parts fail: real processes, real faults, and books of every event.
//!
//! The program `faults` runs it and prints a table.

mod books;
mod client;
mod cluster;
mod fault;
pub(crate) mod process;
mod publisher;
mod run;

pub use self::{
    books::Row,
    cluster::Log,
    fault::Fault,
    run::{Load, Report, run},
};
