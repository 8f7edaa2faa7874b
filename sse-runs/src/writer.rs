//! The writer of a run.

use std::{fmt, mem, pin::pin, sync::Arc, time::Duration};

use futures_core::Stream;
use futures_util::{FutureExt, StreamExt};
use sse_core::Event;
use sse_hub::{PublishError, Topic};
use tokio::{
    select,
    sync::watch,
    time::{Instant, sleep_until},
};

use crate::{Outcome, RunId, WriteError, inner::Inner, stored::Stored};

/// The only writer of a run: see [`Runs::begin`](crate::Runs::begin).
///
/// Dropping it fails the run, so a panic of its task does not leave readers waiting.
///
/// # Example
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use sse_core::Event;
/// use sse_hub::{Hub, Principal};
/// use sse_runs::{RunSettings, Runs};
///
/// let runs = Runs::new(Hub::new());
/// let ada = Principal::new("user 7")?; // from the session
/// let mut writer = runs.begin(&ada, RunSettings::default()).await?;
/// assert_eq!(writer.publish(Event::data("Hello")).await?, 1);
/// writer.finish().await?;
/// # Ok(()) }
/// ```
#[must_use = "dropping the writer fails its run"]
pub struct Writer {
    inner: Arc<Inner>,
    id: RunId,
    topic: Topic,
    /// The number of its newest event.
    last: u64,
    ended: watch::Receiver<Option<Outcome>>,
    batch: usize,
    delay: Duration,
    /// Whether an append was dropped or has failed, so that the log may have its events.
    interrupted: bool,
    /// Whether dropping it leaves the run as it is.
    done: bool,
}

impl Writer {
    pub(crate) fn new(
        inner: &Arc<Inner>,
        id: RunId,
        topic: Topic,
        (batch, delay): (usize, Duration),
    ) -> Self {
        let ended = inner.register.watch(id);
        Self {
            inner: Arc::clone(inner),
            id,
            topic,
            last: 0,
            ended,
            batch,
            delay,
            interrupted: false,
            done: false,
        }
    }

    /// Leaves the run as it is when the writer is dropped.
    pub(crate) fn disown(&mut self) {
        self.done = true;
    }

    /// Returns the run's ID, for its readers.
    pub fn id(&self) -> RunId {
        self.id
    }

    /// Publishes an event; returns its number.
    ///
    /// # Example
    /// ```
    /// use sse_core::Event;
    /// use sse_runs::{WriteError, Writer};
    ///
    /// async fn think(mut writer: Writer) -> Result<(), WriteError> {
    ///     writer.publish(Event::data("Hello").event("delta")).await?;
    ///     writer.finish().await
    /// }
    /// # drop(think);
    /// ```
    ///
    /// With a backend, it resolves once this node's own tail has delivered the event. If the log has an end of the run
    /// before it, such as after this node was stopped for longer than its [lease](crate::RunsBuilder::lease), no reader
    /// on any node receives the event.
    ///
    /// # Errors
    /// [`WriteError::Fenced`] if the run has ended. After [`WriteError::Publish`], nothing was published, unless the
    /// backend's error says that the event may be stored. Then every later call fails with [`WriteError::Interrupted`],
    /// since its event's number is not known.
    ///
    /// # Cancel safety
    /// Not cancel safe with a backend: later calls fail with [`WriteError::Interrupted`]. In memory, the first poll
    /// publishes the event.
    pub async fn publish(&mut self, event: Event) -> Result<u64, WriteError> {
        self.publish_batch(vec![event]).await
    }

    /// Publishes events in order; returns the number of the last one.
    ///
    /// # Example
    /// ```
    /// use sse_core::Event;
    /// use sse_runs::{WriteError, Writer};
    ///
    /// async fn greet(writer: &mut Writer) -> Result<u64, WriteError> {
    ///     writer.publish_batch(vec![Event::data("Hello"), Event::data("!")]).await
    /// }
    /// # drop(greet);
    /// ```
    ///
    /// # Errors
    /// As for [`publish`](Self::publish). With a backend, the events are published together; in memory, the events before
    /// the first that fails are.
    ///
    /// # Cancel safety
    /// As for [`publish`](Self::publish).
    pub async fn publish_batch(&mut self, events: Vec<Event>) -> Result<u64, WriteError> {
        if self.inner.log.is_some() {
            return self.append(events).await;
        }
        for event in events {
            let number = self.last + 1;
            match self.topic.publish_now(Stored::event(number, event)) {
                Ok(_) => self.last = number,
                Err(PublishError::Ended) => return Err(WriteError::Fenced(self.ended().await)),
                Err(error) => return Err(WriteError::Publish(error)),
            }
            self.inner.register.ledger().publish(self.id, number);
        }
        Ok(self.last)
    }

    /// Appends events to the log of a backend.
    async fn append(&mut self, events: Vec<Event>) -> Result<u64, WriteError> {
        if self.interrupted {
            return Err(WriteError::Interrupted);
        }
        if events.is_empty() {
            return Ok(self.last);
        }
        let last = self.last + events.len() as u64;
        let events = events.into_iter().zip(self.last + 1..);
        let events = events.map(|(event, number)| Stored::event(number, event)).collect();
        // If this future is dropped, the log may have the events.
        self.interrupted = true;
        let published = self.inner.hub.publish_batch(self.topic.name(), events).await;
        self.interrupted =
            matches!(&published, Err(PublishError::Backend(error)) if error.may_be_stored);
        match published {
            // If the log was lost, the events are in one that does not have the run.
            Ok(_) if !self.inner.register.ledger().knows(self.id) => {
                Err(WriteError::Fenced(Outcome::Abandoned))
            }
            Ok(_) => {
                self.last = last;
                Ok(last)
            }
            Err(PublishError::Ended) => Err(WriteError::Fenced(self.ended().await)),
            Err(error) => Err(WriteError::Publish(error)),
        }
    }

    /// Writes a whole answer: publishes the events of a stream and finishes the run, or fails it with the stream's first
    /// error. Returns how the run has ended.
    ///
    /// It drops the stream as soon as the run has ended, so that a cancelled run costs no more work.
    /// [`RunSettings::batch`](crate::RunSettings::batch) sets how events are collected into batches.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use futures_util::stream;
    /// use sse_core::Event;
    /// use sse_hub::{Hub, Principal};
    /// use sse_runs::{Outcome, RunSettings, Runs};
    ///
    /// let runs = Runs::new(Hub::new());
    /// let ada = Principal::new("user 7")?; // from the session
    /// let writer = runs.begin(&ada, RunSettings::default()).await?;
    /// let model = stream::iter([Ok(Event::data("Hello")), Err("the model is overloaded")]);
    /// let outcome = tokio::spawn(writer.write(model)).await??;
    /// assert_eq!(outcome.as_str(), "failed");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`WriteError::Publish`] if the hub has not published an event or the end. The run has failed then.
    ///
    /// # Cancel safety
    /// Dropping the future fails the run.
    pub async fn write<E: fmt::Display>(
        mut self,
        events: impl Stream<Item = Result<Event, E>>,
    ) -> Result<Outcome, WriteError> {
        let outcome = match self.publish_all(events).await {
            Ok(outcome) => outcome,
            Err(WriteError::Fenced(outcome)) => {
                self.done = true;
                return Ok(outcome);
            }
            Err(error) => {
                let reason = "an event of the answer was not published".to_owned();
                self.end(Outcome::Failed { reason }).await?;
                return Err(error);
            }
        };
        match self.end(outcome.clone()).await {
            Err(WriteError::Fenced(outcome)) => Ok(outcome),
            ended => ended.map(|()| outcome),
        }
    }

    /// Publishes all events of a stream; returns how the run is to end.
    async fn publish_all<E: fmt::Display>(
        &mut self,
        events: impl Stream<Item = Result<Event, E>>,
    ) -> Result<Outcome, WriteError> {
        let mut events = pin!(events.fuse());
        let mut collected = Collected { events: Vec::new(), outcome: None, max: self.batch };
        let mut ended = self.ended.clone();
        loop {
            // The time until which events are collected, once there is one.
            let mut until = None;
            while collected.has_room() {
                let event = if collected.events.is_empty() {
                    select! {
                        biased;
                        end = ended_by(&mut ended) => return Err(WriteError::Fenced(end)),
                        event = events.next() => event,
                    }
                } else if self.delay.is_zero() {
                    // A timer would wait for the next millisecond.
                    match events.next().now_or_never() {
                        Some(event) => event,
                        None => break,
                    }
                } else {
                    let until = *until.get_or_insert_with(|| Instant::now() + self.delay);
                    select! {
                        biased;
                        end = ended_by(&mut ended) => return Err(WriteError::Fenced(end)),
                        event = events.next() => event,
                        () = sleep_until(until) => break,
                    }
                };
                collected.take(event);
            }
            let batch = mem::take(&mut collected.events);
            if !batch.is_empty() {
                let mut publishing = pin!(self.publish_batch(batch));
                // The next batch is collected meanwhile.
                loop {
                    select! {
                        biased;
                        published = &mut publishing => {
                            published?;
                            break;
                        }
                        event = events.next(), if collected.has_room() => collected.take(event),
                    }
                }
            }
            if collected.events.is_empty()
                && let Some(outcome) = collected.outcome
            {
                return Ok(outcome);
            }
        }
    }

    /// Ends the run as finished: the answer is complete.
    ///
    /// # Errors
    /// [`WriteError::Fenced`] if the run had ended before, [`WriteError::Interrupted`] if an event may be missing, and
    /// [`WriteError::Publish`] if the log has not taken the end. In the last two cases the run fails.
    ///
    /// # Cancel safety
    /// A dropped call may have finished the run; otherwise it fails.
    pub async fn finish(mut self) -> Result<(), WriteError> {
        self.end(Outcome::Finished).await
    }

    /// Ends the run as failed. Readers receive the reason, of which 1 KiB is kept.
    ///
    /// # Errors
    /// [`WriteError::Fenced`] if the run had ended before, and [`WriteError::Publish`] if the log has not taken the end;
    /// the run fails then without the reason.
    ///
    /// # Cancel safety
    /// A dropped call fails the run, perhaps without the reason.
    pub async fn fail(mut self, reason: impl Into<String>) -> Result<(), WriteError> {
        self.end(Outcome::failed(reason.into())).await
    }

    /// Waits until the run has ended although this writer has not ended it: it was cancelled, its readers are
    /// gone, or other nodes have abandoned it.
    ///
    /// # Example
    /// ```
    /// use sse_runs::Writer;
    ///
    /// async fn work(writer: &Writer) {
    ///     tokio::select! {
    ///         outcome = writer.ended() => println!("stopped: {}", outcome.as_str()),
    ///         () = think() => println!("done"),
    ///     }
    /// }
    /// # async fn think() {}
    /// # drop(work);
    /// ```
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn ended(&self) -> Outcome {
        ended_by(&mut self.ended.clone()).await
    }

    async fn end(&mut self, outcome: Outcome) -> Result<(), WriteError> {
        if self.interrupted && outcome == Outcome::Finished {
            return Err(WriteError::Interrupted);
        }
        let ended = self.inner.end(self.id, outcome).await;
        // Unless the log has not taken the end: then the drop tries again.
        self.done = ended.is_ok();
        match ended {
            Ok(true) => Ok(()),
            Ok(false) => Err(WriteError::Fenced(self.ended().await)),
            Err(error) => Err(WriteError::Publish(error)),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.done {
            self.inner.drop_writer(self.id);
        }
        self.inner.register.forget_writer(self.id);
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The events that are published next, and how the run ends after them.
struct Collected {
    events: Vec<Event>,
    outcome: Option<Outcome>,
    max: usize,
}

impl Collected {
    fn has_room(&self) -> bool {
        self.outcome.is_none() && self.events.len() < self.max
    }

    fn take<E: fmt::Display>(&mut self, event: Option<Result<Event, E>>) {
        match event {
            Some(Ok(event)) => self.events.push(event),
            Some(Err(error)) => self.outcome = Some(Outcome::failed(error.to_string())),
            None => self.outcome = Some(Outcome::Finished),
        }
    }
}

async fn ended_by(ended: &mut watch::Receiver<Option<Outcome>>) -> Outcome {
    loop {
        if let Some(outcome) = &*ended.borrow_and_update() {
            return outcome.clone();
        }
        if ended.changed().await.is_err() {
            // The writer is gone, and nobody waits.
            std::future::pending::<()>().await;
        }
    }
}
