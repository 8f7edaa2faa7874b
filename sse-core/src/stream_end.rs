//! The end of a stream, for metrics and logs.

use std::{fmt, time::Duration};

/// Describes the end of a stream, for metrics and logs: see [`Config::on_end`](crate::Config::on_end).
///
/// # Example
/// ```
/// # use sse_core::{Config, EndReason, StreamEnd};
/// let config = Config::default().on_end(|end: &StreamEnd| {
///     if end.reason == EndReason::Abandoned {
///         eprintln!("a client stopped reading after {} bytes", end.bytes);
///     }
/// });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamEnd {
    /// The number that no other stream of this process has.
    pub number: u64,
    /// The route: see [`Config::route`](crate::Config::route).
    pub route: Option<&'static str>,
    /// Why the stream ended.
    pub reason: EndReason,
    /// How long the stream was open, measured from its first poll.
    pub age: Duration,
    /// The age at which the first event was passed to the framework; `None` if there was none.
    pub first_event: Option<Duration>,
    /// The number of the application's events with data that the stream passed to the framework. Events that the
    /// library adds, such as a gap or the last event of a drain, do not count.
    pub events: u64,
    /// The number of keep-alives that it passed to the framework.
    pub keep_alives: u64,
    /// The number of bytes that it passed to the framework. The last of them may not have reached the
    /// client.
    pub bytes: u64,
}

/// The reason why a stream ended.
///
/// # Example
/// ```
/// # use sse_core::EndReason;
/// assert_eq!(EndReason::MaxAge.to_string(), "max age");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EndReason {
    /// The stream had no more items.
    Finished,
    /// The body was dropped before its end. Usually this means that the client left, but the framework or
    /// the runtime may also have dropped it. A body cannot distinguish these.
    Dropped,
    /// The server drained.
    Shutdown,
    /// The stream was still open at the drain's deadline, and was dropped later.
    Abandoned,
    /// The stream reached its maximum age.
    MaxAge,
    /// The stream [expired](crate::Config::expires_at).
    Expired,
    /// The stream yielded an error.
    Error,
    /// The stream panicked.
    Panicked,
}

impl EndReason {
    /// Returns the reason in lower case, for metrics and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Dropped => "dropped",
            Self::Shutdown => "shutdown",
            Self::Abandoned => "abandoned",
            Self::MaxAge => "max age",
            Self::Expired => "expired",
            Self::Error => "error",
            Self::Panicked => "panicked",
        }
    }
}

impl fmt::Display for EndReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_get_one_name_for_each_reason() {
        for (reason, name) in [
            (EndReason::Finished, "finished"),
            (EndReason::Dropped, "dropped"),
            (EndReason::Shutdown, "shutdown"),
            (EndReason::Abandoned, "abandoned"),
            (EndReason::MaxAge, "max age"),
            (EndReason::Expired, "expired"),
            (EndReason::Error, "error"),
            (EndReason::Panicked, "panicked"),
        ] {
            assert_eq!((reason.as_str(), reason.to_string()), (name, name.to_owned()));
        }
    }
}
