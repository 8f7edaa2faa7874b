//! What may go wrong, and what a client makes of it.

use std::time::Duration;

use futures_util::StreamExt;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::{
    reader::Reader,
    server::{Requests, start},
};

/// The size of the event that is too long, in bytes.
pub const TOO_LONG: usize = 64 * 1024 * 1024;

#[derive(Clone, Copy, PartialEq)]
pub enum Fault {
    SplitCharacters,
    CrAtTheEnd,
    CrAlone,
    Reconnect,
    NoContent,
    Retry,
    Stall,
    TooLong,
    Post,
    PostCut,
}

impl Fault {
    pub const ALL: [Self; 10] = [
        Self::SplitCharacters,
        Self::CrAtTheEnd,
        Self::CrAlone,
        Self::Reconnect,
        Self::NoContent,
        Self::Retry,
        Self::Stall,
        Self::TooLong,
        Self::Post,
        Self::PostCut,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::SplitCharacters => "characters split across chunks",
            Self::CrAtTheEnd => "CRLF split across chunks",
            Self::CrAlone => "lines that end in CR alone",
            Self::Reconnect => "reconnects with `Last-Event-ID`",
            Self::NoContent => "stops at 204",
            Self::Retry => "`retry: 700`",
            Self::Stall => "a connection that falls silent",
            Self::TooLong => "an event of 64 MiB",
            Self::Post => "a POST without a response",
            Self::PostCut => "a POST whose response ends after an event",
        }
    }

    /// Runs a client against a server that plays this fault; returns what it does.
    pub fn verdict(self, reader: Reader) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(self.run(reader))
    }

    async fn run(self, reader: Reader) -> String {
        let requests = Requests::default();
        let url = start(self, requests.clone()).await;
        let post = matches!(self, Self::Post | Self::PostCut);
        let mut events = reader.open(&url, post, str::to_owned).fuse();
        let patience = Duration::from_secs(match self {
            Self::Stall => 75,
            Self::TooLong => 60,
            _ => 10,
        });
        let end = Instant::now() + patience;
        let mut seen = Vec::new();
        while let Ok(Some(data)) = timeout_at(end, events.next()).await {
            seen.push(data);
            let wanted = match self {
                Self::SplitCharacters | Self::CrAtTheEnd | Self::CrAlone => 1,
                Self::TooLong => 3 - usize::from(seen.last().is_some_and(|data| data == "after")),
                // The next request is what counts.
                _ => usize::MAX,
            };
            if seen.len() >= wanted {
                break;
            }
            if matches!(self, Self::Reconnect | Self::Retry | Self::Stall) {
                let second = async {
                    while requests.all().len() < 2 {
                        let _ = timeout(Duration::from_millis(1), events.next()).await;
                        sleep(Duration::from_millis(1)).await;
                    }
                };
                let _ = timeout_at(end, second).await;
                break;
            }
        }
        let requests = requests.all();
        let again = requests.get(1).map(|second| second.at - requests[0].at);
        match self {
            Self::SplitCharacters => text(&seen, "\u{e9}\u{6c17}\u{1f600}"),
            Self::CrAtTheEnd | Self::CrAlone => text(&seen, "a\nb"),
            Self::Reconnect => match requests.get(1) {
                Some(second) if second.head.contains("last-event-id: 7\r\n") => "yes".into(),
                Some(_) => "without the ID".into(),
                None => "no".into(),
            },
            Self::NoContent => match requests.len() {
                2 => "yes".into(),
                1 => "does not reconnect".into(),
                more => format!("no: {} requests after it in 10 s", more - 2),
            },
            Self::Retry => match again {
                Some(time) => format!("waits {} ms", time.as_millis()),
                None => "does not reconnect".into(),
            },
            Self::Stall => match again {
                Some(time) => format!("reconnects after {} s", time.as_secs()),
                None => "not noticed in 75 s".into(),
            },
            Self::TooLong => {
                let longest = seen.iter().map(String::len).max().unwrap_or_default();
                match seen.last().map(String::as_str) {
                    Some("after") if longest < TOO_LONG => "dropped; the next event arrives".into(),
                    _ if longest >= TOO_LONG => "kept in memory".into(),
                    _ => "the next event does not arrive in 60 s".into(),
                }
            }
            Self::Post | Self::PostCut => match requests.len() {
                1 => "sent once".into(),
                more => format!("sent {more} times in 10 s"),
            },
        }
    }
}

fn text(seen: &[String], expected: &str) -> String {
    match seen.first() {
        Some(data) if data == expected => "ok".into(),
        Some(data) => format!("corrupt: {data:?}"),
        None => "nothing arrives".into(),
    }
}
