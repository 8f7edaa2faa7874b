//! A ledger of events for tests: what was published, what each client received, and what became of
//! the rest.
//!
//! It knows neither the hub nor HTTP, so that the tests of any crate can use it.
//!
//! # Example
//! ```
//! use std::time::Instant;
//!
//! use ledger::{Account, Ledger, Record};
//!
//! let now = Instant::now();
//! let mut ledger = Ledger::default();
//! ledger.publish("a", 0, "epoch.1", now);
//! ledger.publish("a", 1, "epoch.2", now);
//!
//! let mut record = Record::new(["a"]);
//! record.event("a", 1, "epoch.2", now);
//!
//! let expected = Account { delivered: 1, missing: 1, ..Account::default() };
//! assert_eq!(ledger.audit().account(&record), expected);
//! ```
//!
//! | you want to | look at |
//! |---|---|
//! | enter what is in the log | [`Ledger`] |
//! | enter what a client received | [`Record`] |
//! | compare the two | [`Audit`], [`Account`], [`Finding`] |
//! | name an event in its data | [`Label`] |

mod account;
mod audit;
mod finding;
mod gap;
mod label;
mod ledger;
mod place;
mod reader;
mod record;
#[cfg(test)]
mod tests;

pub use self::{
    account::Account,
    audit::Audit,
    finding::Finding,
    gap::Gap,
    label::{END, Label},
    ledger::Ledger,
    record::Record,
};
