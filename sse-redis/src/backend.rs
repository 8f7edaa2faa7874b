//! The backend on Redis.

use std::{
    fmt,
    sync::{Arc, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use futures_util::stream;
use redis::{Client, RedisError};
use sse_hub::{
    Backend, BackendError, Epoch, Position, TopicName,
    backend::{Appended, BackendFuture, Opened, Page, TailStream},
};
use tokio::{
    sync::watch,
    time::{Instant, timeout_at},
};

use crate::{
    InvalidRedisSettings, RedisBackendBuilder, append::Append, epoch, keys::Keys, link::Link, log,
    skipped::Skipped, tail::Follower,
};

/// A hub's log on Redis or Valkey Streams: give it to
/// [`HubBuilder::open`](sse_hub::HubBuilder::open).
///
/// Needs a tokio runtime with I/O and time. Appends share one connection; the tail has another.
///
/// # Example
/// ```no_run
/// # async fn open() -> Result<(), Box<dyn std::error::Error>> {
/// use sse_hub::Hub;
/// use sse_redis::RedisBackend;
///
/// let backend = RedisBackend::builder("redis://:secret@127.0.0.1:6379/1")
///     .prefix("shop")
///     .max_events(1_000_000)
///     .build()?;
/// let (hub, driver) = Hub::builder().open(backend).await?;
/// tokio::spawn(driver);
/// # Ok(()) }
/// ```
pub struct RedisBackend(Arc<Shared>);

/// What the appends and the tails of a backend share.
pub(crate) struct Shared {
    pub(crate) link: Link,
    pub(crate) keys: Keys,
    pub(crate) skipped: Skipped,
    /// Appends go to the log of this epoch.
    epoch: std::sync::Mutex<Option<Epoch>>,
    /// An append has met a server that is not what it was.
    pub(crate) doubts: watch::Sender<()>,
    pub(crate) max_events: u64,
    deadline: Duration,
}

impl RedisBackend {
    /// Makes a backend with the default settings; connects only when it is opened.
    ///
    /// The URL is `redis://user:password@host:6379/0`, `rediss://` for TLS (feature `tls`), or
    /// `unix:///path?db=0&user=user&pass=password`; all but the host may be left out.
    ///
    /// # Errors
    /// [`InvalidRedisSettings`].
    pub fn new(url: &str) -> Result<Self, InvalidRedisSettings> {
        Self::builder(url).build()
    }

    /// Sets the keys' prefix, how much is kept, and the deadline.
    pub fn builder(url: &str) -> RedisBackendBuilder {
        RedisBackendBuilder::new(url)
    }

    pub(crate) fn from_parts(
        client: Client,
        keys: Keys,
        max_events: u64,
        deadline: Duration,
    ) -> Self {
        Self(Arc::new(Shared {
            link: Link::new(client),
            keys,
            skipped: Skipped::default(),
            epoch: std::sync::Mutex::default(),
            doubts: watch::Sender::default(),
            max_events,
            deadline,
        }))
    }
}

impl Shared {
    pub(crate) fn epoch(&self) -> Option<Epoch> {
        self.epoch.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Has appends go to the log of this epoch, and the tails look for it at once.
    pub(crate) fn adopt(&self, epoch: &Epoch) {
        let mut current = self.epoch.lock().unwrap_or_else(PoisonError::into_inner);
        if current.as_ref() != Some(epoch) {
            *current = Some(epoch.clone());
            drop(current);
            self.doubts.send_replace(());
        }
    }

    /// Has the tails look whether the log is still there; not for an append that was late.
    pub(crate) fn doubt(&self, epoch: &Epoch) {
        self.doubts.send_if_modified(|()| self.epoch().as_ref() == Some(epoch));
    }

    fn opened(&self) -> Result<Epoch, BackendError> {
        self.epoch().ok_or_else(|| self.link.fault("open the log first", false))
    }

    async fn open(&self) -> Result<Opened, BackendError> {
        let until = Instant::now() + self.deadline;
        let mut live = self.link.until(until).await?;
        let opening = async {
            epoch::check_rights(&mut live.connection).await?;
            loop {
                let current = epoch::current(&mut live.connection, &self.keys, None, false).await?;
                let key = self.keys.log(&current.epoch);
                // It may be lost again by now.
                if let Some(info) = log::info(&mut live.connection, &key).await? {
                    return Ok::<_, RedisError>(Opened {
                        epoch: current.epoch,
                        floor: info.floor(),
                    });
                }
            }
        };
        let opened = match timeout_at(until, opening).await {
            Ok(opened) => opened.map_err(|error| {
                live.give_up();
                self.link.error(&error, false)
            })?,
            Err(_) => {
                live.give_up();
                return Err(self.link.fault("no answer within the deadline", false));
            }
        };
        self.adopt(&opened.epoch);
        Ok(opened)
    }

    async fn append(&self, topic: &TopicName, body: Bytes) -> Result<Appended, BackendError> {
        let until = Instant::now() + self.deadline;
        let epoch = self.opened()?;
        let live = self.link.until(until).await?;
        let mut append = Append::new(self, live, topic, &body);
        match timeout_at(until, append.run(epoch)).await {
            Ok(appended) => appended,
            Err(_) => Err(append.is_late()),
        }
    }

    async fn read(&self, after: Position, max: usize) -> Result<Page, BackendError> {
        let until = Instant::now() + self.deadline;
        let key = self.keys.log(&self.opened()?);
        let mut live = self.link.until(until).await?;
        let page = log::read(&mut live.connection, &key, after, max, &self.skipped);
        match timeout_at(until, page).await {
            Ok(Ok(Some(page))) => Ok(page),
            Ok(Ok(None)) => Err(self.link.fault("the log was lost", false)),
            Ok(Err(error)) => Err(self.link.error(&error, false)),
            Err(_) => Err(self.link.fault("no answer within the deadline", false)),
        }
    }
}

impl Backend for RedisBackend {
    fn open(&self) -> BackendFuture<'_, Opened> {
        Box::pin(self.0.open())
    }

    fn append<'a>(&'a self, topic: &'a TopicName, body: Bytes) -> BackendFuture<'a, Appended> {
        Box::pin(self.0.append(topic, body))
    }

    fn read(&self, after: Position, max: usize) -> BackendFuture<'_, Page> {
        Box::pin(self.0.read(after, max))
    }

    fn tail(&self, after: Position) -> TailStream {
        let follower = Follower::new(Arc::clone(&self.0), after);
        Box::pin(stream::unfold(follower, |mut follower| async move {
            let next = follower.next().await;
            Some((next, follower))
        }))
    }
}

impl fmt::Debug for RedisBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the URL, which may hold a password.
        f.debug_struct("RedisBackend").field("keys", &self.0.keys).finish_non_exhaustive()
    }
}
