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
    /// The process that wrote the run ended without ending the run, or was stopped for longer than its
    /// [lease](crate::RunsBuilder::lease). It is also the outcome for a writer whose log was lost.
    Abandoned,
}

impl Outcome {
    /// Returns the outcome of a run that failed, with a reason that is cut to 1 KiB: it is part of the run's record.
    pub(crate) fn failed(mut reason: String) -> Self {
        let cut = (0..=MAX_REASON.min(reason.len())).rev().find(|at| reason.is_char_boundary(*at));
        reason.truncate(cut.unwrap_or_default());
        Self::Failed { reason }
    }

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
            Self::Abandoned => "abandoned",
        }
    }
}

const MAX_REASON: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_reason_is_cut_at_a_character() {
        for (reason, bytes) in [
            ("short".to_owned(), 5),
            ("ä".repeat(MAX_REASON), MAX_REASON),
            (format!("x{}", "ä".repeat(MAX_REASON)), MAX_REASON - 1),
        ] {
            let Outcome::Failed { reason } = Outcome::failed(reason) else { panic!("it failed") };
            assert_eq!(reason.len(), bytes);
        }
    }
}
