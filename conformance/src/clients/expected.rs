//! The expected verdict on each client.

use super::{Client, Scenario, Verdict};

/// The expected verdict on a client in a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// The verdict.
    pub verdict: Verdict,
    /// Why the client deviates from the requirement.
    pub reason: Option<&'static str>,
}

/// Returns the expected verdict on a client in a scenario.
pub fn expected(client: &Client, scenario: Scenario) -> Expectation {
    let known = KNOWN.iter().find(|(name, when, ..)| *name == client.name && *when == scenario);
    if let Some((_, _, verdict, reason)) = known {
        return Expectation { verdict: *verdict, reason: Some(reason) };
    }
    let verdict = match scenario {
        // A client that cannot resume must report an error.
        Scenario::Restart | Scenario::Cut if !client.reconnects => Verdict::Error,
        _ => Verdict::Complete,
    };
    Expectation { verdict, reason: None }
}

/// Known deviations from the requirements, and their reasons.
const KNOWN: &[(&str, Scenario, Verdict, &str)] = &[
    (
        "fetch-event-source",
        Scenario::Hostile,
        Verdict::Differs,
        "It leaves out empty lines at the beginning of the data, and a byte order mark at the beginning of \
         each line.",
    ),
    (
        "fetch-event-source",
        Scenario::Stop,
        Verdict::AsksAgain,
        "Its default `onopen` treats the 204 as a wrong content type and retries forever. `onopen` \
         has to check the status, and `onerror` has to throw.",
    ),
    (
        "htmx",
        Scenario::Stop,
        Verdict::AsksAgain,
        "It opens a new EventSource whenever the browser has closed one. End the stream with the event that \
         `sse-close` names instead.",
    ),
    (
        "eventsource-client",
        Scenario::Stop,
        Verdict::AsksAgain,
        "It treats any 2xx as a stream, and the end of one as a lost connection. The caller has to check the \
         status in `SSE::Connected`.",
    ),
    ("datastar", Scenario::Drain, Verdict::SilentEnd, COMPLETE_IS_THE_END),
    ("datastar-0", Scenario::Drain, Verdict::SilentEnd, COMPLETE_IS_THE_END),
    (
        "aiosseclient",
        Scenario::Hostile,
        Verdict::Differs,
        "It splits lines with `str.splitlines`, so at U+0085, U+2028 and some more, and leaves out empty \
         lines at the beginning of the data.",
    ),
    ("reader-of-blocks", Scenario::Hostile, Verdict::Lost, BEGINS_WITH_DATA),
    ("reader-of-blocks", Scenario::Restart, Verdict::Lost, BEGINS_WITH_DATA),
    // Here it misses all events, because of the comments and keep-alives between them.
    ("reader-of-blocks", Scenario::Empty, Verdict::SilentEnd, BEGINS_WITH_DATA),
    ("reader-of-blocks", Scenario::Drain, Verdict::Lost, BEGINS_WITH_DATA),
    ("reader-of-blocks", Scenario::Cut, Verdict::Lost, BEGINS_WITH_DATA),
];

const COMPLETE_IS_THE_END: &str = "It reconnects only after an error, and treats a complete response as \
     the end. `Ending::Cut` makes it reconnect after a drain: see `cut`.";

const BEGINS_WITH_DATA: &str = "It splits at blank lines and misses an event behind any other line: the \
     first after `retry:`, and each after a comment or a keep-alive. Its remedy is the row below: \
     `Config::without_retry`, `KeepAlive::off`, and events without IDs.";
