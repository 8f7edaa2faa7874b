//! The policy after a gap event.

use crate::{Gap, Snapshot, SnapshotSource};

/// What follows the gap event when a client cannot have all events.
///
/// # Example
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use sse_hub::{Hub, OnGap};
///
/// let live = Hub::new().subscribe("prices")?.on_gap(OnGap::Live);
/// # drop(live);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum OnGap {
    /// The oldest events that are kept.
    #[default]
    Oldest,
    /// Only events that are published from now on.
    Live,
    /// The application's own state, then the events published after it.
    Snapshot(SnapshotSource),
    /// Nothing: the stream ends, and the page has to start over.
    Close,
}

impl OnGap {
    /// Sends a snapshot, which `source` returns at each gap. To miss no event, read
    /// [`Hub::position`](crate::Hub::position) before the state, and publish each event after changing the state.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Event;
    /// # use sse_hub::{Hub, OnGap, Snapshot};
    /// # async fn all_orders() -> Vec<Event> { Vec::new() }
    /// let hub = Hub::new();
    /// let on_gap = OnGap::snapshot({
    ///     let hub = hub.clone();
    ///     move |_gap| {
    ///         let position = hub.position();
    ///         async move { Snapshot { position, events: all_orders().await } }
    ///     }
    /// });
    /// ```
    pub fn snapshot<F>(source: impl Fn(&Gap) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Snapshot> + Send + 'static,
    {
        Self::Snapshot(SnapshotSource::new(source))
    }
}
