//! Reports an open stream to its observers.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

#[cfg(feature = "metrics")]
use super::metered::Metered;
#[cfg(feature = "tracing")]
use super::span::StreamSpan;
use crate::{EndReason, Observer, OpenStream, StreamEnd, sent::Sent, settings::Settings};

/// An open stream that has observers, or that is measured.
///
/// It is used when the stream opens, sends its first event, and ends. A chunk does not touch it, because with thousands of
/// streams its memory would have left the processor's cache since the last one.
pub(super) struct Observed {
    number: u64,
    began: Instant,
    first_event: Option<Duration>,
    settings: Arc<Settings>,
    #[cfg(feature = "metrics")]
    metered: Metered,
    #[cfg(feature = "tracing")]
    span: StreamSpan,
}

impl Observed {
    pub(super) fn new(
        settings: Arc<Settings>,
        #[cfg(feature = "tracing")] parent: &tracing::Span,
    ) -> Self {
        let observed = Self {
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            began: Instant::now(),
            first_event: None,
            #[cfg(feature = "metrics")]
            metered: Metered::open(settings.route()),
            #[cfg(feature = "tracing")]
            span: StreamSpan::open(parent, settings.route),
            settings,
        };
        observed.report(|observer, stream| observer.opened(stream), Duration::ZERO);
        observed
    }

    /// Reports the first chunk with an event, which the framework is about to receive.
    #[cold]
    pub(super) fn first_event(&mut self) {
        let age = self.began.elapsed();
        self.first_event = Some(age);
        #[cfg(feature = "metrics")]
        self.metered.first_event(age);
        self.report(|observer, stream| observer.first_event(stream), age);
    }

    #[cfg(feature = "tracing")]
    pub(super) fn enter(&self) -> tracing::span::EnteredSpan {
        self.span.enter()
    }

    /// Reports the end.
    pub(super) fn ended(&self, reason: EndReason, sent: Sent) {
        let end = StreamEnd {
            number: self.number,
            route: self.settings.route,
            reason,
            age: self.began.elapsed(),
            first_event: self.first_event,
            events: sent.events,
            keep_alives: sent.keep_alives,
            bytes: sent.bytes,
        };
        #[cfg(feature = "metrics")]
        self.metered.ended(&end);
        #[cfg(feature = "tracing")]
        self.span.ended(&end);
        self.each(|observer| observer.ended(&end));
    }

    fn report(&self, call: impl Fn(&dyn Observer, &OpenStream), age: Duration) {
        let stream = OpenStream { number: self.number, route: self.settings.route, age };
        self.each(|observer| call(observer, &stream));
    }

    /// Calls each observer. One that panics must not keep the others from being called, nor the stream from being
    /// counted; and a panic while a stream is dropped could abort the process.
    fn each(&self, call: impl Fn(&dyn Observer)) {
        for observer in &self.settings.observers {
            if catch_unwind(AssertUnwindSafe(|| call(&**observer))).is_err() {
                tracing::error!("an observer of event streams panicked");
            }
        }
    }
}

/// The number of the next stream of the process that is observed.
static NEXT: AtomicU64 = AtomicU64::new(1);
