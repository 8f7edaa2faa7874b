//! The outcome of a cell.

use super::{Cell, Verdict, expected};

/// The outcome of a cell.
#[derive(Debug)]
pub struct Outcome {
    /// The cell.
    pub cell: Cell,
    /// The verdict.
    pub verdict: Verdict,
    /// The reason, if the verdict is not that all is well.
    pub detail: String,
}

impl Outcome {
    /// Whether the verdict is the expected one.
    pub fn is_expected(&self) -> bool {
        self.verdict == expected(self.cell.client, self.cell.scenario).verdict
    }
}
