//! The answer to `/client/{scenario}/{rest}`, on any framework.

use std::{fmt, time::Duration};

use futures_util::{StreamExt, future, stream, stream::BoxStream};
use sse_core::{Config, Ending, KeepAlive};

use super::{
    Scenario,
    dialect::Dialect,
    source::{Part, parts},
};
use crate::scenario::Item;

/// A server's answer to a client.
pub enum Answer {
    /// 204.
    Stop,
    /// A stream, and how it behaves.
    Stream(BoxStream<'static, Item>, Box<Config>),
}

/// A short reconnection time, so that a test does not wait.
const RETRY: Duration = Duration::from_millis(300);

/// The interval of keep-alives where they matter.
const KEEP_ALIVE: Duration = Duration::from_millis(100);

impl Answer {
    /// The answer to a request, which is counted on standard output. The rest of the path is the dialect;
    /// with `bare/` before it, nothing but events with data is sent.
    ///
    /// # Panics
    /// If there is no such scenario.
    pub fn new(scenario: &str, rest: &str, last: Option<&str>) -> Self {
        println!("{REQUEST} {scenario}/{rest}");
        let known = Scenario::ALL.into_iter().find(|known| known.name() == scenario);
        let scenario = known.unwrap_or_else(|| panic!("no scenario has the name {scenario}"));
        if scenario == Scenario::Stop {
            return Self::Stop;
        }
        let dialect = Dialect::of(rest);
        let bare = rest.starts_with("bare/");
        // Clients of these do not reconnect.
        let once = dialect.is_model() || rest == "answer";
        let with_ids = !bare && (!once || scenario == Scenario::Empty);

        let after = last.and_then(|id| id.parse().ok());
        let texts = parts(scenario, after, once && scenario == Scenario::Cut);
        let texts = texts.filter_map(move |part| {
            future::ready(match part {
                // In a model's dialect, clients do not deliver an empty text.
                Part::Text(text, _) if text.is_empty() && dialect.is_model() => None,
                Part::Text(text, Some(id)) if with_ids => Some(dialect.text(&text).id(id as u64)),
                Part::Text(text, _) => Some(dialect.text(&text)),
                Part::Silent(_) if bare => None,
                Part::Silent(event) => Some(event),
            })
        });
        let events =
            stream::iter(dialect.opening()).chain(texts).chain(stream::iter(dialect.closing()));
        // A client that reconnects closes the stream itself, after the last text.
        let rest = if once { stream::empty().boxed() } else { stream::pending().boxed() };
        let stream = events.chain(rest).map(Ok).boxed();
        Self::Stream(stream, Box::new(config(scenario, once, bare)))
    }
}

fn config(scenario: Scenario, once: bool, bare: bool) -> Config {
    let config = Config::default().retry(RETRY).ending(match scenario {
        _ if once => Ending::WhenFinished,
        Scenario::Cut => Ending::Cut,
        _ => Ending::AfterEvent,
    });
    match scenario {
        _ if bare => config.without_retry().keep_alive(KeepAlive::off()),
        Scenario::Empty => config.keep_alive(KeepAlive::every(KEEP_ALIVE)),
        _ => config,
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stop => f.write_str("Stop"),
            Self::Stream(_, config) => {
                f.debug_tuple("Stream").field(config).finish_non_exhaustive()
            }
        }
    }
}

/// The beginning of each line on standard output that counts a request.
pub(super) const REQUEST: &str = "request";
