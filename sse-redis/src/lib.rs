//! A hub's log on Redis or Valkey Streams: many nodes, one order, one `Last-Event-ID`.
//!
//! A publish on any node reaches the subscribers of every node in the same order, and a client that
//! lost its connection resumes on any of them. What the server has trimmed or lost is told as an
//! event `gap`. Nodes need nothing of each other, only the server: Redis from 6.2 on, or Valkey.
//!
//! It is no queue and no store: the log keeps the newest events for clients that come back, and
//! every node keeps them in memory too, by the hub's own retention.
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
//! | share a server, keep more or less, answer sooner | [`RedisBackendBuilder`] |
//! | know whether to publish again | [`BackendError::may_be_stored`](sse_hub::BackendError::may_be_stored) |
//! | see that the server is away | [`Stats::backend_error`](sse_hub::Stats::backend_error), or a `tracing` warning, once |
//!
//! Feature `tls`: `rediss://`, by rustls with the machine's root certificates. If the program has
//! not installed a rustls provider, ring is installed for the process.
//!
//! # What is promised
//! - All nodes deliver the same events in the same order, each once, or tell of a gap.
//! - A publish that succeeds is in the log. One that fails says whether it
//!   [may be](sse_hub::BackendError::may_be_stored) all the same. It is *not* stored where no connection
//!   was had, or where the server answered with an error (full, read-only, not allowed); it *may be*
//!   where the connection broke, the deadline passed, or another log began, after it was sent. It is
//!   sent again automatically only where the server said that it is not stored.
//! - What is trimmed before a node has read it is told, also while its connection is well: with
//!   each read comes the question whether the entry before is still there. At worst a gap is told
//!   that was none: when the log is emptied, or an entry deleted, that was read last.
//! - When the server loses its data (a restart without persistence, `FLUSHALL`, the log deleted or
//!   evicted), a new epoch of the log begins, and no ID of the old one resumes silently. The first
//!   process that notices begins it, by one script; all others read what it has begun. The log's key
//!   has the epoch in its name, and `XADD NOMKSTREAM` makes no key, so a position of one epoch never
//!   names an event of another. A publish notices at once and goes to the new epoch, under an ID of
//!   that; a node that only listens notices within 5 s.
//! - When only the key of the epoch is lost, the log goes on. Each publish asks for the epoch right
//!   after `XADD`, and is acknowledged only if that is the epoch of its log; if the key is gone, the
//!   publish sets it again by the same script. A node that starts without the key looks for logs by
//!   `SCAN`, and goes on with the one that got the latest event. So an acknowledged event is
//!   delivered, or reported as lost, on every node.
//! - A topic that [has ended](sse_hub::Hub::end) is refused on every node: each publish asks after `XADD` whether its
//!   topic had ended before, so its answer is exact, and every node passes over what was appended after an end.
//!   By what time it may begin again is decided by the server's clock, which is in the positions; so give all
//!   nodes the same [`remember_ends`](RedisBackendBuilder::remember_ends).
//! - A process that only publishes need not run the hub's [`Background`](sse_hub::Background): it recovers
//!   without.
//! - When the last handle to the hub is dropped, its background closes the connections and then resolves.
//! - While the server is away the tail tries again, after 0.1 s at first and 5 s at most, with jitter.
//!   Afterwards everything comes in order, or a gap.
//!
//! # What cannot be promised
//! - **Replication is asynchronous**: a failover to a replica that was behind loses what the old
//!   primary had acknowledged. A node that has read more than the new primary has, notices (its
//!   last entry is not there, or the log ends before it) and begins a new epoch, with what is kept:
//!   every subscriber of every node is told. If nobody had read what was lost, nobody can notice.
//!   `min-replicas-to-write` bounds the loss. The address has to lead to the primary, by DNS or a
//!   proxy; a replica is refused.
//! - If only the set of ended topics is lost, every node that has read of an end writes it again, within 5 s or with
//!   the next event. What is published in between to a topic whose end is in the log no more may be acknowledged by a
//!   node that started since then, and not delivered by others.
//! - An entry that is deleted from the middle (`XDEL`) before a node has read it is passed over.
//! - A cluster is spoken to as one server: name the node that has the slot of the prefix.
//!   `MOVED` is not followed.
//!
//! # In the server
//! `{sse}:epoch` names the epoch; `{sse}:log:<epoch>` is a stream of all topics, each entry with the
//! fields `t`, the topic, and `b`, the encoded event or a control entry. `{sse}:ends:<epoch>` is a sorted set of the
//! topics that have ended, each with the position of its end; it is written by the script that appends the end,
//! and expires. The braces keep them in one slot of a cluster.
//!
//! **Who can write there can publish**: bodies are trusted as far as another node is. An entry that
//! is no whole event, has an `id:` of its own, or an invalid topic is passed over with a warning, at
//! the 1st, 2nd, 4th, 8th and so on. Give the hub a user of its own; this is all it needs:
//! ```text
//! ACL SETUSER hub on >secret ~{sse}:* +xadd +xread +xrange +xinfo|stream +get +set +exists +rename +eval +select +scan +xtrim +xlen +memory|usage +zadd +zscore +zrange +zremrangebyscore +zremrangebyrank +pexpire
//! ```
//! `SCAN` is not limited to the hub's keys: with it, the user can list the names of all keys of the
//! database. It is sent where the key of the epoch is lost, when a process starts or its log is gone
//! too, and walks all keys of the database, 1,000 at a time: 0.7 s for a million.
//!
//! # Operating it
//! - **Memory on the server**: the log keeps 100,000 events or 256 MiB, whichever is reached first;
//!   set
//!   [`RedisBackendBuilder::retention`]. An event takes about 60 bytes beside its own and
//!   its topic's, so 32 MB for 100,000 of 256 bytes. Every node keeps events as well, within
//!   [`HubBuilder::max_bytes`](sse_hub::HubBuilder::max_bytes).
//! - **`maxmemory-policy noeviction`**: any other may evict the log or the key of its epoch; what is
//!   lost with that is reported, as above. On a server that is full, `XADD` is refused before it
//!   trims. So a publish that is refused for memory trims a tenth of the log and tries once more; if
//!   that is refused too, it fails with the server's `OOM`, nothing is stored, and for 1 s the process
//!   does not trim again. This cannot make room that other keys take: set `maxmemory` well above
//!   the log's bytes and whatever else the server holds.
//! - **Memory of a node**: a read asks for 64 entries at most, and for fewer when those of the read
//!   before were large, so that as many of that size have 4 MiB. Redis has no limit in bytes, so
//!   where small events are followed by large ones, one read may bring 64 of the largest: 64 MiB for
//!   events of 1 MiB, the default of
//!   [`HubBuilder::max_event_bytes`](sse_hub::HubBuilder::max_event_bytes). A page that a starting node
//!   reads ends at 4 MiB and one read more; the log's first and last entry come with each. `client-output-buffer-limit` may stay as it is.
//! - **Persistence**: `appendonly yes`, so that a restart loses nothing or, with the default
//!   `appendfsync everysec`, at most a second. What a crash takes, nodes that had read it notice.
//! - **Cost**, by `cargo run --release -p sse-redis --example redis-figures`: with two nodes about 20 µs of
//!   Redis's commands an event when each event is read by itself; fewer in a burst, which is read at
//!   once. A publish is one round trip: `XADD`, which takes 3 to 6 µs, and `GET`, which takes 0.2 µs.
//!   At each MiB, `MEMORY USAGE` is asked for where nothing follows the log: 1 ms for 120 MB of small
//!   events.

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
mod retained;
mod room;
mod session;
mod skipped;
mod stream_id;
mod tail;

pub use backend::RedisBackend;
pub use builder::{InvalidRedisSettings, RedisBackendBuilder};
