//! Builds the runs of a hub.

use std::{sync::Arc, time::Duration};

use sse_hub::Hub;

use crate::{Runs, inner::Inner, register::Register};

/// Builds the [`Runs`] of a hub.
///
/// # Example
/// ```
/// use std::time::Duration;
///
/// use sse_hub::Hub;
/// use sse_runs::Runs;
///
/// let day = Duration::from_secs(24 * 60 * 60);
/// let runs = Runs::builder().remember(day).build(Hub::builder().remember_ends(day).build());
/// # drop(runs);
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it builds"]
pub struct RunsBuilder {
    remember: Duration,
}

impl Runs {
    /// Returns the runs of a hub in memory, with the default settings.
    ///
    /// # Example
    /// ```
    /// use sse_hub::Hub;
    /// use sse_runs::Runs;
    ///
    /// let runs = Runs::new(Hub::new());
    /// # drop(runs);
    /// ```
    pub fn new(hub: Hub) -> Self {
        Self::builder().build(hub)
    }

    /// Returns a builder, which sets how long runs are remembered.
    ///
    /// # Example
    /// ```
    /// use std::time::Duration;
    ///
    /// use sse_hub::Hub;
    /// use sse_runs::Runs;
    ///
    /// let minutes = Duration::from_secs(10 * 60);
    /// let runs = Runs::builder().remember(minutes).build(Hub::new());
    /// # drop(runs);
    /// ```
    pub fn builder() -> RunsBuilder {
        RunsBuilder::default()
    }
}

impl RunsBuilder {
    /// Sets how long the record of a run is kept after its end. Default: an hour, as long as a hub remembers that [a topic
    /// has ended](sse_hub::HubBuilder::remember_ends); give both the same time.
    ///
    /// At most 16,384 ended runs are remembered; the oldest are forgotten first. A run that is forgotten is unknown to
    /// its owner.
    pub fn remember(mut self, time: Duration) -> Self {
        self.remember = time;
        self
    }

    /// Returns the runs of a hub in memory.
    pub fn build(self, hub: Hub) -> Runs {
        Runs(Arc::new(Inner { hub, register: Arc::new(Register::new(self.remember)) }))
    }
}

impl Default for RunsBuilder {
    fn default() -> Self {
        Self { remember: Duration::from_secs(60 * 60) }
    }
}
