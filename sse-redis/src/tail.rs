//! Follows the log.

mod reply;
mod verdict;

use std::{collections::VecDeque, mem, sync::Arc, time::Duration};

use redis::{RedisError, Value, aio::MultiplexedConnection};
use sse_hub::{BackendError, Epoch, Position, backend::LogEvent};
use tokio::{
    select,
    sync::watch,
    time::{Instant, sleep_until},
};

use crate::{
    backoff::Backoff,
    batch::Batch,
    ends,
    entry::Entry,
    epoch,
    link::Live,
    log, metrics,
    session::Session,
    tail::{reply::Reply, verdict::Verdict},
};

/// Follows the log from a position, on its own connection.
///
/// `XREAD` silently skips trimmed entries. Each read therefore also asks whether the last-read entry still exists.
/// Entries are trimmed from the front, so if it does, no entry after it is missing.
pub(crate) struct Follower {
    session: Arc<Session>,
    doubts: watch::Receiver<()>,
    /// The epoch that is followed; `None` before the log was opened.
    epoch: Option<Epoch>,
    /// The position of the last-read entry.
    last: Position,
    batch: Batch,
    connection: Option<(Live, Instant)>,
    /// Whether there was a connection before.
    connected: bool,
    /// Whether the last read returned nothing.
    quiet: bool,
    ready: VecDeque<LogEvent>,
    /// The time of the next attempt, while the log cannot be followed.
    away: Option<Instant>,
    backoff: Backoff,
}

impl Follower {
    pub(crate) fn new(session: Arc<Session>, after: Position) -> Self {
        Self {
            doubts: session.doubts.subscribe(),
            epoch: session.epoch(),
            last: after,
            batch: Batch::default(),
            connection: None,
            connected: false,
            quiet: false,
            ready: VecDeque::new(),
            away: None,
            backoff: Backoff::new(Duration::from_millis(100), Duration::from_secs(5)),
            session,
        }
    }

    pub(crate) async fn next(&mut self) -> Result<LogEvent, BackendError> {
        loop {
            if let Some(next) = self.ready.pop_front() {
                return Ok(next);
            }
            if let Some(until) = self.away {
                sleep_until(until).await;
            }
            #[cfg(feature = "tracing")]
            let span = self.connection.as_ref().map(|(live, _)| live.span.clone());
            let read = self.read();
            #[cfg(feature = "tracing")]
            let read =
                tracing::Instrument::instrument(read, span.unwrap_or_else(tracing::Span::none));
            match read.await {
                Ok(true) => {
                    self.backoff.reset();
                    if self.away.take().is_some() {
                        tracing::info!("following the Redis log again");
                        self.ready.push_front(LogEvent::Recovered);
                    }
                }
                Ok(false) => {}
                Err(error) => return Err(self.fail(&error)),
            }
        }
    }

    fn fail(&mut self, error: &RedisError) -> BackendError {
        self.connection = None;
        let error = self.session.link.error(error, false);
        if self.away.is_none() {
            tracing::warn!(%error, "cannot follow the Redis log; retrying");
        }
        self.away = Some(Instant::now() + self.backoff.next());
        error
    }

    /// Reads the next entries; returns false if an append's doubt about the server ended the wait.
    async fn read(&mut self) -> Result<bool, RedisError> {
        let fresh = self.connection.is_none();
        if fresh {
            let live = self.session.link.connect(TAIL, Some(BLOCK + GRACE)).await?;
            if mem::replace(&mut self.connected, true) {
                metrics::reconnected(TAIL);
            }
            self.connection = Some((live, Instant::now()));
            self.doubts.mark_unchanged();
        }
        let Some((live, since)) = &self.connection else { return Ok(false) };
        let (mut connection, since) = (live.connection.clone(), *since);
        let Some(epoch) = self.epoch.clone() else {
            self.begin(&mut connection, false).await?;
            return Ok(true);
        };
        let key = self.session.keys.log(&epoch);
        if let Some(before) = self.session.take_due(&epoch) {
            log::trim_before(&mut connection, &key, before).await?;
        }
        // The first read on a connection does not block: it shows at once that the log can be read.
        let block = (!fresh).then_some(BLOCK);
        let ends = self.session.keys.ends(&epoch);
        let asks = reply::ask(
            &self.session.keys.epoch,
            (&key, &ends),
            self.last,
            self.batch.count(),
            block,
        );
        let values: Vec<Value> = select! {
            values = asks.query_async(&mut connection) => values?,
            () = doubted(&mut self.doubts, since) => {
                self.connection = None;
                return Ok(false);
            }
        };
        let reply = Reply::parse(values)?;
        if fresh || self.quiet {
            reply::check_role(&mut connection).await?;
        }
        self.quiet = reply.entries.is_empty();
        if reply.epoch.as_ref() != Some(&epoch) {
            self.begin(&mut connection, false).await?;
            return Ok(true);
        }
        if !reply.last_is_there && !reply.goes_on_after(self.last) {
            match verdict::judge(&mut connection, &key, self.last, &reply.entries).await? {
                Verdict::Whole => {}
                Verdict::Trimmed(floor) => {
                    let ended = self.session.read_ends(&mut connection, &epoch, floor).await?;
                    self.last = floor;
                    self.ready.push_back(LogEvent::Gap { floor, ended });
                }
                Verdict::Another => {
                    self.begin(&mut connection, true).await?;
                    return Ok(true);
                }
            }
        }
        self.take(&epoch, reply.entries);
        if !reply.ends_are_there {
            self.restore_ends(&mut connection, &epoch).await?;
        }
        Ok(true)
    }

    fn take(&mut self, epoch: &Epoch, entries: Vec<Entry>) {
        self.batch.came(&entries);
        self.session.saw(epoch, &entries);
        self.session.is_followed();
        if let Some(newest) = entries.last() {
            self.last = newest.position;
        }
        let skipped = &self.session.skipped;
        let events =
            entries.into_iter().filter_map(|entry| entry.event(|at, fault| skipped.one(at, fault)));
        self.session.with_ends(|ends| {
            let events = events.filter(|event| ends.accepts(epoch, event));
            self.ready.extend(events.map(LogEvent::Entry));
        });
    }

    /// Writes the ends that this process knows of to a server that has lost them.
    async fn restore_ends(
        &self,
        connection: &mut MultiplexedConnection,
        epoch: &Epoch,
    ) -> Result<(), RedisError> {
        let session = &self.session;
        let ended = session.with_ends(|ends| ends.all(epoch));
        if ended.is_empty() {
            return Ok(());
        }
        let ends = session.keys.ends(epoch);
        ends::restore(&ends, &ended, session.bounds).exec_async(connection).await
    }

    /// Moves to the current epoch, or begins one.
    async fn begin(
        &mut self,
        connection: &mut MultiplexedConnection,
        another_history: bool,
    ) -> Result<(), RedisError> {
        let (keys, ours) = (&self.session.keys, self.epoch.as_ref());
        let current = epoch::current(connection, keys, ours, another_history).await?;
        if self.epoch.as_ref() == Some(&current.epoch) {
            return Ok(());
        }
        let Some(info) = log::info(connection, &keys.log(&current.epoch)).await? else {
            // It was lost again; the next read notices.
            return Ok(());
        };
        let floor = info.floor();
        tracing::warn!(epoch = %current.epoch, "the Redis log was lost; following the log of a new epoch");
        self.ready.push_back(LogEvent::NewEpoch(current.epoch.clone()));
        let ended = self.session.read_ends(connection, &current.epoch, floor).await?;
        // Other nodes have sent IDs of this epoch before the floor, or the log was renamed.
        if (!current.begun || !ended.is_empty()) && floor > log::BEGINNING {
            self.ready.push_back(LogEvent::Gap { floor, ended });
        }
        self.session.adopt(&current.epoch);
        // Doubts of appends to the old log are settled.
        self.doubts.mark_unchanged();
        self.last = floor;
        self.epoch = Some(current.epoch);
        Ok(())
    }
}

/// Resolves when an append doubts the server, but not before a connection is 200 ms old, so that failing appends
/// do not make the tail reconnect continuously.
async fn doubted(doubts: &mut watch::Receiver<()>, since: Instant) {
    sleep_until(since + Duration::from_millis(200)).await;
    if doubts.changed().await.is_err() {
        std::future::pending().await
    }
}

/// The longest that a read waits for an event, and so the longest interval between two checks of the log.
const BLOCK: Duration = Duration::from_secs(5);

/// The time after that at which a server that does not answer is considered dead.
const GRACE: Duration = Duration::from_secs(5);

/// The purpose of a tail's connection, in metrics and spans.
const TAIL: &str = "tail";
