//! Where a subscription without a last event ID begins.

/// Where a subscription without a last event ID begins. [`Subscription::start`](crate::Subscription::start) sets it for
/// all topics, and [`start_of`](crate::Subscription::start_of) for one.
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
    /// With the oldest kept event of any of its topics. If another topic has lost events after that, a `gap` event
    /// reports them at their place with [`OnGap::Oldest`](crate::OnGap::Oldest); with any other policy the subscription
    /// begins after the loss.
    Earliest,
    /// With this number of the newest events of all its topics together, with gaps as
    /// [`Earliest`](Self::Earliest).
    Last(usize),
}
