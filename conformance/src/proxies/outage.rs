//! What a client gets while the only server is down.

use std::{fmt, time::Duration};

/// What a client gets while the only server is down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outage {
    /// An answer.
    Answer {
        /// Its status.
        status: u16,
        /// Its content type.
        content_type: String,
        /// Whether it sets a reconnection time.
        retry: bool,
        /// How long it took.
        after: Duration,
    },
    /// The connection ends.
    Disconnected,
    /// An event stream, once the server is back.
    Held,
    /// Nothing, even then.
    Nothing,
}

impl Outage {
    /// Whether an EventSource keeps retrying (WHATWG HTML 9.2.3): it does after a network error, and after an answer
    /// that is an event stream.
    pub fn survives(&self) -> bool {
        match self {
            Self::Answer { status, content_type, .. } => {
                let essence = content_type.split(';').next().unwrap_or_default().trim();
                *status == 200 && essence.eq_ignore_ascii_case("text/event-stream")
            }
            Self::Disconnected | Self::Held => true,
            Self::Nothing => false,
        }
    }
}

impl fmt::Display for Outage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer { status, content_type, retry, after } => {
                let retry = if *retry { " `retry:`" } else { "" };
                let content_type = match content_type.as_str() {
                    "" => "without a type",
                    some => some,
                };
                write!(f, "{status} {content_type}{retry}, {:.1} s", after.as_secs_f64())
            }
            Self::Disconnected => f.write_str("connection error"),
            Self::Held => f.write_str("waits for the server"),
            Self::Nothing => f.write_str("nothing"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_source_survives_only_an_event_stream_or_no_answer() {
        let answer = |status, content_type: &str| Outage::Answer {
            status,
            content_type: content_type.to_owned(),
            retry: false,
            after: Duration::ZERO,
        };
        for (outage, survives) in [
            (answer(200, "text/event-stream"), true),
            (answer(200, "Text/Event-Stream; charset=utf-8"), true),
            (answer(200, "text/html"), false),
            (answer(200, ""), false),
            (answer(204, "text/event-stream"), false),
            (answer(502, "text/event-stream"), false),
            (Outage::Disconnected, true),
            (Outage::Held, true),
            (Outage::Nothing, false),
        ] {
            assert_eq!(outage.survives(), survives, "{outage:?}");
        }
    }
}
