//! Real clients that other people wrote, against our servers.
//!
//! The program `clients` runs them and prints a table. Each cell is a [client](Client) in a
//! [scenario](Scenario): it has a server process of its own, and its verdict is compared with what is
//! [expected](expected). Packages come from their registries, pinned in `conformance/clients`.

mod answer;
mod cell;
mod client;
mod dialect;
mod expected;
mod install;
mod judge;
mod outcome;
mod pieces;
mod report;
mod runner;
mod scenario;
mod source;
mod texts;
mod verdict;

pub use self::{
    answer::Answer,
    cell::Cell,
    client::{CLIENTS, Client},
    expected::{Expectation, expected},
    install::Installed,
    outcome::Outcome,
    report::print,
    runner::Runner,
    scenario::Scenario,
    texts::Texts,
    verdict::Verdict,
};
