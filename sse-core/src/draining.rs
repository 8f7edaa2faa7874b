//! The error of a server that drains.

use std::{error, fmt};

use crate::Refusal;

/// The error of a readiness check while the server drains: see [`Shutdown::ready`](crate::Shutdown::ready).
///
/// It converts into a [`Refusal`] with the status 503.
///
/// # Example
/// ```
/// # use sse_core::{Drain, Refusal, Shutdown};
/// let shutdown = Shutdown::new();
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// drop(shutdown.begin(Drain::default()));
/// # });
/// let error = shutdown.ready().expect_err("draining");
/// assert_eq!(Refusal::from(error).status(), 503);
/// # Ok::<_, std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draining;

impl fmt::Display for Draining {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the server is draining; send requests to another node")
    }
}

impl error::Error for Draining {}

impl From<Draining> for Refusal {
    fn from(error: Draining) -> Self {
        Self::new(503, error.to_string())
    }
}
