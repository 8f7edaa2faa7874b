//! What has to hold with our configurations.

use std::time::Duration;

use super::{Measured, Outage, Proxy};

/// What has to hold with our configurations: far more than is measured on an idle machine, and less
/// than what minimal configurations do.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest time to the head.
    pub headers: Duration,
    /// The longest median of delays.
    pub median: Duration,
    /// The longest delay.
    pub max: Duration,
    /// The longest time until a client gets events from a server that is back.
    pub back: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            headers: Duration::from_millis(500),
            median: Duration::from_millis(50),
            max: Duration::from_secs(1),
            back: Duration::from_secs(3),
        }
    }
}

impl Limits {
    /// What does not hold, in words.
    pub fn broken(&self, proxy: &Proxy, seen: &Measured) -> Vec<String> {
        let mut broken = Vec::new();
        let mut check = |holds: bool, what: String| {
            if !holds {
                broken.push(format!("{}: {what}", proxy.name));
            }
        };
        let Self { headers, median, max, back } = self;
        check(
            seen.headers.is_some_and(|time| time <= *headers),
            format!("expected headers within {headers:?}, seen {:?}", seen.headers),
        );
        check(
            seen.delay.is_some_and(|delay| delay.median <= *median && delay.max <= *max),
            format!("expected events within {median:?}, at most {max:?}, seen {:?}", seen.delay),
        );
        let passes = seen.squeezed.as_ref().and_then(|it| it.delay);
        check(
            passes.is_some_and(|delay| delay.median <= *median && delay.max <= *max),
            format!("expected the same with gzip, seen {:?}", seen.squeezed),
        );
        let keep_alives = proxy.gone_after_keep_alives;
        check(
            seen.gone.is_some_and(|gone| gone.keep_alives <= keep_alives),
            format!("expected to notice after {keep_alives} keep-alives, seen {:?}", seen.gone),
        );
        check(seen.silence, "expected to survive a silence of two keep-alives".to_owned());
        let goes_on = |outage: &Outage| match outage {
            Outage::Answer { retry, .. } => *retry && outage.survives(),
            _ => outage.survives(),
        };
        check(
            seen.outages.as_ref().is_some_and(|outages| outages.iter().all(goes_on)),
            format!("expected an EventSource to survive, seen {:?}", seen.outages),
        );
        check(
            seen.back.is_some_and(|time| time <= *back),
            format!("expected events within {back:?} of the server, seen {:?}", seen.back),
        );
        broken
    }
}
