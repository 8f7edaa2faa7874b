//! Why a client has finished without an error.

/// Why a client has finished without an error.
///
/// # Example
/// ```
/// use sse_client::Stop;
///
/// fn is_complete(stop: Stop) -> bool {
///     stop == Stop::Ended
/// }
/// # assert!(is_complete(Stop::Ended));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stop {
    /// The server answered 204, which asks clients not to reconnect (WHATWG HTML 9.2.1).
    NoContent,
    /// The response has ended in order, and is not to be repeated: it answers a POST, or
    /// [`Client::reconnect`](crate::Client::reconnect) is off.
    Ended,
}
