//! Third-party clients against our servers.
//!
//! The program `clients` runs them and prints a table. Each cell is a [client](Client) in a
//! [scenario](Scenario): it has a server process of its own, and its [verdict](Verdict) is compared with the
//! [expectation](Expectation) that is written down. Packages come from their registries, pinned in `conformance/clients`.
//!
//! To see a single client at work, after the packages have been installed below the target directory:
//! ```text
//! cargo run -p conformance --bin conformance-server axum 8080
//! node target/clients/npm/run.mjs openai hostile http://127.0.0.1:8080/client/hostile
//! target/clients/venv/bin/python target/clients/venv/run.py litellm empty http://127.0.0.1:8080/client/empty
//! ```

mod answer;
mod cell;
mod client;
mod dialect;
mod expected;
mod install;
mod judge;
mod outcome;
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
