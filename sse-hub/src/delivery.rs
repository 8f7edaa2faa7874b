//! Which events a subscription delivers.

/// Which events a subscription delivers.
///
/// # Example
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use sse_hub::{Delivery, Hub};
///
/// let ticker = Hub::new().subscribe("prices")?.delivery(Delivery::Latest);
/// # drop(ticker);
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Delivery {
    /// Every event of its topics.
    #[default]
    All,
    /// Only the newest event of each topic (conflation): a slow reader of a ticker skips events that are outdated by
    /// the time it reads. Skipped events are not a gap. A browser buffers events for a slow tab, so events are
    /// skipped only if the network is slow or the stream is rarely polled.
    Latest,
}
