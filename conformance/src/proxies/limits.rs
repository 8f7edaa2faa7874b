//! The limits that our configurations have to keep.

use std::time::Duration;

use super::{Measured, Outage, Proxy};

/// The limits that our configurations have to keep. They are far above what is measured on an idle machine, and below
/// what minimal configurations do.
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
    /// Returns the limits that are broken, as text.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxies::{ALL, Delay, Gone, Squeezed};

    #[test]
    fn each_limit_can_fail() {
        let proxy = ALL[0];
        let delay = |ms| Some(Delay { median: Duration::from_millis(ms), max: Duration::ZERO });
        let good = Measured {
            headers: Some(Duration::ZERO),
            delay: delay(1),
            squeezed: Some(Squeezed { encoding: None, delay: delay(1) }),
            silence: true,
            gone: Some(Gone { after: Duration::ZERO, keep_alives: 0 }),
            outages: Some([Outage::Held, Outage::Disconnected]),
            back: Some(Duration::ZERO),
        };
        let broken = |seen: Measured| Limits::default().broken(proxy, &seen).len();
        assert_eq!(broken(good.clone()), 0);
        let failing = Outage::Answer {
            status: 200,
            content_type: "text/event-stream".to_owned(),
            retry: false,
            after: Duration::ZERO,
        };
        for bad in [
            Measured { headers: None, ..good.clone() },
            Measured { delay: delay(106), ..good.clone() },
            Measured { squeezed: None, ..good.clone() },
            Measured {
                squeezed: Some(Squeezed { encoding: Some("gzip".to_owned()), delay: None }),
                ..good.clone()
            },
            Measured { silence: false, ..good.clone() },
            Measured { gone: Some(Gone { after: Duration::ZERO, keep_alives: 2 }), ..good.clone() },
            Measured { gone: None, ..good.clone() },
            Measured { outages: Some([Outage::Held, failing]), ..good.clone() },
            Measured { outages: None, ..good.clone() },
            Measured { back: None, ..good.clone() },
        ] {
            assert_eq!(broken(bad.clone()), 1, "{bad:?}");
        }
    }
}
