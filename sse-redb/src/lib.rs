//! A journal on disk for `sse-hub`.

mod bounds;
mod builder;
mod durability;
mod file;
mod header;
mod journal;
mod kept;
mod open_error;
mod queue;
mod record;
#[cfg(test)]
mod simulated_disk;
mod stats;
mod storage;
mod store;
mod tail;
mod writer;

pub use builder::JournalBuilder;
pub use durability::Durability;
pub use journal::Journal;
pub use open_error::OpenError;
pub use stats::JournalStats;
