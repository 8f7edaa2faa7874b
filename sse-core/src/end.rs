//! How a stream ended.

use std::{fmt, time::Duration};

/// How a stream ended, for metrics and logs: see [`Config::on_end`](crate::Config::on_end).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct End {
    /// Why.
    pub reason: EndReason,
    /// How long the stream was open, from its first poll.
    pub age: Duration,
    /// How many bytes it gave to the framework; the last of them may not have reached the client.
    pub bytes: u64,
}

/// Why a stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EndReason {
    /// The stream had no more items.
    Finished,
    /// The client closed the connection, or the network did.
    ClientGone,
    /// The server drained.
    Shutdown,
    /// The stream reached its maximum age.
    MaxAge,
    /// The stream yielded an error.
    Error,
}

impl EndReason {
    /// In lower case, for metrics and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::ClientGone => "client gone",
            Self::Shutdown => "shutdown",
            Self::MaxAge => "max age",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for EndReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
