//! The policy after a gap event.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use sse_core::Event;

use crate::{Gap, Position, state::AfterGap};

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

/// Returns the state that a client needs after a gap: see [`OnGap::snapshot`].
#[derive(Clone)]
pub struct SnapshotSource(Arc<Ask>);

type Ask = dyn Fn(&Gap) -> SnapshotFuture + Send + Sync;

pub(crate) type SnapshotFuture = Pin<Box<dyn Future<Output = Snapshot> + Send>>;

/// The application's state at one position of the hub.
///
/// # Example
/// ```
/// use sse_core::Event;
/// use sse_hub::{Hub, Snapshot};
///
/// let hub = Hub::new();
/// let position = hub.position(); // before the state is read
/// let snapshot = Snapshot { events: vec![Event::data("the state").event("state")], position };
/// # drop(snapshot);
/// ```
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The events to send after the gap event. Their IDs are removed. The last event with data gets the ID to resume
    /// from; if none has data, the gap event gets it.
    pub events: Vec<Event>,
    /// The position that the events reflect: everything up to here and nothing after. The stream continues from it.
    pub position: Position,
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
        Self::Snapshot(SnapshotSource(Arc::new(move |gap| Box::pin(source(gap)))))
    }

    pub(crate) fn after_gap(&self) -> AfterGap {
        match self {
            Self::Oldest => AfterGap::Oldest,
            Self::Live => AfterGap::Live,
            Self::Snapshot(_) => AfterGap::Snapshot,
            Self::Close => AfterGap::Close,
        }
    }
}

impl SnapshotSource {
    pub(crate) fn ask(&self, gap: &Gap) -> SnapshotFuture {
        let (source, gap) = (Arc::clone(&self.0), gap.clone());
        // Called at the first poll: if the application panics then, the subscription is in a consistent state.
        Box::pin(async move { source(&gap).await })
    }
}

impl fmt::Debug for SnapshotSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SnapshotSource")
    }
}
