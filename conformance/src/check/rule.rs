//! A rule that a server may break.

use serde::Serialize;

/// A rule that a server may break.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// The name in all outputs. It does not change between versions.
    pub id: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// The clause of the standard, or the program whose behaviour is the reason.
    pub clause: &'static str,
    /// What a user of the stream would see.
    pub effect: &'static str,
}

impl Rule {
    /// The rule as a row of a table in Markdown.
    pub fn row(&self) -> String {
        let Self { id, severity, clause, effect } = self;
        format!("| `{id}` | {} | {clause} | {effect} |", severity.name())
    }
}

/// How much a broken rule matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing fails, but the author of the server may want to know.
    Note,
    /// The stream works, but some proxies or readers have trouble with it.
    Warning,
    /// The standard is violated, or events are lost, repeated or changed.
    Error,
}

impl Severity {
    /// Its name in all outputs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}
