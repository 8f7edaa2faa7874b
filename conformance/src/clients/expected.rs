//! What is expected of each client.

use super::{Client, Scenario, Verdict};

/// What is expected of a client in a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// The verdict.
    pub verdict: Verdict,
    /// Why it is not what is required.
    pub reason: Option<&'static str>,
}

/// What is expected of a client in a scenario.
pub fn expected(client: &Client, scenario: Scenario) -> Expectation {
    let known = KNOWN.iter().find(|(name, when, ..)| *name == client.name && *when == scenario);
    if let Some((_, _, verdict, reason)) = known {
        return Expectation { verdict: *verdict, reason: Some(reason) };
    }
    let verdict = match scenario {
        // Who cannot go on where the answer broke off must say so.
        Scenario::Restart | Scenario::Cut if !client.reconnects => Verdict::Error,
        _ => Verdict::Complete,
    };
    Expectation { verdict, reason: None }
}

/// What clients are known to do otherwise, and why.
const KNOWN: &[(&str, Scenario, Verdict, &str)] = &[];
