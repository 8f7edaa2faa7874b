//! The verdict on a client in a scenario.

/// The verdict on a client in a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything was delivered, once and as it was sent.
    Complete,
    /// It reported an error; everything before that is right.
    Error,
    /// It ended without an error and without the rest.
    SilentEnd,
    /// It left out events in the middle.
    Lost,
    /// It delivered an event again.
    Doubled,
    /// It delivered other text than was sent.
    Differs,
    /// It delivered an event for lines that are not an event.
    EmptyEvent,
    /// It sent another request after a 204.
    AsksAgain,
    /// Its script failed, or the scenario did not happen.
    NoReport,
}

impl Verdict {
    /// As in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Complete => "ok",
            Self::Error => "error",
            Self::SilentEnd => "silent end",
            Self::Lost => "loses",
            Self::Doubled => "doubles",
            Self::Differs => "differs",
            Self::EmptyEvent => "empty event",
            Self::AsksAgain => "asks again",
            Self::NoReport => "no report",
        }
    }
}
