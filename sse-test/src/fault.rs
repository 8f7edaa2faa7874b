//! A fault of a connection.

use std::time::Duration;

/// A fault of a connection through a [`FaultProxy`](crate::FaultProxy).
///
/// Bytes are those of the response as TCP carries it: the head and the framing of HTTP/1.1 or HTTP/2 count. A fault after
/// a number of bytes happens once the server has sent at least one byte, so the request has arrived.
///
/// # Example
/// ```
/// use sse_test::Fault;
///
/// let fault = Fault::Cut { after: 200 };
/// assert_ne!(fault, Fault::default());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Passes everything.
    #[default]
    None,
    /// Closes both sides after this number of bytes, as a proxy that restarts does.
    Cut {
        /// The number of bytes that pass.
        after: u64,
    },
    /// After this number of bytes, passes nothing more in either direction and leaves both sides open. Each side sees a
    /// peer that vanished without a FIN, as after a loss of power. The server also sees a client that does not read.
    Stall {
        /// The number of bytes that pass.
        after: u64,
    },
    /// Accepts the connection and never answers. The server is not asked.
    HalfOpen,
    /// Passes the response in pieces, with a pause of [`PAUSE`](Self::PAUSE) after each, so that the client reads them
    /// one at a time.
    Pieces {
        /// The size of a piece in bytes, at least 1.
        size: usize,
        /// The number of bytes after which pieces have 1,021 bytes, so that a long response does not take minutes. The
        /// number is a prime, so a text of equal characters or lines is cut at each of their bytes in turn.
        up_to: u64,
    },
}

impl Fault {
    /// The pause after each of the [`Pieces`](Self::Pieces). A shorter one would let the kernel join pieces while the
    /// client is busy; a longer one would slow down the test.
    pub const PAUSE: Duration = Duration::from_millis(1);

    /// Passes the response one byte at a time: about a second for 1,000 bytes.
    ///
    /// # Example
    /// ```
    /// # use sse_test::Fault;
    /// assert_eq!(Fault::byte_by_byte(), Fault::Pieces { size: 1, up_to: u64::MAX });
    /// ```
    pub fn byte_by_byte() -> Self {
        Self::Pieces { size: 1, up_to: u64::MAX }
    }
}
