//! What one check found.

use super::Finding;

/// The findings of a check, or the reason why there are none.
pub(super) type Outcome = Result<Vec<Finding>, Stop>;

/// Why a check stopped early.
#[derive(Debug)]
pub(super) enum Stop {
    /// The server or the options do not allow it; the text names an option that does.
    NotChecked(String),
    /// Without this the check cannot continue.
    Found(Finding),
}

impl Stop {
    /// Stops a check that is not possible.
    pub(super) fn because(reason: impl Into<String>) -> Self {
        Self::NotChecked(reason.into())
    }
}
