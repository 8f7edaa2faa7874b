//! A client that reads what a server really sent, without our encoder and decoder.
//!
//! [`Http1`] returns errors and serves programs in which connections are expected to fail. The other
//! types are for tests: they panic with a message if anything goes wrong or takes too long.

mod block;
mod connection;
mod ending;
mod follower;
mod frames;
mod gunzip;
mod head;
mod http1;
mod http2;
mod part;
mod protocol;
mod request;
mod response;

pub use self::{
    block::{Block, Blocks},
    connection::Connection,
    ending::Ending,
    follower::Follower,
    gunzip::Gunzip,
    head::Head,
    http1::{Body, Http1},
    http2::Http2,
    part::Part,
    protocol::Protocol,
    request::Request,
    response::Response,
};

use std::{future::Future, time::Duration};

use tokio::time::timeout;

/// Waits for something, but not indefinitely: a server that does not answer fails its test.
///
/// # Panics
/// If it takes longer than [`LIMIT`].
pub async fn within<T>(name: &str, what: &str, future: impl Future<Output = T>) -> T {
    match timeout(LIMIT, future).await {
        Ok(value) => value,
        Err(_) => panic!("{name}: waited {LIMIT:?} for {what}"),
    }
}

/// Far longer than anything here takes, even on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(10);
