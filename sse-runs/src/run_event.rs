//! One event of a run, as readers receive it.

use sse_core::Event;

use crate::Outcome;

/// One event of a run, as readers receive it.
///
/// # Example
/// A dialect is a function from such an event to the events that a vendor's client expects.
/// ```
/// use sse_core::Event;
/// use sse_runs::RunEvent;
///
/// fn chat(RunEvent { event, outcome, .. }: RunEvent) -> Event {
///     if outcome.is_some() { Event::data("[DONE]") } else { event }
/// }
/// # drop(chat);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RunEvent {
    /// Its number in the run: 1, 2, 3, and so on, without holes, and the same for every reader. It serves as a
    /// `sequence_number`, and [`ReadFrom::AfterNumber`](crate::ReadFrom::AfterNumber) resumes after it.
    pub number: u64,
    /// The event, with the ID from which a client resumes.
    pub event: Event,
    /// How the run has ended, if this is its last event.
    pub outcome: Option<Outcome>,
}
