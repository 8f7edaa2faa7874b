//! The error for an event that exceeds a decoder's bound.

use std::{error, fmt};

/// The error for an event, or a single line, that is longer than the decoder's bound.
///
/// The event is dropped, including its ID. The decoder continues with the first event after it.
///
/// # Example
/// ```
/// # use sse_core::Decoder;
/// let mut decoder = Decoder::new().max_event_size(16);
/// decoder.feed(b"data: more than 16 bytes\n\n");
/// let error = decoder.next().expect("an item").expect_err("too long");
/// assert_eq!(error.limit, 16);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventTooLong {
    /// The bound, in bytes.
    pub limit: usize,
}

impl fmt::Display for EventTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "an event is longer than {} bytes and was dropped; raise Decoder::max_event_size to read it",
            self.limit
        )
    }
}

impl error::Error for EventTooLong {}
