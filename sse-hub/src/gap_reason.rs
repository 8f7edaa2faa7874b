//! Why a client cannot have all events after its last one.

/// Why a client cannot have all events after its last one.
///
/// # Example
/// ```
/// use sse_hub::{GapReason, Hub};
///
/// for (reason, count) in Hub::new().stats().gaps {
///     if reason == GapReason::Trimmed {
///         println!("{count} clients were away for longer than events are kept");
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GapReason {
    /// Its last event ID is not an ID of a hub.
    Malformed,
    /// Its last event ID belongs to another epoch of the log, or to another hub.
    Foreign,
    /// Its last event ID is ahead of the log.
    Future,
    /// Events after it were evicted.
    Trimmed,
}

impl GapReason {
    /// Returns the text in the gap event.
    ///
    /// # Example
    /// ```
    /// assert_eq!(sse_hub::GapReason::Trimmed.as_str(), "trimmed");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Foreign => "foreign",
            Self::Future => "future",
            Self::Trimmed => "trimmed",
        }
    }
}
