//! The counters of what the streams of a server send.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use metrics::{Counter, counter};
use tokio::time::Instant;

use crate::metrics::names::{BYTES_SENT, EVENTS_SENT, KEEP_ALIVES_SENT};

/// The counters of one route, which change with each chunk of a stream.
pub(crate) struct Traffic {
    pub(crate) events: Counter,
    pub(crate) bytes: Counter,
    pub(crate) keep_alives: Counter,
}

impl Traffic {
    pub(crate) fn of(route: &'static str) -> Self {
        Self {
            events: counter!(EVENTS_SENT, "route" => route),
            bytes: counter!(BYTES_SENT, "route" => route),
            keep_alives: counter!(KEEP_ALIVES_SENT, "route" => route),
        }
    }
}

/// The counters of a server's routes, for the streams to share.
///
/// A recorder may allocate memory for each handle of a counter. If each of 1,000 streams had its own, an event for all
/// of them would find none in the processor's cache.
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

/// The counters are registered again after this time, because a recorder may forget those that have not changed for long.
const REGISTER_EVERY: Duration = Duration::from_secs(10);

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
