//! The settings of the state machine.

use std::time::Duration;

use crate::backoff::Backoff;

#[derive(Clone, Debug)]
pub(crate) struct Policy {
    /// With `None`, only requests with a safe method are repeated.
    pub(crate) reconnect: Option<bool>,
    pub(crate) stall_after: Duration,
    pub(crate) backoff: Backoff,
    /// A connection that was open for this long resets the back-off.
    pub(crate) healthy: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            reconnect: None,
            stall_after: Duration::from_secs(45),
            backoff: Backoff::new(Duration::from_secs(1)..=Duration::from_secs(30)),
            healthy: Duration::from_secs(10),
        }
    }
}
