//! A client that reads what a server really sent: it knows nothing of our encoder and decoder.

mod block;
mod follower;
mod gunzip;
mod head;
mod http1;
mod http2;
mod protocol;
mod request;
mod response;

pub use self::{
    block::{Block, Blocks},
    follower::Follower,
    gunzip::Gunzip,
    head::Head,
    http1::Connection,
    http2::Http2,
    protocol::Protocol,
    request::Request,
    response::{Ending, Part, Response},
};

use std::{future::Future, time::Duration};

use tokio::time::timeout;

/// Waits for something, but not for ever: a server that does not answer fails its test.
///
/// # Panics
/// If it takes longer than [`LIMIT`].
pub async fn within<T>(name: &str, what: &str, future: impl Future<Output = T>) -> T {
    match timeout(LIMIT, future).await {
        Ok(value) => value,
        Err(_) => panic!("{name}: waited {LIMIT:?} in vain for {what}"),
    }
}

/// Far more than anything here takes, also on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(10);
