//! Where a subscription without a last event ID begins.

/// Where a subscription without a last event ID begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Start {
    /// With the next event.
    #[default]
    Live,
    /// With the oldest event that is kept of any of its topics. Where another of them has lost
    /// events since, a gap event says so at its place under [`OnGap::Oldest`]; under any other policy
    /// it begins behind.
    Earliest,
    /// With this number of the newest events of all its topics together, with gaps as
    /// [`Earliest`](Self::Earliest).
    Last(usize),
}
