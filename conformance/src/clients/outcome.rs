//! What came of a cell.

use super::{Cell, Verdict, expected};

/// What came of a cell.
#[derive(Debug)]
pub struct Outcome {
    /// The cell.
    pub cell: Cell,
    /// What came of it.
    pub verdict: Verdict,
    /// Why, unless all is well.
    pub detail: String,
}

impl Outcome {
    /// Whether it is what is written down.
    pub fn is_expected(&self) -> bool {
        self.verdict == expected(self.cell.client, self.cell.scenario).verdict
    }
}
