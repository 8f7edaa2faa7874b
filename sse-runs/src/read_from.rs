//! Where a reader of a run begins.

use sse_core::{Event, LastEventId};

/// Where a reader of a run begins.
///
/// # Example
/// ```
/// use sse_runs::ReadFrom;
///
/// fn from(starting_after: Option<u64>) -> ReadFrom {
///     starting_after.map_or(ReadFrom::Start, ReadFrom::AfterNumber)
/// }
/// # drop(from);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum ReadFrom {
    /// With the run's first event.
    Start,
    /// With the next event that is published.
    Tail,
    /// After the client's last event, or with the first event if the client sent no ID.
    After(LastEventId),
    /// After the event with this number, such as a `starting_after`. 0 is the start.
    AfterNumber(u64),
    /// With the application's own events, and then after the event with a number. Use it when the application keeps the
    /// text of the answer so far, so that a reader need not receive each of its tokens.
    Snapshot {
        /// What the reader receives first. Its items have the number `after`, and their IDs are removed.
        events: Vec<Event>,
        /// The number of the newest event that the snapshot reflects.
        after: u64,
    },
}
