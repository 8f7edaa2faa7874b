//! Builds the runs of a hub.

use std::{sync::Arc, time::Duration};

use sse_hub::{Backend, BackendError, Hub, HubBuilder};

use crate::{Runs, inner::Inner, node_id::NodeId, register::Register};

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
    lease: Duration,
    max_open: usize,
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

    /// Returns a builder, which sets how long runs are remembered and how many an owner may have open, and opens a
    /// backend.
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
    /// has ended](sse_hub::HubBuilder::remember_ends); give both the same time, and the backend too.
    ///
    /// At most 16,384 ended runs are remembered; the oldest are forgotten first. A run that is forgotten is unknown to
    /// its owner.
    pub fn remember(mut self, time: Duration) -> Self {
        self.remember = time;
        self
    }

    /// Sets how long a node may be silent before its runs are abandoned. Default: 30 s.
    ///
    /// A node that writes runs appends a message to the log every third of its lease. Once it has been silent for a whole
    /// lease, the other nodes end its runs. A shorter lease ends the runs of a dead node sooner, but also those of a node
    /// that is merely stopped or cut off from the log for that time. In memory and on a log of one process it has no
    /// effect.
    ///
    /// # Example
    /// ```
    /// use std::time::Duration;
    ///
    /// let builder = sse_runs::Runs::builder().lease(Duration::from_secs(10));
    /// # drop(builder);
    /// ```
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// Sets how many runs of one owner may be open at the same time, on all nodes. Default: 1,000, which keeps one
    /// owner from taking all topics of the hub. Lower it to the number of answers that a user may generate at the same
    /// time.
    ///
    /// A further [`begin`](Runs::begin) fails with [`RunError::TooManyRuns`](crate::RunError::TooManyRuns). On one node
    /// the limit is exact, unless a begin is dropped or fails with a log error, since it may still take effect. Nodes
    /// that begin runs at the same moment may exceed it together. The runs of a dead node count until they are
    /// abandoned.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_hub::{Hub, Principal};
    /// use sse_runs::{RunSettings, Runs};
    ///
    /// let runs = Runs::builder().max_open_per_owner(1).build(Hub::new());
    /// let ada = Principal::new("user 7")?; // from the session
    /// let writer = runs.begin(&ada, RunSettings::default()).await?;
    /// let refused = runs.begin(&ada, RunSettings::default()).await.err();
    /// assert_eq!(refused.map(|error| error.status()), Some(429));
    /// # drop(writer);
    /// # Ok(()) }
    /// ```
    pub fn max_open_per_owner(mut self, runs: usize) -> Self {
        self.max_open = runs;
        self
    }

    /// Returns the runs of a hub in memory. For a hub with a backend, use [`open`](Self::open).
    ///
    /// # Example
    /// ```
    /// use sse_hub::Hub;
    /// use sse_runs::Runs;
    ///
    /// let runs = Runs::builder().build(Hub::new());
    /// # drop(runs);
    /// ```
    pub fn build(self, hub: Hub) -> Runs {
        let node = NodeId::random();
        self.on(hub, node, self.register(node))
    }

    /// Opens a hub on a backend's log; returns its runs, and those of all nodes that share the log.
    ///
    /// Spawn [`Runs::background`] within 5 s. The runs of nodes that are gone end once a lease has passed, and at once if
    /// no other process can write to the log.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let backend = sse_hub::MemoryBackend::new(1_000);
    /// use sse_hub::Hub;
    /// use sse_runs::Runs;
    ///
    /// let runs = Runs::builder().open(Hub::builder(), backend).await?;
    /// tokio::spawn(runs.background());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The backend's error, if the log cannot be opened or read.
    ///
    /// # Cancel safety
    /// A dropped call leaves nothing.
    pub async fn open(self, hub: HubBuilder, backend: impl Backend) -> Result<Runs, BackendError> {
        let node = NodeId::random();
        let register = self.register(node);
        let hub = hub.observer(register.clone()).open(backend).await?;
        register.restore(&hub.notes().await?);
        Ok(self.on(hub, node, register))
    }

    fn register(&self, node: NodeId) -> Arc<Register> {
        Arc::new(Register::new(node, self.remember))
    }

    fn on(&self, hub: Hub, node: NodeId, register: Arc<Register>) -> Runs {
        Runs(Arc::new(Inner::new(hub, register, node, self.lease, self.max_open)))
    }
}

impl Default for RunsBuilder {
    fn default() -> Self {
        let (remember, lease) = (Duration::from_secs(60 * 60), Duration::from_secs(30));
        Self { remember, lease, max_open: 1_000 }
    }
}
