//! An open stream, as observers see it.

use std::time::Duration;

/// Describes an open stream to its [observers](crate::Observer).
///
/// # Example
/// ```
/// # use sse_core::OpenStream;
/// fn log(stream: &OpenStream) {
///     println!("stream {} of {}: open for {:?}", stream.number, stream.route.unwrap_or("-"), stream.age);
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenStream {
    /// A number that no other stream of this process has.
    pub number: u64,
    /// The route: see [`Config::route`](crate::Config::route).
    pub route: Option<&'static str>,
    /// How long the stream has been open, measured from its first poll.
    pub age: Duration,
}
