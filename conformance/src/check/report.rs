//! What all checks found.

use std::fmt::Write as _;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};
use serde::Serialize;

use super::{Finding, Severity};

/// What all checks found.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The URL of the stream.
    pub url: String,
    /// The checks, in their order.
    pub checks: Vec<Check>,
}

/// What one check found.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// The name of the check.
    pub name: &'static str,
    /// Why it did not run, if it did not.
    pub not_checked: Option<String>,
    /// The rules that the server broke.
    pub findings: Vec<Finding>,
}

impl Report {
    /// All findings.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.checks.iter().flat_map(|check| &check.findings)
    }

    /// Whether there is an error among the findings.
    pub fn has_errors(&self) -> bool {
        self.findings().any(|finding| finding.rule.severity == Severity::Error)
    }

    /// The report for people.
    pub fn text(&self) -> String {
        let mut out = format!("{}\n", self.url);
        for Check { name, not_checked, findings } in &self.checks {
            // Writing to a string does not fail.
            let _ = match not_checked {
                Some(reason) => writeln!(out, "{name:14} not checked: {reason}"),
                None if findings.is_empty() => writeln!(out, "{name:14} ok"),
                None => writeln!(out, "{name}"),
            };
            for Finding { rule, bytes } in findings {
                let _ = writeln!(out, "  {:7} {} ({})", rule.severity.name(), rule.id, rule.clause);
                let _ = writeln!(out, "          {}\n          {bytes}", rule.effect);
            }
        }
        let count =
            |severity| self.findings().filter(|finding| finding.rule.severity == severity).count();
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        let (notes, skipped) = (
            count(Severity::Note),
            self.checks.iter().filter(|check| check.not_checked.is_some()).count(),
        );
        let _ = writeln!(
            out,
            "errors: {errors}, warnings: {warnings}, notes: {notes}, not checked: {skipped}"
        );
        out
    }

    /// The report as JSON.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }

    /// The report for CI systems: each check is a test, which fails with an error.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn junit(&self) -> Result<String, quick_junit::SerializeError> {
        let mut suite = TestSuite::new("sse-check");
        for Check { name, not_checked, findings } in &self.checks {
            let lines = findings.iter().map(|Finding { rule, bytes }| {
                let (severity, id) = (rule.severity.name(), rule.id);
                format!("{severity} {id} ({}): {} {bytes}", rule.clause, rule.effect)
            });
            let text = lines.collect::<Vec<_>>().join("\n");
            let has_error = findings.iter().any(|it| it.rule.severity == Severity::Error);
            let mut status = match (not_checked, has_error) {
                (Some(_), _) => TestCaseStatus::skipped(),
                (None, true) => TestCaseStatus::non_success(NonSuccessKind::Failure),
                (None, false) => TestCaseStatus::success(),
            };
            if let Some(reason) = not_checked {
                status.set_message(reason.as_str());
            } else if has_error {
                status.set_message(text.as_str());
            }
            let mut case = TestCase::new(*name, status);
            case.set_classname("sse-check");
            if !text.is_empty() {
                case.set_system_out(text);
            }
            suite.add_test_case(case);
        }
        let mut report = quick_junit::Report::new(self.url.as_str());
        report.add_test_suite(suite);
        report.to_string()
    }
}
