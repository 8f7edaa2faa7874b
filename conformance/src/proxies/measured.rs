//! The measurements of one proxy with one configuration.

use std::{fmt, time::Duration};

use super::{Delay, Gone, Outage, Squeezed};

/// The measurements of one proxy with one configuration. `None` means that nothing arrived in time.
#[derive(Clone, Debug)]
pub struct Measured {
    /// From the request to the head of the response.
    pub headers: Option<Duration>,
    /// Of events from the server to the client.
    pub delay: Option<Delay>,
    /// For a client that accepts gzip.
    pub squeezed: Option<Squeezed>,
    /// Whether a stream stays open during a silence of two keep-alives, and both arrive.
    pub silence: bool,
    /// When the server notices that the client has left.
    pub gone: Option<Gone>,
    /// While the server is down, asked twice; `None` without a proxy.
    pub outages: Option<[Outage; 2]>,
    /// From when the server is back until a client gets events.
    pub back: Option<Duration>,
}

impl Measured {
    /// The head of the table whose rows this prints.
    pub const HEAD: &str = "headers | events: p50, max | compressed | client left: keep-alives, time | silence | server down | EventSource | back |\n\
        |---|---|---:|---:|---|---:|---|---|---|---:|";

    /// Whether an EventSource reconnects after the server was down.
    pub fn survives(&self) -> bool {
        self.outages.iter().flatten().all(Outage::survives)
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { headers, delay, squeezed, silence, gone, outages, back } = self;
        fn text(value: Option<impl fmt::Display>) -> String {
            value.map_or_else(|| "not in time".to_owned(), |value| value.to_string())
        }
        let headers = headers.map(|time| format!("{:.1} ms", time.as_secs_f64() * 1e3));
        let silence = if *silence { "survives" } else { "ends" };
        write!(
            f,
            "{} | {} | {} | {} | {silence} | ",
            text(headers),
            text(*delay),
            text(squeezed.as_ref()),
            text(*gone),
        )?;
        let Some([first, second]) = outages else { return f.write_str("| | |") };
        let source = if self.survives() { "reconnects" } else { "**closed**" };
        let back = back.map(|time| format!("{:.1} s", time.as_secs_f64()));
        // The second is shown only if it is another kind of answer.
        let down = match first.survives() == second.survives() {
            true => first.to_string(),
            false => format!("{first}, then {second}"),
        };
        write!(f, "{down} | {source} | {} |", text(back))
    }
}
