//! A journal on disk for `sse-hub`: one node, one file. A client that reconnects after a restart of the
//! server resumes where it was.
//!
//! The file is a [redb](https://docs.rs/redb) database behind a header of our own. A publish is acknowledged
//! once it is committed, and clients see its ID only then, so an ID that a client has is in the file.
//! Publishes that arrive during a commit share the next one. All blocking work happens on the journal's own
//! thread; any async runtime will do, or none.
//!
//! A journal belongs to one process: a second one that opens the file is refused. For many nodes on one log,
//! use `sse-redis`.
//!
//! # Example
//! ```
//! # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("events.redb");
//! use sse_core::Event;
//! use sse_hub::{Hub, Start};
//! use sse_redb::Journal;
//!
//! let journal = Journal::open(&path).await?;
//! let hub = Hub::builder().open(journal).await?;
//! let background = tokio::spawn(hub.background());
//! let id = hub.publish("orders", Event::data("paid")).await?; // it is on disk
//! // At the end, once the server and its streams are gone:
//! drop(hub);
//! background.await?; // the file is closed
//!
//! // The next process finds everything.
//! let journal = Journal::open(&path).await?;
//! let hub = Hub::builder().open(journal).await?;
//! tokio::spawn(hub.background());
//! let orders = hub.subscribe("orders")?.start(Start::Earliest); // or `.resume(last_event_id)`
//! # drop((id, orders));
//! # Ok(()) }
//! ```
//!
//! | you want to | look at |
//! |---|---|
//! | keep events over a restart | [`Journal::open`] |
//! | publish faster, at the risk of a reported loss if the machine crashes | [`Durability`], [`JournalBuilder::durability`] |
//! | keep more or less on disk | [`JournalBuilder::retention`], for the whole log |
//! | keep more or less in memory | [`HubBuilder::retention`](sse_hub::HubBuilder::retention), for each topic |
//! | know why a file was not opened | [`OpenError`] |
//! | close the file | [`Hub::background`](sse_hub::Hub::background), [`Journal::close`] |
//! | read counts | [`JournalStats`] |
//!
//! # What is promised
//! - **Acknowledged events survive** a crash of the process at any moment, and with
//!   [`Durability::Disk`] a power cut too: unchanged, in order, each at its position. No position
//!   that a client has seen is used twice.
//! - **Damage is detected.** Opening reads the whole file. It compares the checksum of each event, the
//!   number of events, and the newest commit with a mark outside of the database. It returns everything that
//!   was acknowledged, or an [`OpenError`] that leaves the file unchanged.
//! - **Loss is reported.** If a crash of the machine may have lost events under
//!   [`Durability::Process`], the log continues in a new epoch, and clients that reconnect receive a
//!   `gap` event.
//! - **A full disk fails publishes**, which succeed again once there is room. After a failed commit the
//!   journal reads the file again, so the error nearly always says for certain whether the event is stored.
//! - **Memory is bounded.** Events that wait for the disk are bounded in bytes; events over the bound are
//!   refused.
//!
//! # What is not
//! - **A publish has no deadline.** It waits as long as the disk hangs; wrap it in a timeout if you need one. A
//!   cancelled publish may be stored.
//! - **A power cut under [`Durability::Process`]** may leave a damaged file or an older one. Both are
//!   reported.
//! - **An older copy of the file** that was put back is served as if nothing had followed it. A client that
//!   reconnects with an ID ahead of the log receives a `gap` event (`future`). A client that reconnects after
//!   the log has grown past its ID misses the events between without notice. The same is true of a disk that
//!   is detached while its machine keeps running.
//! - **A disk that lies.** If a disk loses writes that it has confirmed, a power cut may cost acknowledged
//!   events. The next opening most likely reports the file as damaged.
//! - **A failed `sync` ends the journal** until the process restarts: what the system then shows of the file
//!   may not be on disk.
//! - **Deliberate changes** are not detected. Checksums are not signatures.
//! - **A program built with `panic = "abort"`** may abort on a damaged file: redb panics on some kinds of
//!   damage, and the journal turns such a panic into an error only where it can be caught.
//! - **Damaged files are not repaired.** You decide what to do with one. To continue without it:
//!
//! ```
//! # use sse_redb::{Journal, OpenError};
//! # async fn open() -> Result<Journal, Box<dyn std::error::Error>> {
//! let journal = match Journal::open("events.redb").await {
//!     Err(error @ OpenError::Damaged { .. }) => {
//!         eprintln!("{error}");
//!         std::fs::rename("events.redb", "events.damaged")?;
//!         Journal::open("events.redb").await? // a new epoch: clients receive a gap event
//!     }
//!     opened => opened?,
//! };
//! # Ok(journal) }
//! ```

mod boot_id;
mod bounds;
mod builder;
mod durability;
mod ends;
mod era;
mod fault;
mod file;
mod header;
mod journal;
mod kept;
mod metrics;
mod notes;
mod open_error;
mod page;
mod queue;
mod record;
mod settings;
#[cfg(test)]
mod simulated_disk;
mod stats;
mod storage;
mod store;
mod tables;
mod tail;
mod writer;

pub use builder::JournalBuilder;
pub use durability::Durability;
pub use journal::Journal;
#[cfg(feature = "metrics")]
pub use metrics::describe_metrics;
pub use open_error::OpenError;
pub use stats::JournalStats;

/// Compiles the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
