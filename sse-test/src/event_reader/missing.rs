//! Why no item was read.

use std::{fmt, time::Duration};

use sse_core::EventTooLong;

use super::ended::Ended;

/// Why no item was read.
#[derive(Debug)]
pub(super) enum Missing {
    Ended(Ended),
    /// The stream is open, and no event has arrived for this long.
    Silent(Duration),
    TooLong(EventTooLong),
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended(ended) => ended.fmt(f),
            Self::Silent(time) => {
                write!(f, "no event arrived for {time:?}, and the stream is open")
            }
            Self::TooLong(error) => error.fmt(f),
        }
    }
}
