//! A hub's log on Redis or Valkey Streams: many nodes, one order.

mod backend;
mod backoff;
mod body;
mod builder;
mod entry;
mod keys;
mod link;
mod log;
mod skipped;
mod stream_id;
mod tail;

pub use backend::RedisBackend;
pub use builder::{InvalidRedisSettings, RedisBackendBuilder};
