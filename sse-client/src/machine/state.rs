//! What a client is doing.

use std::time::Instant;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// The request is being made.
    Preparing,
    /// The request is sent, and the response has not begun.
    Sending { deadline: Option<Instant> },
    /// Events arrive.
    Open { since: Instant, deadline: Option<Instant> },
    /// The connection was lost.
    Waiting { until: Instant },
    /// Nothing follows.
    Stopped,
}
