//! A hub's log on Redis or Valkey Streams: many nodes, one order, one `Last-Event-ID`.
//!
//! A publish on any node reaches the subscribers of every node in the same order, and a client that
//! loses its connection resumes on any node. Clients receive a `gap` event for what the server has trimmed or
//! lost. Nodes talk only to the server: Redis 6.2 or later, or Valkey.
//!
//! The log is neither a queue nor a store. It keeps the newest events for clients that reconnect, and every
//! node also keeps events in memory, within its hub's own retention.
//!
//! # Example
//! ```no_run
//! # async fn serve() -> Result<(), Box<dyn std::error::Error>> {
//! use sse_core::Event;
//! use sse_hub::Hub;
//! use sse_redis::RedisBackend;
//!
//! let backend = RedisBackend::new("redis://127.0.0.1:6379")?;
//! let hub = Hub::builder().open(backend).await?;
//! tokio::spawn(hub.background());
//!
//! hub.publish("orders", Event::data("42").event("created")).await?;
//! let subscription = hub.subscribe("orders")?; // give it to an adapter's `Sse`
//! # drop(subscription);
//! # Ok(()) }
//! ```
//!
//! | you want to | look at |
//! |---|---|
//! | open the log | [`RedisBackend::new`], [`HubBuilder::open`](sse_hub::HubBuilder::open) |
//! | share a server, keep more or less, fail sooner | [`RedisBackendBuilder`] |
//! | know whether to publish again | [`BackendError::may_be_stored`](sse_hub::BackendError::may_be_stored) |
//! | notice that the server is unreachable | [`Stats::backend_error`](sse_hub::Stats::backend_error), or one `tracing` warning |
//!
//! The feature `tls` enables `rediss://` through rustls, with the machine's root certificates. If the program
//! has not installed a rustls provider, ring is installed for the process.
//!
//! # What is promised
//! - All nodes deliver the same events in the same order, each once, or report a gap.
//! - A publish that succeeds is in the log. A publish that fails says whether the event
//!   [may be stored](sse_hub::BackendError::may_be_stored). It is *not* stored if no connection was made, or if
//!   the server answered with an error (full, read-only, not permitted). It *may be* stored if, after it was
//!   sent, the connection broke, the deadline passed, or another log began. An event is sent again
//!   automatically only if the server said that it is not stored.
//! - Entries that are trimmed before a node has read them are reported as a gap, even on a healthy connection:
//!   each read also asks whether the last-read entry still exists. A gap may be reported although nothing was
//!   lost, if the log was emptied or its last-read entry deleted.
//! - If the server loses its data (a restart without persistence, `FLUSHALL`, the log deleted or evicted), a new
//!   epoch of the log begins, and no ID of the old epoch resumes silently. The first process that notices
//!   begins it with a script, and all others follow. The name of the log's key contains the epoch, and
//!   `XADD NOMKSTREAM` creates no key, so a position of one epoch never names an event of another. A publish
//!   notices at once, and moves to the new epoch with an ID of that epoch. A node that only listens notices
//!   within 5 s.
//! - If only the key of the epoch is lost, the log continues. Each publish reads the epoch right after `XADD`,
//!   and is acknowledged only if its log is of that epoch; if the key is gone, the publish sets it again with the
//!   same script. A node that starts without the key looks for logs with `SCAN`, and continues the one with the
//!   latest event. An acknowledged event is therefore delivered, or reported as lost, on every node.
//! - Every node refuses publishes to a topic that [has ended](sse_hub::Hub::end). Each publish asks after `XADD`
//!   whether its topic had ended before, so its answer is exact, and every node skips entries that were appended
//!   after an end. When a topic may begin again depends on the server's clock, which is part of the positions,
//!   so give all nodes the same [`remember_ends`](RedisBackendBuilder::remember_ends).
//! - A process that only publishes recovers without running the hub's
//!   [`Background`](sse_hub::Background).
//! - When the last handle to the hub is dropped, its background closes the connections and then resolves.
//! - While the server is unreachable, the tail retries with jitter, after 0.1 s at first and at most 5 s. It then
//!   delivers everything in order, or reports a gap.
//!
//! # What cannot be promised
//! - **Replication is asynchronous**: a failover to a replica that was behind loses events that the old primary
//!   had acknowledged. A node that has read more than the new primary holds notices (its last entry is missing,
//!   or the log ends before it). It begins a new epoch with the kept events, and every subscriber of every node
//!   receives a `gap` event. If no node had read the lost events, their loss cannot be noticed.
//!   `min-replicas-to-write` bounds the loss. The address has to lead to the primary, through DNS or a proxy; a
//!   replica is refused.
//! - If only the set of ended topics is lost, every node that has read of an end writes it again, within 5 s or
//!   with the next event. Until then, a node that started after the loss may acknowledge a publish to an ended
//!   topic whose end is no longer in the log, and other nodes do not deliver that event.
//! - If only the hash of notes is lost, nodes that start later do not know the topics that it described. Nodes that run
//!   still do.
//! - An entry that is deleted from the middle of the log (`XDEL`) before a node has read it is skipped silently.
//! - A cluster is used as one server: name the node that has the prefix's slot. `MOVED` is not followed.
//!
//! # Keys on the server
//! `{sse}:epoch` holds the epoch. `{sse}:log:<epoch>` is a stream of all topics; each entry has the fields `t`, the
//! topic, and `b`, the encoded event or a control entry. `{sse}:ends:<epoch>` is a sorted set of the topics that have
//! ended, each with the position of its end; the script that appends an end writes it, and it expires.
//! `{sse}:notes:<epoch>` is a hash of the notes of topics, such as the records of runs. The braces keep the keys in one
//! slot of a cluster.
//!
//! **Write access to these keys is the right to publish**: bodies are trusted as much as those of another node. An
//! entry that is not one whole event, has its own `id:`, or has an invalid topic is skipped with a warning (the
//! 1st, 2nd, 4th, 8th and so on). Give the hub its own user, which needs no more than this:
//! ```text
//! ACL SETUSER hub on >secret ~{sse}:* +xadd +xread +xrange +xinfo|stream +get +set +exists +rename +eval +select +scan +xtrim +xlen +memory|usage +zadd +zscore +zrange +zrangebyscore +zremrangebyscore +zremrangebyrank +hset +hdel +hexists +hgetall +pexpire
//! ```
//! `SCAN` is not limited to the hub's keys: with it, the user can list the names of all keys of the database. It is
//! sent only if the key of the epoch is lost, when a process starts or if its log is gone too. It walks all keys of
//! the database, 1,000 at a time, which takes 0.7 s for a million.
//!
//! # Operation
//! - **Memory on the server**: the log keeps 100,000 events or 256 MiB, whichever is reached first; see
//!   [`RedisBackendBuilder::retention`]. An event takes about 60 bytes beside its own bytes and its topic's, so
//!   100,000 events of 256 bytes take 32 MB. Every node keeps events as well, within
//!   [`HubBuilder::max_bytes`](sse_hub::HubBuilder::max_bytes).
//! - **`maxmemory-policy noeviction`**: any other policy may evict the log or the key of its epoch. The loss is
//!   then reported as described above. A full server refuses `XADD` before it trims, so a publish that is refused
//!   for memory trims a tenth of the log and tries once more. If that is refused too, it fails with the server's
//!   `OOM`, nothing is stored, and the process does not trim again for 1 s. This cannot free memory that other
//!   keys take: set `maxmemory` well above the log's bytes and everything else on the server.
//! - **Memory of a node**: a read asks for at most 64 entries, and after large entries for as many of their size as
//!   take 4 MiB. Redis cannot limit a read in bytes, so if large events follow small ones, one read may return
//!   64 of the largest: 64 MiB for events of 1 MiB, the default of
//!   [`HubBuilder::max_event_bytes`](sse_hub::HubBuilder::max_event_bytes). A page that a starting node reads ends
//!   at 4 MiB and one further read, and includes the log's first and last entry.
//!   `client-output-buffer-limit` can stay at its default.
//! - **Persistence**: with `appendonly yes`, a restart loses nothing or, with the default `appendfsync everysec`,
//!   at most a second. Nodes that had read events lost in a crash notice the loss.
//! - **Cost**, measured by `cargo run --release -p sse-redis --example redis-figures`: with two nodes, Redis spends
//!   about 20 µs per event if each event is read alone, and less in a burst, which is read at once. A publish is one
//!   round trip: `XADD`, which takes 3 to 6 µs, and `GET`, which takes 0.2 µs. If nothing follows the log, the
//!   publisher sends `MEMORY USAGE` at each MiB, which takes 1 ms for 120 MB of small events.

mod append;
mod backend;
mod backoff;
mod batch;
mod body;
mod bounds;
mod builder;
mod ends;
mod entry;
mod epoch;
mod keys;
mod link;
mod log;
mod memory;
mod metrics;
mod notes;
mod retained;
mod room;
mod session;
mod signals;
mod skipped;
mod stream_id;
mod tail;
mod together;

pub use backend::RedisBackend;
pub use builder::{InvalidRedisSettings, RedisBackendBuilder};
#[cfg(feature = "metrics")]
pub use metrics::describe_metrics;

/// Compiles the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
