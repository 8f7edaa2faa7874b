//! Reports an open stream to its observers.

#[cfg(feature = "metrics")]
use std::mem;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

use super::batch::Batch;
#[cfg(feature = "metrics")]
use super::metered::Metered;
#[cfg(feature = "tracing")]
use super::span::StreamSpan;
use crate::{EndReason, Observer, OpenStream, StreamEnd, settings::Settings};

/// An open stream that has observers, or that is measured.
///
/// What changes with each chunk comes first, in one line of the processor's cache. With 1,000 streams, a stream's line
/// has left the cache before its next event.
#[repr(C, align(64))]
pub(super) struct Observed {
    events: u64,
    keep_alives: u64,
    bytes: u64,
    first_event: Option<Duration>,
    #[cfg(feature = "metrics")]
    metered: Metered,
    number: u64,
    began: Instant,
    settings: Arc<Settings>,
    #[cfg(feature = "tracing")]
    span: StreamSpan,
}

#[cfg(feature = "metrics")]
const _: () = assert!(mem::offset_of!(Observed, metered) + size_of::<usize>() <= 64);

impl Observed {
    pub(super) fn new(
        settings: Arc<Settings>,
        #[cfg(feature = "tracing")] parent: &tracing::Span,
    ) -> Self {
        let observed = Self {
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            began: Instant::now(),
            first_event: None,
            events: 0,
            keep_alives: 0,
            bytes: 0,
            #[cfg(feature = "metrics")]
            metered: Metered::open(&settings),
            #[cfg(feature = "tracing")]
            span: StreamSpan::open(parent, settings.route),
            settings,
        };
        observed.report(|observer, stream| observer.opened(stream), Duration::ZERO);
        observed
    }

    /// Counts a chunk, which the framework is about to receive.
    pub(super) fn wrote(&mut self, chunk: &Batch) {
        self.events += chunk.events as u64;
        self.keep_alives += chunk.keep_alives as u64;
        self.bytes += chunk.len() as u64;
        #[cfg(feature = "metrics")]
        self.metered.wrote(chunk);
        if chunk.events > 0 && self.first_event.is_none() {
            let age = self.began.elapsed();
            self.first_event = Some(age);
            #[cfg(feature = "metrics")]
            self.metered.first_event(age);
            self.report(|observer, stream| observer.first_event(stream), age);
        }
    }

    #[cfg(feature = "tracing")]
    pub(super) fn enter(&self) -> tracing::span::EnteredSpan {
        self.span.enter()
    }

    /// Reports the end.
    pub(super) fn ended(&self, reason: EndReason) {
        let end = StreamEnd {
            number: self.number,
            route: self.settings.route,
            reason,
            age: self.began.elapsed(),
            first_event: self.first_event,
            events: self.events,
            keep_alives: self.keep_alives,
            bytes: self.bytes,
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
