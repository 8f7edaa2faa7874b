//! Answers that outlive their connection: one writer, any number of readers, exact resume and cancel.
//!
//! A gateway to a language model streams answers that are expensive to produce. If a reader leaves, its answer should
//! continue or stop as the application says. If the page is reloaded, it should continue at the right token. A stop
//! button has to reach the task that produces the answer, and the end of the answer has to be an event, since a lost
//! connection must not look like one. A run is such an answer.
//!
//! The crate stores runs in an `sse-hub` and knows no framework: the events of a run are a stream, which the `Sse` of
//! any adapter takes. It does not know the model either, or the protocol of its clients.
//!
//! # Example
//! ```
//! use futures_core::Stream;
//! use sse_core::{Event, LastEventId, Refusal};
//! use sse_hub::Principal;
//! use sse_runs::{ReadFrom, RunError, RunSettings, Runs};
//!
//! /// `POST /answers`: begins an answer, which continues whatever its readers do; returns its ID.
//! async fn begin(runs: &Runs, user: &Principal) -> Result<String, Refusal> {
//!     let writer = runs.begin(user, RunSettings::default()).await?;
//!     let id = writer.id().to_string();
//!     tokio::spawn(writer.write(model()));
//!     Ok(id)
//! }
//!
//! /// `GET /answers/ID`: the answer, from its start or where the client left off.
//! async fn read(
//!     runs: &Runs,
//!     user: &Principal,
//!     id: &str,
//!     last: LastEventId,
//! ) -> Result<impl Stream<Item = Result<Event, RunError>> + use<>, Refusal> {
//!     Ok(runs.read(user, id, ReadFrom::After(last)).await?.events())
//! }
//! # fn model() -> impl Stream<Item = Result<Event, String>> { futures_util::stream::empty() }
//! # drop((begin, read));
//! ```
//!
//! | you want to | look at |
//! |---|---|
//! | begin a run, once for each request of a client | [`Runs::begin`], [`RunSettings::key`] |
//! | write an answer | [`Writer::write`], [`Writer::publish`] |
//! | read it, from any place | [`Runs::read`], [`ReadFrom`], [`Reading`] |
//! | map it to the protocol of a vendor's client | [`RunEvent`] |
//! | stop it | [`Runs::cancel`], [`Writer::ended`] |
//! | decide what a disconnect means | [`OnDisconnect`] |
//! | know how it has ended | [`Outcome`], [`Runs::status`] |
//! | share runs between nodes, or end those that a crash has left | [`RunsBuilder::open`] |
//! | answer with the right status | [`RunError::status`] |

mod background;
mod begin;
mod inner;
mod ledger;
mod node_id;
mod on_disconnect;
mod outcome;
mod presence;
mod read_from;
mod reading;
mod register;
mod run_error;
mod run_event;
mod run_id;
mod run_settings;
mod run_status;
mod runs;
mod runs_builder;
mod signal;
mod stored;
mod write_error;
mod writer;

pub use on_disconnect::OnDisconnect;
pub use outcome::Outcome;
pub use read_from::ReadFrom;
pub use reading::Reading;
pub use run_error::RunError;
pub use run_event::RunEvent;
pub use run_id::RunId;
pub use run_settings::RunSettings;
pub use run_status::RunStatus;
pub use runs::Runs;
pub use runs_builder::RunsBuilder;
pub use write_error::WriteError;
pub use writer::Writer;

/// Compiles the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
