//! Judges a client's report.

use serde::Deserialize;

use super::{
    Client, Scenario, Texts, Verdict,
    source::{LAST, NUMBERS, SPARSE, hostile},
};

/// A client's report.
#[derive(Debug, Deserialize)]
pub(super) struct Delivered {
    /// The texts, in their order.
    pub(super) events: Vec<String>,
    /// The error that it reported.
    pub(super) error: Option<String>,
}

/// Compares the texts that a client delivered with those sent; returns the verdict and, unless all is well, the reason.
pub(super) fn judge(
    client: &Client,
    scenario: Scenario,
    delivered: &Delivered,
    requests: usize,
) -> (Verdict, String) {
    let Delivered { events, error } = delivered;
    let error_text = || error.as_deref().map(brief).unwrap_or_default();
    if scenario == Scenario::Stop {
        return match requests {
            1 => (Verdict::Complete, String::new()),
            _ => (Verdict::AsksAgain, format!("{requests} requests; {}", error_text())),
        };
    }

    let sent = sent(client, scenario);
    let complete = events.last().is_some_and(|last| last == LAST);
    let texts = &events[..events.len() - usize::from(complete)];
    let stops = matches!(scenario, Scenario::Restart | Scenario::Drain | Scenario::Cut);
    if complete && stops && client.reconnects && requests < 2 {
        return (Verdict::NoReport, "the stream was over before its server stopped".to_owned());
    }
    if complete && texts == sent {
        return (Verdict::Complete, String::new());
    }
    let at = texts.iter().zip(&sent).position(|(text, sent)| text != sent);
    if let Some(at) = at {
        let verdict = mismatch(&texts[at], &sent[..at], &sent[at..]);
        let others = texts.iter().zip(&sent).filter(|(text, sent)| text != sent).count() - 1;
        let (text, sent) = (brief(&texts[at]), brief(&sent[at]));
        let detail = format!("text {at} is {text:?}, not {sent:?}, and {others} others differ; ");
        return (verdict, detail + &error_text());
    }
    match (texts.len() > sent.len(), complete, error) {
        (true, ..) => (Verdict::Doubled, format!("{} texts, not {}", texts.len(), sent.len())),
        (_, true, _) => (Verdict::Lost, format!("{} texts, not {}", texts.len(), sent.len())),
        (.., Some(_)) => (Verdict::Error, format!("after {} texts: {}", texts.len(), error_text())),
        (.., None) => (Verdict::SilentEnd, format!("after {} texts", texts.len())),
    }
}

/// Decides how the first text that differs came about.
fn mismatch(text: &String, before: &[String], after: &[String]) -> Verdict {
    if after.contains(text) {
        Verdict::Lost
    } else if before.contains(text) {
        Verdict::Doubled
    } else if text.is_empty() {
        Verdict::EmptyEvent
    } else {
        Verdict::Differs
    }
}

/// The texts that a client has to deliver.
fn sent(client: &Client, scenario: Scenario) -> Vec<String> {
    let numbers = |count: usize| (0..count).map(|number| number.to_string()).collect();
    match (scenario, client.texts) {
        (Scenario::Empty, _) => numbers(SPARSE),
        (Scenario::Hostile, Texts::Data) => {
            // WHATWG HTML 9.2.6: each of the three ends a line, and lines are joined with LF.
            let lines = |text: String| text.replace("\r\n", "\n").replace('\r', "\n");
            hostile().into_iter().map(lines).collect()
        }
        (Scenario::Hostile, Texts::Json) => hostile(),
        (Scenario::Hostile, Texts::Model) => {
            hostile().into_iter().filter(|text| !text.is_empty()).collect()
        }
        // Endless, so that the client is not yet through when it is cut.
        (Scenario::Cut, _) if !client.reconnects => numbers(100_000),
        _ => numbers(NUMBERS),
    }
}

/// The beginning of a text.
fn brief(text: &str) -> String {
    let mut chars = text.chars();
    let mut brief: String = chars.by_ref().take(80).collect();
    if chars.next().is_some() {
        brief.push('…');
    }
    brief
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clients::CLIENTS;

    fn of(name: &str, scenario: Scenario, events: &[&str], error: Option<&str>) -> Verdict {
        let client = CLIENTS.iter().find(|client| client.name == name).unwrap();
        let events = events.iter().map(|&text| text.to_owned()).collect();
        let delivered = Delivered { events, error: error.map(str::to_owned) };
        judge(client, scenario, &delivered, 1).0
    }

    #[test]
    fn each_way_to_fail_has_its_verdict() {
        let empty = |events: &[&str], error| of("chromium", Scenario::Empty, events, error);
        let all = ["0", "1", "2", "3", "4", "5", "end"];
        assert_eq!(empty(&all, None), Verdict::Complete);
        assert_eq!(empty(&["0", "", "1", "2", "3", "4", "5", "end"], None), Verdict::EmptyEvent);
        assert_eq!(empty(&["0", "2", "3", "4", "5", "end"], None), Verdict::Lost);
        assert_eq!(empty(&["0", "1", "2", "3", "4", "end"], None), Verdict::Lost);
        assert_eq!(empty(&["0", "1", "1", "2", "3", "4", "5", "end"], None), Verdict::Doubled);
        assert_eq!(empty(&["0", "1", "2", "3", "4", "5", "5", "end"], None), Verdict::Doubled);
        assert_eq!(empty(&["0", "1x", "2", "3", "4", "5", "end"], None), Verdict::Differs);
        assert_eq!(empty(&["0", "1"], None), Verdict::SilentEnd);
        assert_eq!(empty(&["0", "1"], Some("closed")), Verdict::Error);
        assert_eq!(empty(&all[..6], None), Verdict::SilentEnd);
    }

    #[test]
    fn an_event_that_comes_again_after_a_restart_is_doubled() {
        assert_eq!(of("chromium", Scenario::Restart, &["0", "1", "0"], None), Verdict::Doubled);
    }

    #[test]
    fn a_stream_that_was_not_interrupted_proves_nothing() {
        let events = sent(&CLIENTS[0], Scenario::Drain).into_iter().chain([LAST.to_owned()]);
        let delivered = Delivered { events: events.collect(), error: None };
        let judged = |requests| judge(&CLIENTS[0], Scenario::Drain, &delivered, requests).0;
        assert_eq!(judged(1), Verdict::NoReport);
        assert_eq!(judged(2), Verdict::Complete);
    }

    #[test]
    fn a_second_request_after_a_204_counts() {
        let delivered = Delivered { events: Vec::new(), error: None };
        let judged = |requests| judge(&CLIENTS[0], Scenario::Stop, &delivered, requests).0;
        assert_eq!(judged(1), Verdict::Complete);
        assert_eq!(judged(2), Verdict::AsksAgain);
    }
}
