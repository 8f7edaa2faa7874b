//! Publish server-sent events once, to any number of subscribers, and resume from anywhere in the log.
//!
//! A topic is a log of events, each encoded once; a subscriber is a cursor into it. Replay and live delivery are
//! therefore the same: a client that reconnects with its `Last-Event-ID` continues where it was, without loss or
//! duplicates, and a slow reader costs neither the publisher nor memory. If the events that a client missed have
//! been evicted, it receives an event `gap`.
//!
//! The crate knows no framework: a [`Subscription`] is a stream of frames, which any adapter's `Sse` takes.
//!
//! # Example
//! ```
//! use sse_core::{Event, LastEventId, Refusal};
//! use sse_hub::{Hub, Subscription};
//!
//! /// A handler returns the subscription in the `Sse` of its adapter; there `?` converts into the adapter's `Refusal`.
//! fn events(hub: &Hub, last: LastEventId) -> Result<Subscription, Refusal> {
//!     Ok(hub.subscribe_from("orders", last)?)
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let hub = Hub::new();
//! tokio::spawn(hub.background()); // once, at the start
//! hub.publish("orders", Event::data("42").event("created")).await?;
//! # drop(events(&hub, LastEventId::default()));
//! # Ok(()) }
//! ```
//!
//! | you want to | look at |
//! |---|---|
//! | publish | [`Hub::publish`], [`Hub::publish_now`], [`Topic`] |
//! | subscribe, resume, begin with the last n | [`Hub::subscribe_from`], [`Subscription`], [`Start`] |
//! | end a topic, and keep its clients from reconnecting | [`Hub::end`], [`SubscribeError::Ended`] |
//! | end one subscription | [`SubscriptionHandle`] |
//! | end all subscriptions of a user or session, on all nodes | [`Hub::revoke`], [`Subscription::principal`] |
//! | let in clients that cannot send a header or a cookie | `Hub::issue_ticket`, `Hub::redeem_ticket` |
//! | decide what follows a gap | [`OnGap`], [`Snapshot`], [`GapReason`] |
//! | send a slow reader only the newest event | [`Delivery::Latest`] |
//! | keep more or fewer events | [`Retention`], [`HubBuilder`], [`Hub::trim`] |
//! | serve thousands of subscribers to one topic, evict by age, follow a backend | [`Hub::background`] |
//! | export metrics | `describe_metrics`, `Hub::record_metrics` (feature `metrics`) |
//! | count events and subscribers | [`Hub::stats`], `SubscriberCount` |
//! | answer readiness and liveness checks | [`Hub::ready`], [`Hub::live`] |
//! | see topics, connections and losses live on a page | `Inspector` (feature `inspector`) |
//! | publish several events at once | [`Hub::publish_batch`] |
//! | let nodes agree on something by the log's order | [`backend::Observer`], [`Hub::note`], [`Hub::signal`] |
//! | share a log between nodes, or keep it across a restart | [`Backend`], [`HubBuilder::open`] |
//!
//! # Event IDs
//! Every event's ID is `<epoch>.<position>`: the log's epoch, and one order over all topics, so that one
//! `Last-Event-ID` resumes a connection that follows many. An event with its own ID is refused; put your
//! identifier into its data. An event without data is refused too, since subscribers would not see it.
//!
//! A subscription begins with an event `subscribed`, whose ID is the client's starting position: see
//! [`Subscription::opening`].
//!
//! # Gaps
//! A `gap` event comes right before the first event after the missing ones:
//! ```text
//! event: gap
//! id: Kx81bq2LmPz.130
//! data: {"reason":"trimmed","topics":["orders"],"requested":"Kx81bq2LmPz.88","resumed_at":"Kx81bq2LmPz.130"}
//! ```
//! The stream continues from its ID, so a client receives it once. See [`GapReason`] for the reasons, and [`OnGap`] for
//! the events that follow.
//!
//! # Features
//! - `tokio` (default): adds `SubscriberCount`, and Tokio's timer, by which the [`Background`] evicts old events.
//!   Without it, call [`Hub::tick`].
//! - `tickets`: adds `Hub::issue_ticket` and `Hub::redeem_ticket`.
//! - `inspector`: adds `Inspector`, a page that shows what the hub does.
//! - `test-util`: `backend::contract`, tests for your own [`Backend`].
//! - `hold-times`: measures how long the hub's lock is held, for benchmarks.

pub mod backend;
mod background;
mod background_error;
mod builder;
mod delivery;
mod ends;
mod epoch;
mod feed;
mod gap;
mod gap_reason;
mod health;
mod hold_times;
mod hub;
mod inner;
#[cfg(feature = "inspector")]
mod inspector;
mod into_topic;
mod into_topics;
mod invalid_principal;
mod invalid_topic_name;
mod large;
mod limits;
mod log;
mod metrics;
mod nodes;
mod not_ready;
mod on_gap;
mod ordered;
mod pinned;
mod position;
mod principal;
mod principals;
#[cfg(feature = "inspector")]
mod probe;
#[cfg(feature = "inspector")]
mod probes;
mod publish_error;
#[cfg(feature = "tickets")]
mod redeem;
mod refusal;
mod retention;
mod revoke;
mod sending;
mod shared;
mod snapshot;
mod snapshot_source;
mod start;
mod state;
mod stats;
mod subscribe_error;
#[cfg(feature = "tokio")]
mod subscriber_count;
mod subscription;
mod subscription_handle;
mod sync;
mod table;
#[cfg(feature = "tickets")]
mod ticket;
#[cfg(feature = "tickets")]
mod ticket_error;
#[cfg(feature = "tickets")]
mod tickets;
mod topic;
mod topic_name;
mod vanished;
mod work;

pub use backend::{Backend, BackendError, MemoryBackend};
pub use background::Background;
pub use background_error::BackgroundError;
pub use builder::HubBuilder;
pub use delivery::Delivery;
pub use epoch::Epoch;
pub use gap::Gap;
pub use gap_reason::GapReason;
#[cfg(feature = "hold-times")]
#[doc(hidden)]
pub use hold_times::take_hold_times;
pub use hub::Hub;
#[cfg(feature = "inspector")]
pub use inspector::{Inspector, Snapshots};
pub use into_topic::IntoTopic;
pub use into_topics::IntoTopics;
pub use invalid_principal::InvalidPrincipal;
pub use invalid_topic_name::InvalidTopicName;
#[cfg(feature = "metrics")]
pub use metrics::describe_metrics;
pub use not_ready::NotReady;
pub use on_gap::OnGap;
pub use position::Position;
pub use principal::Principal;
pub use publish_error::PublishError;
pub use retention::Retention;
pub use snapshot::Snapshot;
pub use snapshot_source::SnapshotSource;
pub use start::Start;
pub use stats::{Stats, TopicStats};
pub use subscribe_error::SubscribeError;
#[cfg(feature = "tokio")]
pub use subscriber_count::SubscriberCount;
pub use subscription::Subscription;
pub use subscription_handle::SubscriptionHandle;
#[cfg(feature = "tickets")]
pub use ticket::Ticket;
#[cfg(feature = "tickets")]
pub use ticket_error::TicketError;
pub use topic::Topic;
pub use topic_name::TopicName;

/// Compiles the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
