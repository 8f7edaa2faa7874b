//! What a disconnect means for a run.

use std::time::Duration;

/// What it means for a run that its last reader disconnects.
///
/// A run that nobody has read yet continues, whatever the policy. A run that stops ends as
/// [cancelled](crate::Outcome::Cancelled).
///
/// # Example
/// A browser that reloads the page has a minute to reconnect.
/// ```
/// use std::time::Duration;
///
/// use sse_runs::{OnDisconnect, RunSettings};
///
/// let patient = OnDisconnect::StopAfter(Duration::from_secs(60));
/// let settings = RunSettings::default().on_disconnect(patient);
/// # drop(settings);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnDisconnect {
    /// The run continues: the answer is complete when its reader returns. The price is work for an answer that perhaps
    /// nobody reads.
    #[default]
    Continue,
    /// The run stops once it has had no reader for this time.
    StopAfter(Duration),
    /// The run stops at once. Its readers cannot resume after a cut.
    Stop,
}

impl OnDisconnect {
    /// Returns how long a run continues without readers; `None` if it always does.
    pub(crate) fn patience(self) -> Option<Duration> {
        match self {
            Self::Continue => None,
            Self::StopAfter(time) => Some(time),
            Self::Stop => Some(Duration::ZERO),
        }
    }
}
