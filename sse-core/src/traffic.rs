//! The counters of what a server's streams send.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use metrics::{Counter, counter};
use tokio::time::Instant;

use crate::{
    metrics::names::{BYTES_SENT, EVENTS_SENT, KEEP_ALIVES_SENT},
    sent::Sent,
};

/// The counters of one route, which change with each chunk of a stream.
pub(crate) struct Traffic {
    events: Counter,
    bytes: Counter,
    keep_alives: Counter,
}

impl Traffic {
    pub(crate) fn of(route: &'static str) -> Self {
        Self {
            events: counter!(EVENTS_SENT, "route" => route),
            bytes: counter!(BYTES_SENT, "route" => route),
            keep_alives: counter!(KEEP_ALIVES_SENT, "route" => route),
        }
    }

    /// Counts a chunk at once, because a stream may be open for weeks.
    #[inline]
    pub(crate) fn count(&self, chunk: Sent) {
        self.bytes.increment(chunk.bytes);
        if chunk.events > 0 {
            self.events.increment(chunk.events);
        }
        if chunk.keep_alives > 0 {
            self.keep_alives.increment(chunk.keep_alives);
        }
    }
}

/// The counters of a server's routes, for the streams to share.
///
/// A recorder may allocate memory for each handle of a counter. If each of 1,000 streams had its own handles, these
/// would have left the processor's cache before the next event.
#[derive(Default)]
pub(crate) struct SharedTraffic(Mutex<BTreeMap<&'static str, (Instant, Arc<Traffic>)>>);

impl SharedTraffic {
    pub(crate) fn of(&self, route: &'static str) -> Arc<Traffic> {
        let mut routes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match routes.get(route) {
            Some((since, traffic)) if since.elapsed() < REGISTER_EVERY => Arc::clone(traffic),
            _ => {
                let traffic = Arc::new(Traffic::of(route));
                routes.insert(route, (Instant::now(), Arc::clone(&traffic)));
                traffic
            }
        }
    }
}

/// A stream that opens after this time registers the counters again, because another recorder may have been installed,
/// or the recorder may have dropped counters that were idle.
const REGISTER_EVERY: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_streams_of_a_route_share_its_counters_for_some_time() {
        let shared = SharedTraffic::default();
        let first = shared.of("/prices");
        assert!(Arc::ptr_eq(&first, &shared.of("/prices")));
        assert!(!Arc::ptr_eq(&first, &shared.of("/news")));
        tokio::time::advance(REGISTER_EVERY).await;
        let second = shared.of("/prices");
        assert!(!Arc::ptr_eq(&first, &second));
        assert!(Arc::ptr_eq(&second, &shared.of("/prices")));
    }
}
