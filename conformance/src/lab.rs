//! What a server under test shares with its test.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use futures_util::{Stream, stream::pending};
use sse_core::{
    Config, Drain, Event, Limiter, Shutdown, StreamEnd,
    adapter::{Body, Scope},
};
use sse_hub::Hub;
use tokio::sync::{Semaphore, mpsc};

use crate::{
    client::LIMIT,
    scenario::{self, Item},
};

/// What a server under test shares with its test: the behaviour of its responses, and the ends of their streams.
#[derive(Clone, Debug)]
pub struct Lab(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: Config,
    drain: Drain,
    shutdown: Shutdown,
    hub: Hub,
    limiter: Limiter,
    port: u16,
    threads: usize,
    polls: AtomicUsize,
    steps: Semaphore,
    ends: Mutex<Option<mpsc::UnboundedReceiver<StreamEnd>>>,
    give_sender: mpsc::UnboundedSender<Sender>,
    senders: Mutex<Option<mpsc::UnboundedReceiver<Sender>>>,
}

/// What the test sends events to a response with.
pub(crate) type Sender = sse_core::Sender<Item>;

impl Lab {
    /// Without jitter, and with its own shutdown, so that many servers can run in one process.
    pub fn new() -> Self {
        Self::with(|config| config, Drain::default())
    }

    /// As [`new`](Self::new), with changes to the responses' configuration.
    pub fn with_config(change: impl FnOnce(Config) -> Config) -> Self {
        Self::with(change, Drain::default())
    }

    /// As [`new`](Self::new), with a hub that the test publishes to.
    pub fn with_hub(hub: Hub) -> Self {
        Self::with_all(|config| config, Drain::default(), hub, 0)
    }

    /// As [`new`](Self::new), for a server that listens on this port; 0 is one of the system's choice.
    pub fn on_port(port: u16) -> Self {
        Self::with_all(|config| config, Drain::default(), Hub::new(), port)
    }

    /// As [`new`](Self::new), with another configuration and drain.
    pub fn with(change: impl FnOnce(Config) -> Config, drain: Drain) -> Self {
        Self::with_all(change, drain, Hub::new(), 0)
    }

    pub(crate) fn with_all(
        change: impl FnOnce(Config) -> Config,
        drain: Drain,
        hub: Hub,
        port: u16,
    ) -> Self {
        let (tell, ends) = mpsc::unbounded_channel();
        let (give_sender, senders) = mpsc::unbounded_channel();
        let shutdown = Shutdown::new();
        let config = Config::default()
            .retry(Duration::from_secs(3))
            // Nobody asks any more when the test is over.
            .on_end(move |end| drop(tell.send(end.clone())));
        Self(Arc::new(Inner {
            config: change(config),
            drain,
            shutdown,
            hub,
            limiter: scenario::limiter(),
            port,
            threads: 1,
            polls: AtomicUsize::new(0),
            steps: Semaphore::new(0),
            ends: Mutex::new(Some(ends)),
            give_sender,
            senders: Mutex::new(Some(senders)),
        }))
    }

    /// The configuration of the server.
    pub fn config(&self) -> Config {
        self.0.config.clone()
    }

    /// How the server ends its streams when it is stopped.
    pub fn drain(&self) -> Drain {
        self.0.drain.clone()
    }

    /// What the server's drain goes through.
    pub fn shutdown(&self) -> &Shutdown {
        &self.0.shutdown
    }

    /// What the server's clients subscribe to.
    pub fn hub(&self) -> &Hub {
        &self.0.hub
    }

    /// What limits the streams of the scenario `job`.
    pub fn limiter(&self) -> &Limiter {
        &self.0.limiter
    }

    /// Serves on several threads.
    ///
    /// # Panics
    /// If the lab was cloned before.
    #[must_use]
    pub fn on_threads(mut self, threads: usize) -> Self {
        Arc::get_mut(&mut self.0).expect("a lab of which there is no clone").threads = threads;
        self
    }

    /// Serves with another drain.
    ///
    /// # Panics
    /// If the lab was cloned before.
    #[must_use]
    pub fn with_drain(mut self, drain: Drain) -> Self {
        Arc::get_mut(&mut self.0).expect("a lab of which there is no clone").drain = drain;
        self
    }

    /// The number of threads that the server runs on.
    pub fn threads(&self) -> usize {
        self.0.threads
    }

    /// Where the server listens; 0 is a port of the system's choice.
    pub fn port(&self) -> u16 {
        self.0.port
    }

    /// Counts as an open stream until the returned value is dropped, so that a drain does not finish.
    pub fn hold_drain(&self) -> impl Sized + use<> {
        let scope = Scope::new(self.0.shutdown.clone(), &self.0.config);
        let mut body = Box::pin(Body::new(pending::<Event>()).scope(Some(&scope)));
        let mut nobody = Context::from_waker(Waker::noop());
        assert!(body.as_mut().poll_next(&mut nobody).is_ready(), "no opening");
        body
    }

    /// Counts how often a stream is polled.
    pub fn watch<S>(&self, stream: S) -> Watched<S> {
        Watched { stream: Box::pin(stream), lab: self.clone() }
    }

    /// How often any of the server's streams was polled.
    pub fn polls(&self) -> usize {
        self.0.polls.load(Ordering::SeqCst)
    }

    /// Lets a waiting stream continue by one step.
    pub fn step(&self) {
        self.0.steps.add_permits(1);
    }

    /// Waits for the next [`step`](Self::step).
    pub async fn stepped(&self) {
        self.0.steps.acquire().await.expect("a semaphore that nobody closes").forget();
    }

    /// Blocks the thread until the next [`step`](Self::step), for at most [`LIMIT`].
    pub fn block_until_step(&self) {
        let began = Instant::now();
        while self.0.steps.try_acquire().map(|step| step.forget()).is_err() {
            assert!(began.elapsed() < LIMIT, "no step for {LIMIT:?}");
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// The ends of the server's streams, in the order in which they came; taken once.
    pub fn ends(&self) -> mpsc::UnboundedReceiver<StreamEnd> {
        let mut ends = self.0.ends.lock().unwrap_or_else(PoisonError::into_inner);
        ends.take().expect("one test that takes the ends once")
    }

    /// Gives the test the sender of a response.
    pub fn give_sender(&self, sender: Sender) {
        // Nobody asks any more when the test is over.
        let _ = self.0.give_sender.send(sender);
    }

    /// The senders of the responses, in the order in which they came; taken once.
    pub fn senders(&self) -> mpsc::UnboundedReceiver<Sender> {
        let mut senders = self.0.senders.lock().unwrap_or_else(PoisonError::into_inner);
        senders.take().expect("one test that takes the senders once")
    }
}

impl Default for Lab {
    fn default() -> Self {
        Self::new()
    }
}

/// A stream whose polls are counted.
#[derive(Debug)]
pub struct Watched<S> {
    stream: Pin<Box<S>>,
    lab: Lab,
}

impl<S: Stream> Stream for Watched<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        self.lab.0.polls.fetch_add(1, Ordering::SeqCst);
        self.stream.as_mut().poll_next(cx)
    }
}
