//! A rule that a server broke, with the bytes that show it.

use serde::Serialize;

use super::Rule;

/// A rule that a server broke, with the bytes that show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule.
    #[serde(flatten)]
    pub rule: &'static Rule,
    /// What the server sent, or where it sent nothing; escaped and bounded.
    pub bytes: String,
}

impl Rule {
    /// A finding with the bytes that show it.
    pub(super) fn found(&'static self, bytes: impl AsRef<[u8]>) -> Finding {
        let bytes = bytes.as_ref();
        let shown = bytes[..bytes.len().min(SHOWN)].escape_ascii();
        let more = if bytes.len() > SHOWN { ".." } else { "" };
        Finding { rule: self, bytes: format!("{shown}{more}") }
    }
}

/// The number of bytes that a finding shows.
const SHOWN: usize = 160;
