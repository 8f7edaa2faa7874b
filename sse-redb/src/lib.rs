//! A journal on disk for `sse-hub`: one node, one file, and a client that comes back after a restart
//! of the server goes on where it was.
//!
//! The file is a [redb](https://docs.rs/redb) database with a header of ours. A publish is acknowledged
//! once it is committed, and only then does any client see its ID; so an ID that a client has
//! is in the file. Publishes that arrive while a commit is under way go together into the next. All
//! that blocks happens on a thread of the journal's own, on any runtime or none.
//!
//! It is for one process: a second that opens the file is refused. For many nodes on one log, use a
//! server such as Redis.
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
//! let id = hub.publish("orders", Event::data("paid")).await?; // it is on the disk
//! // At the end, once the server and its streams are gone:
//! drop(hub);
//! background.await?; // the file is closed
//!
//! // The next process, or this one, has everything again.
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
//! | publish faster, and lose events (and be told) if the machine crashes | [`Durability`], [`JournalBuilder::durability`] |
//! | keep more or less on the disk | [`JournalBuilder::retention`], for the whole log |
//! | keep more or less in memory | [`HubBuilder::retention`](sse_hub::HubBuilder::retention), for each topic |
//! | know why a file was not opened | [`OpenError`] |
//! | end in order | [`Hub::background`](sse_hub::Hub::background), [`Journal::close`] |
//! | count | [`JournalStats`] |
//!
//! # What is promised
//! - **What was acknowledged is there** after a crash of the process at any moment, and with
//!   [`Durability::Disk`] after a power cut too: unchanged, in order, at its position. No position
//!   that a client has seen is used twice.
//! - **A file that was changed is noticed**: every opening reads all of it, and compares the
//!   checksum of each event, their number, and the newest commit with a mark outside of the
//!   database. It gives what was acknowledged, or [`OpenError`], and then the file is as it was.
//! - **Loss is told.** If a crash of the machine may have lost events under
//!   [`Durability::Process`], the log goes on in a new epoch, and clients that come back are told
//!   of a gap.
//! - **A full disk fails publishes**, and when there is room they go on. The error says whether the
//!   event may be stored; the journal looks, so it hardly ever has to.
//! - **Nothing waits without bound**: what waits for the disk is bounded in bytes, and what is over
//!   that is refused.
//!
//! # What is not
//! - **A publish has no deadline.** A disk that hangs holds it as long; put a timeout around it if
//!   you need one. A publish that was given up may be stored.
//! - **A power cut under [`Durability::Process`]** may leave a damaged file, or an older one. Both are
//!   told.
//! - **An older copy of the file, put back,** is served as if nothing had come after it. A client that
//!   comes back with an ID ahead of the log is told of a gap (`future`). One that comes back after the log
//!   has grown past that ID misses what came in between. The same goes for a disk that is torn from a
//!   machine that goes on running.
//! - **A disk that lies.** If it confirms what it then loses, a power cut may cost acknowledged
//!   events; the next opening most likely says that the file is damaged.
//! - **A `sync` that fails ends the journal** until the process is restarted: what the system then
//!   shows of the file need not be on the disk.
//! - **Changes by intent.** Checksums are no signatures.
//! - **A program that is built with `panic = "abort"`**: redb panics on some kinds of damage, which
//!   is an error here only where a panic can be caught.
//! - **A way back from damage.** What to do with a damaged file is for you to decide. To go on
//!   without it:
//!
//! ```
//! # use sse_redb::{Journal, OpenError};
//! # async fn open() -> Result<Journal, Box<dyn std::error::Error>> {
//! let journal = match Journal::open("events.redb").await {
//!     Err(error @ OpenError::Damaged { .. }) => {
//!         eprintln!("{error}");
//!         std::fs::rename("events.redb", "events.damaged")?;
//!         Journal::open("events.redb").await? // another life: clients are told of a gap
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
pub use open_error::OpenError;
pub use stats::JournalStats;
