//! Why a client cannot have all events after its last one.

/// Why a client cannot have all events after its last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GapReason {
    /// Its last event ID is not a hub's.
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
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Foreign => "foreign",
            Self::Future => "future",
            Self::Trimmed => "trimmed",
        }
    }
}
