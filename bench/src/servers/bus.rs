//! The source of a server's events, and the task that publishes them.

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

/// The source of a server's events: our hub, or one of two channels.
#[derive(Clone, Debug)]
pub struct Bus {
    /// The implementation that the server uses, which selects the source.
    pub kind: Kind,
    /// The options of the server.
    pub options: Options,
    hub: Hub,
    texts: broadcast::Sender<Arc<str>>,
    frames: broadcast::Sender<Bytes>,
    board: Arc<RwLock<Arc<Board>>>,
    commands: Arc<Mutex<Option<mpsc::UnboundedReceiver<Command>>>>,
}

impl Bus {
    pub(super) fn new(kind: Kind, options: Options) -> Self {
        // The hub keeps about as many events by default.
        let (texts, _) = broadcast::channel(1_024);
        let (frames, _) = broadcast::channel(1_024);
        let commands = Arc::new(Mutex::new(Some(commands())));
        let hub = Hub::new();
        let board = Arc::new(RwLock::new(Arc::new(Board::new(kind, &hub, 1))));
        Self { kind, options, hub, texts, frames, board, commands }
    }

    /// Returns the scope of our adapter's responses.
    pub fn scope(&self) -> Scope {
        Scope::new(Shutdown::new(), &self.config())
    }

    /// Returns the configuration of our adapter's responses.
    pub fn config(&self) -> Config {
        Config::default().keep_alive(KeepAlive::every(self.options.keep_alive))
    }

    /// Returns the stream that our adapter sends.
    pub fn subscribe(&self) -> Subscription {
        self.hub.subscribe("bench").expect("no limit is set")
    }

    /// Returns the data of the framework's own events.
    pub fn texts(&self) -> impl Stream<Item = Arc<str>> + Send + Sync + use<> {
        follow(self.texts.subscribe())
    }

    /// Returns the frames that the framework sends unchanged.
    pub fn frames(&self) -> impl Stream<Item = Bytes> + Send + Sync + use<> {
        follow(self.frames.subscribe())
    }

    /// Returns the stream that our adapter sends to a client that resumes `count` topics.
    pub fn resume(&self, first: usize, count: usize) -> Subscription {
        self.board().subscribe(first, count).expect("only ours asks for it")
    }

    /// Returns the data of the framework's own events for a client that resumes `count` topics.
    pub fn resume_texts(
        &self,
        first: usize,
        count: usize,
    ) -> impl Stream<Item = Arc<str>> + Send + Sync + use<> {
        self.board().texts(first, count)
    }

    /// Returns the frames for a client that resumes `count` topics.
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

    /// Publishes to the topics that clients resume, on any free core, so that a publish contends with the
    /// hub's readers as in a server with many threads.
    fn feed(&self, per_second: u64, count: u64, shape: Shape) {
        let board = self.board();
        thread::spawn(move || {
            system::unpin();
            answer(&format!("fed {}", board.feed(per_second, count, shape)));
        });
    }

    /// Runs the commands of standard input, on the thread that serves, as a handler would publish.
    pub(super) async fn publish(self) {
        let taken = self.commands.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut commands) = taken else { return };
        #[cfg(feature = "operate")]
        if self.options.watched == super::Watched::Inspector {
            let page = sse_hub::Inspector::new(&self.hub, |(): &()| Ok(()));
            let snapshots = page.events(&()).expect("allowed");
            tokio::spawn(futures_util::StreamExt::for_each(snapshots, async |_| {}));
        }
        // The hub's docs recommend this for topics with thousands of subscribers.
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
                // An error only means that there are no subscribers.
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
                        // Publishes the events that are due now. Those that fall due meanwhile wait, so
                        // that the connections get their turn.
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

/// Returns the data of the event that `/flood` repeats.
pub(super) fn flood(size: usize) -> Arc<str> {
    Shape::line(size).data(0).into()
}

/// Returns an encoded event.
pub(super) fn frame(data: impl Into<sse_core::Text>) -> Bytes {
    Event::data(data).encode().into_bytes()
}

/// Yields the events of a channel while it is open. It ignores lost events, as is usual.
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
