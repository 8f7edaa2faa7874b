//! The backend on Redis.

use std::{
    fmt,
    sync::{Arc, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use futures_util::stream;
use redis::{Client, RedisError, aio::MultiplexedConnection};
use sse_hub::{
    Backend, BackendError, Epoch, Position, TopicName,
    backend::{Appended, BackendFuture, CloseFuture, Noted, Opened, Page, TailStream},
};
use tokio::time::{Instant, timeout_at};

use crate::{
    append::Append, bounds::Bounds, entry::Entry, epoch, keys::Keys, log, metrics::Timer, notes,
    session::Session, tail::Follower,
};

/// A hub's log on Redis or Valkey Streams, for [`HubBuilder::open`](sse_hub::HubBuilder::open).
///
/// It needs a tokio runtime with I/O and time enabled. Appends share one connection, and the tail uses another.
///
/// # Example
/// ```no_run
/// # async fn open() -> Result<(), Box<dyn std::error::Error>> {
/// use sse_hub::{Hub, Retention};
/// use sse_redis::RedisBackend;
///
/// let backend = RedisBackend::builder("redis://:secret@127.0.0.1:6379/1")
///     .prefix("shop")
///     .retention(Retention::default().events(1_000_000))
///     .build()?;
/// let hub = Hub::builder().open(backend).await?;
/// tokio::spawn(hub.background());
/// # Ok(()) }
/// ```
pub struct RedisBackend(Arc<Session>);

impl RedisBackend {
    pub(crate) fn from_parts(
        client: Client,
        keys: Keys,
        bounds: Bounds,
        deadline: Duration,
    ) -> Self {
        Self(Arc::new(Session::new(client, keys, bounds, deadline)))
    }
}

impl Session {
    async fn open(&self) -> Result<Opened, BackendError> {
        let until = Instant::now() + self.deadline;
        let mut live = self.link.until(until).await?;
        let opening = async {
            epoch::check_rights(&mut live.connection, &self.keys).await?;
            loop {
                let current = epoch::current(&mut live.connection, &self.keys, None, false).await?;
                let key = self.keys.log(&current.epoch);
                // The log may have been lost meanwhile.
                if let Some(info) = log::info(&mut live.connection, &key).await? {
                    let (epoch, floor) = (current.epoch, info.floor());
                    let ended = self.read_ends(&mut live.connection, &epoch, floor).await?;
                    return Ok::<_, RedisError>(Opened { epoch, floor, shared: true, ended });
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

    async fn append(&self, topic: &TopicName, bodies: &[Bytes]) -> Result<Appended, BackendError> {
        let until = Instant::now() + self.deadline;
        let epoch = self.opened()?;
        let live = self.link.until(until).await?;
        let mut append = Append::new(self, live, topic, bodies);
        match timeout_at(until, append.run(epoch)).await {
            Ok(appended) => appended,
            Err(_) => Err(append.is_late()),
        }
    }

    async fn notes(&self) -> Result<Vec<Noted>, BackendError> {
        let until = Instant::now() + self.deadline;
        let epoch = self.opened()?;
        let mut live = self.link.until(until).await?;
        let key = self.keys.notes(&epoch);
        match timeout_at(until, notes::read(&mut live.connection, &key)).await {
            Ok(notes) => notes.map_err(|error| self.link.error(&error, false)),
            Err(_) => Err(self.link.fault("no answer within the deadline", false)),
        }
    }

    async fn read(&self, after: Position, max: usize) -> Result<Page, BackendError> {
        let until = Instant::now() + self.deadline;
        let epoch = self.opened()?;
        let mut live = self.link.until(until).await?;
        match timeout_at(until, self.page(&mut live.connection, &epoch, after, max)).await {
            Ok(Ok(Some(page))) => Ok(page),
            Ok(Ok(None)) => Err(self.link.fault("the log was lost", false)),
            Ok(Err(error)) => Err(self.link.error(&error, false)),
            Err(_) => Err(self.link.fault("no answer within the deadline", false)),
        }
    }

    /// Reads a page; returns `None` if the log does not exist.
    async fn page(
        &self,
        connection: &mut MultiplexedConnection,
        epoch: &Epoch,
        mut after: Position,
        max: usize,
    ) -> Result<Option<Page>, RedisError> {
        let key = self.keys.log(epoch);
        let begin = after;
        let mut batch = *self.batch.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut events, mut bytes) = (Vec::new(), 0);
        while events.len() < max && bytes < PAGE_BYTES {
            let count = batch.count().min(max - events.len());
            let entries = log::read(connection, &key, after, count).await?;
            batch.came(&entries);
            self.saw(epoch, &entries);
            let Some(last) = entries.last() else { break };
            after = last.position;
            let is_last = entries.len() < count;
            let event = |entry: Entry| entry.event(|at, fault| self.skipped.one(at, fault));
            for event in entries.into_iter().filter_map(event) {
                bytes += event.body.len();
                events.push(event);
            }
            if is_last {
                break;
            }
        }
        *self.batch.lock().unwrap_or_else(PoisonError::into_inner) = batch;
        // Read after the entries, so that everything after the floor is among them.
        let Some(floor) = log::info(connection, &key).await?.map(|info| info.floor()) else {
            return Ok(None);
        };
        if floor > begin {
            // Ends before the first entry that was read may have been trimmed.
            self.read_ends(connection, epoch, floor).await?;
        }
        self.with_ends(|ends| events.retain(|event| ends.accepts(epoch, event)));
        Ok(Some(Page { floor, entries: events }))
    }
}

impl Backend for RedisBackend {
    fn open(&self) -> BackendFuture<'_, Opened> {
        Box::pin(self.0.open())
    }

    fn append<'a>(&'a self, topic: &'a TopicName, body: Bytes) -> BackendFuture<'a, Appended> {
        Box::pin(async move {
            let timer = Timer::begin();
            let appended = self.0.append(topic, &[body]).await;
            timer.appended(&appended);
            appended
        })
    }

    /// Sends all in one script, which stores all or none.
    fn append_all<'a>(
        &'a self,
        topic: &'a TopicName,
        bodies: Vec<Bytes>,
    ) -> BackendFuture<'a, Appended> {
        Box::pin(async move {
            let timer = Timer::begin();
            let appended = self.0.append(topic, &bodies).await;
            timer.appended(&appended);
            appended
        })
    }

    fn notes(&self) -> BackendFuture<'_, Vec<Noted>> {
        Box::pin(self.0.notes())
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

    fn close(&self) -> CloseFuture<'_> {
        Box::pin(self.0.link.close())
    }
}

impl fmt::Debug for RedisBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the URL, which may hold a password.
        f.debug_struct("RedisBackend").field("keys", &self.0.keys).finish_non_exhaustive()
    }
}

/// A page ends after this many bytes of events. The hub treats a page of a MiB as incomplete.
const PAGE_BYTES: usize = 4 * 1024 * 1024;
