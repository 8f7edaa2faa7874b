//! How a run has ended.

use serde::Serialize;

/// How a run has ended.
///
/// It is the last event of every run. As an event, its type is `end`, and its data is JSON such as
/// `{"outcome":"finished"}` or `{"outcome":"failed","reason":"the model is overloaded"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "lowercase")]
#[non_exhaustive]
pub enum Outcome {
    /// The writer [finished](crate::Writer::finish): the answer is complete.
    Finished,
    /// The writer [failed](crate::Writer::fail), or was dropped.
    Failed {
        /// The reason, which readers receive.
        reason: String,
    },
    /// The owner [cancelled](crate::Runs::cancel) the run, or its readers were gone for
    /// [too long](crate::OnDisconnect).
    Cancelled,
}

impl Outcome {
    /// Returns the outcome's name, as in the event.
    ///
    /// # Example
    /// ```
    /// assert_eq!(sse_runs::Outcome::Finished.as_str(), "finished");
    /// ```
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Failed { .. } => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}
