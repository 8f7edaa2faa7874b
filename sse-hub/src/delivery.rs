//! Which events a subscription delivers.

/// Which events a subscription delivers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Delivery {
    /// Every event of its topics.
    #[default]
    All,
    /// The newest of each topic, also known as conflation: a slow reader of a ticker skips events that are
    /// outdated by the time it reads. Skipped events are not a gap. A browser reads ahead of a tab that is slow,
    /// so there only a slow network, or a stream that is polled seldom, skips events.
    Latest,
}
