//! Where a server's events come from, and who publishes them.

use std::{
    sync::{Arc, Mutex, PoisonError, RwLock},
    thread,
    time::Duration,
};

use bytes::Bytes;
use futures_util::{Stream, stream};
use sse_core::{Config, Event, KeepAlive, Shutdown, adapter::Scope};
use sse_hub::{Hub, Subscription};
use tokio::{
    sync::{broadcast, mpsc},
    task::yield_now,
    time::{Instant, sleep_until},
};

use super::{Command, Options, Shape, answer, board::Board, commands};
use crate::{Kind, system};

/// Where a server's events come from: our hub, or one of two channels.
#[derive(Clone, Debug)]
pub struct Bus {
    /// Which of them.
    pub kind: Kind,
    /// What was set for the server.
    pub options: Options,
    hub: Hub,
    texts: broadcast::Sender<Arc<str>>,
    frames: broadcast::Sender<Bytes>,
    board: Arc<RwLock<Arc<Board>>>,
    commands: Arc<Mutex<Option<mpsc::UnboundedReceiver<Command>>>>,
}

impl Bus {
    pub(super) fn new(kind: Kind, options: Options) -> Self {
        // As many as the hub keeps by default, about.
        let (texts, _) = broadcast::channel(1_024);
        let (frames, _) = broadcast::channel(1_024);
        let commands = Arc::new(Mutex::new(Some(commands())));
        let hub = Hub::new();
        let board = Arc::new(RwLock::new(Arc::new(Board::new(kind, &hub, 1))));
        Self { kind, options, hub, texts, frames, board, commands }
    }

    /// What our adapter's responses belong to.
    pub fn scope(&self) -> Scope {
        Scope::new(Shutdown::new(), &self.config())
    }

    /// How they behave.
    pub fn config(&self) -> Config {
        Config::default().keep_alive(KeepAlive::every(self.options.keep_alive))
    }

    /// What our adapter sends.
    pub fn subscribe(&self) -> Subscription {
        self.hub.subscribe("bench").expect("no limit is set")
    }

    /// What the framework's own events are made of.
    pub fn texts(&self) -> impl Stream<Item = Arc<str>> + Send + Sync + use<> {
        follow(self.texts.subscribe())
    }

    /// What the framework sends as it is.
    pub fn frames(&self) -> impl Stream<Item = Bytes> + Send + Sync + use<> {
        follow(self.frames.subscribe())
    }

    /// What our adapter sends to a client that resumes `count` topics.
    pub fn resume(&self, first: usize, count: usize) -> Subscription {
        self.board().subscribe(first, count).expect("only ours asks for it")
    }

    /// The same as texts, for the framework's own events.
    pub fn resume_texts(
        &self,
        first: usize,
        count: usize,
    ) -> impl Stream<Item = Arc<str>> + Send + Sync + use<> {
        self.board().texts(first, count)
    }

    /// The same as frames.
    pub fn resume_frames(
        &self,
        first: usize,
        count: usize,
    ) -> impl Stream<Item = Bytes> + Send + Sync + use<> {
        self.board().frames(first, count)
    }

    fn board(&self) -> Arc<Board> {
        Arc::clone(&self.board.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn fill(&self, topics: u64, count: u64, shape: Shape) {
        let board = Board::new(self.kind, &self.hub, topics);
        (0..count).for_each(|_| board.publish(shape));
        *self.board.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(board);
        answer("filled");
    }

    /// On whichever core is free, so that a publish meets the hub's readers as in a server with
    /// many threads.
    fn feed(&self, per_second: u64, count: u64, shape: Shape) {
        let board = self.board();
        thread::spawn(move || {
            system::unpin();
            answer(&format!("fed {}", board.feed(per_second, count, shape)));
        });
    }

    /// Publishes what standard input says; on the thread that serves, as a handler would.
    pub(super) async fn publish(self) {
        let taken = self.commands.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut commands) = taken else { return };
        // As its docs have it where a topic has thousands of subscribers.
        tokio::spawn(self.hub.background());
        let topic = self.hub.topic("bench").expect("a valid name");
        let mut number = 0;
        let mut publish = |shape: Shape| {
            number += 1;
            let data = shape.data(number);
            match self.kind {
                Kind::Ours => {
                    drop(topic.publish_now(Event::data(data)).expect("within the limits"))
                }
                // Nobody listening is no error.
                Kind::Own => drop(self.texts.send(data.into())),
                Kind::Raw => drop(self.frames.send(frame(data))),
            }
        };
        while let Some(command) = commands.recv().await {
            match command {
                Command::Publish(count, shape) => (0..count).for_each(|_| publish(shape)),
                Command::Fill(topics, count, shape) => self.fill(topics, count, shape),
                Command::Feed(per_second, count, shape) => self.feed(per_second, count, shape),
                Command::Rate(per_second, count, shape) => {
                    let (start, mut done) = (Instant::now(), 0);
                    let due = |number: u64| {
                        start + Duration::from_secs(1).mul_f64(number as f64 / per_second as f64)
                    };
                    while done < count {
                        // As many as are due now: what falls due meanwhile has to wait, so that the
                        // connections get their turn.
                        let now = Instant::now();
                        while done < count && due(done) <= now {
                            publish(shape);
                            done += 1;
                        }
                        yield_now().await;
                        sleep_until(due(done)).await;
                    }
                }
            }
        }
    }
}

/// The data of the event that `/flood` repeats.
pub(super) fn flood(size: usize) -> Arc<str> {
    Shape::line(size).data(0).into()
}

/// An encoded event.
pub(super) fn frame(data: impl Into<sse_core::Text>) -> Bytes {
    Event::data(data).encode().into_bytes()
}

/// What a channel has, for as long as it is open; passes over what was lost, as is usual.
pub(super) fn follow<T: Clone + Send + Sync + 'static>(
    events: broadcast::Receiver<T>,
) -> impl Stream<Item = T> + Send + Sync {
    stream::unfold(events, |mut events| async {
        loop {
            match events.recv().await {
                Ok(event) => return Some((event, events)),
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    })
}
