//! Where a subscription without a last event ID begins.

/// Where a subscription without a last event ID begins.
///
/// [`Subscription::start`](crate::Subscription::start) sets it for all topics, and
/// [`start_of`](crate::Subscription::start_of) for one topic.
///
/// # Example
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use sse_hub::{Hub, Start};
///
/// let chat = Hub::new().subscribe("chat")?.start(Start::Last(20));
/// # drop(chat);
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Start {
    /// With the next event.
    #[default]
    Live,
    /// With the oldest kept event of any of its topics. If another topic has lost later events,
    /// [`OnGap::Oldest`](crate::OnGap::Oldest) reports the loss with a gap event at its place; with any other policy,
    /// the subscription begins after the loss.
    Earliest,
    /// With this number of the newest events of all its topics together. Losses are treated as with
    /// [`Earliest`](Self::Earliest).
    Last(usize),
}
