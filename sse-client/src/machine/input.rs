//! What happens to a client.

use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// The request is made and will be sent now. A safe method changes nothing on the server (RFC 9110 9.2.1).
    Send { safe: bool },
    /// The response is an event stream.
    Opened,
    /// 204.
    NoContent,
    /// The response asks to try later, perhaps with a `Retry-After`.
    Later(Option<Duration>),
    /// The response, the request or the connector rules out further attempts.
    Refused,
    /// No byte of the request was sent.
    Unsent,
    /// The request may have been sent, and no response has arrived, or the response broke off.
    Failed,
    /// Bytes arrived.
    Bytes,
    /// The server set the reconnection time.
    Retry(Duration),
    /// The response has ended.
    Ended,
    /// The timer fired.
    Time,
}
