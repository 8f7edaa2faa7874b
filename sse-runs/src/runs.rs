//! All runs: begins, reads and cancels them.

use std::{
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use sse_hub::{Hub, Position, Principal, PublishError, Start, SubscribeError, Subscription};
use tokio::time::{Instant, sleep};

use crate::{
    Outcome, ReadFrom, Reading, RunError, RunId, RunSettings, RunStatus, Writer,
    begin::Begin,
    inner::{Inner, now},
    ledger::Run,
    presence::Presence,
    register::Register,
};

/// All runs of a hub: begins, reads and cancels them.
///
/// A run is an answer that one [`Writer`] writes and any number of readers read, while it is written and afterwards. It
/// belongs to an owner, whom the application has authenticated. For any other owner it does not exist.
///
/// A clone is another handle to the same runs. Spawn their [`background`](Self::background) once.
///
/// # Example
/// ```
/// # use futures_util::TryStreamExt;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use sse_core::Event;
/// use sse_hub::{Hub, Principal};
/// use sse_runs::{ReadFrom, RunSettings, Runs};
///
/// let runs = Runs::new(Hub::new());
/// tokio::spawn(runs.background());
/// let ada = Principal::new("user 7")?; // from the session
///
/// let mut writer = runs.begin(&ada, RunSettings::default()).await?;
/// let id = writer.id().to_string();
/// writer.publish(Event::data("Hello")).await?;
/// writer.finish().await?;
///
/// let events: Vec<_> = runs.read(&ada, &id, ReadFrom::Start).await?.try_collect().await?;
/// assert_eq!(events.len(), 2); // the last one is the end
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Runs(pub(crate) Arc<Inner>);

impl Runs {
    /// Begins a run; returns its writer.
    ///
    /// The run's events are kept by the hub, within its [`Retention`](sse_hub::Retention): by default 1,000 events and
    /// 1 MiB for each run. A run that is longer loses its beginning.
    ///
    /// # Example
    /// A client that repeats its request gets the run that it began.
    /// ```
    /// use sse_hub::Principal;
    /// use sse_runs::{RunError, RunId, RunSettings, Runs};
    ///
    /// async fn begin(runs: &Runs, user: &Principal, key: String) -> Result<RunId, RunError> {
    ///     match runs.begin(user, RunSettings::default().key(key)).await {
    ///         Ok(writer) => {
    ///             let id = writer.id();
    ///             # let answer = futures_util::stream::empty::<Result<sse_core::Event, String>>();
    ///             tokio::spawn(writer.write(answer));
    ///             Ok(id)
    ///         }
    ///         Err(RunError::Claimed { run, .. }) => Ok(run),
    ///         Err(error) => Err(error),
    ///     }
    /// }
    /// # drop(begin);
    /// ```
    ///
    /// # Errors
    /// - [`RunError::Claimed`] if the owner has begun a run with the same key before, on any node; the log's order
    ///   decides.
    /// - [`RunError::TooManyRuns`] if the owner has as many open runs as
    ///   [it may have](crate::RunsBuilder::max_open_per_owner).
    /// - [`RunError::Malformed`] if the key is too long.
    /// - [`RunError::Log`] if the hub has no room for another topic, or the log has not taken the beginning of the run.
    ///
    /// # Cancel safety
    /// A dropped call may have begun a run, which fails.
    pub async fn begin(
        &self,
        owner: &Principal,
        settings: RunSettings,
    ) -> Result<Writer, RunError> {
        if !settings.has_valid_key() {
            return Err(RunError::Malformed);
        }
        let id = RunId::random().ok_or(RunError::NoRandomness)?;
        let topic = self.0.hub.topic(id.topic()).map_err(RunError::Log)?;
        let RunSettings { key, on_disconnect, batch, delay } = settings;
        let (node, lease) = (self.0.node, self.0.lease);
        let begin = Begin {
            owner: owner.clone(),
            key: key.clone(),
            on_disconnect,
            began: now(),
            node,
            lease,
        };
        let register = &self.0.register;
        {
            let mut ledger = register.ledger();
            if let Some(run) = key.as_ref().and_then(|key| ledger.claim(owner, key)) {
                return Err(RunError::Claimed { run });
            }
            let limit = self.0.max_open;
            if !ledger.reserve(id, owner, limit) {
                return Err(RunError::TooManyRuns { limit });
            }
            if self.0.log.is_none() {
                let time = Instant::now().into_std();
                ledger.begin(id, begin, Position::START, time);
                return Ok(Writer::new(&self.0, id, topic, (batch, delay)));
            }
        }
        let _place = Place { register, id };
        // From here on, dropping it ends the run.
        let mut writer = Writer::new(&self.0, id, topic, (batch, delay));
        if let Err(error) = self.0.hub.note(id.topic(), begin.encode()).await {
            let may_be_stored = matches!(&error, PublishError::Backend(it) if it.may_be_stored);
            if !may_be_stored {
                writer.disown();
            }
            return Err(RunError::Log(error));
        }
        match key.and_then(|key| register.ledger().claim(owner, &key)) {
            Some(run) if run != id => Err(RunError::Claimed { run }),
            _ => Ok(writer),
        }
    }

    /// Reads a run, from a place in it to its end. Any number of readers may read it, at any time.
    ///
    /// The answer to a request is [`Reading::events`] in the `Sse` of an adapter, or the mapped stream of a dialect. A
    /// client can resume by an event's ID or number.
    ///
    /// # Example
    /// ```
    /// use sse_hub::Principal;
    /// use sse_runs::{ReadFrom, Reading, RunError, Runs};
    ///
    /// async fn rest(runs: &Runs, user: &Principal, id: &str, seen: u64) -> Result<Reading, RunError> {
    ///     runs.read(user, id, ReadFrom::AfterNumber(seen)).await
    /// }
    /// # drop(rest);
    /// ```
    ///
    /// # Errors
    /// - [`RunError::Malformed`] if the run's ID or the cursor is malformed.
    /// - [`RunError::Unknown`] if the owner has no such run. With a log that nodes share, it comes after half a second,
    ///   since the run may just have begun on another node.
    /// - [`RunError::NothingLeft`] if the run has ended, and the client has everything.
    /// - [`RunError::Gone`] if events after the cursor were evicted, or if a crash of the machine lost the cursor's
    ///   event. If a backend has evicted the whole run, the error comes after half a second.
    /// - [`RunError::Subscribe`] if the hub refuses the reader.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn read(
        &self,
        owner: &Principal,
        id: &str,
        from: ReadFrom,
    ) -> Result<Reading, RunError> {
        let id = RunId::parse(id).ok_or(RunError::Malformed)?;
        self.find(owner, id).await?;
        match from {
            ReadFrom::Start => self.read_after(id, 0).await,
            ReadFrom::AfterNumber(number) => self.read_after(id, number).await,
            ReadFrom::Snapshot { events, after } => {
                let mut reading = self.read_after(id, after).await?;
                reading.prepend(events);
                Ok(reading)
            }
            ReadFrom::Tail => {
                let events = self.subscribe(id)?.start(Start::Live);
                let reading = Reading::begin(events, 0, self.presence(id)).await?;
                if reading.is_over() { Err(RunError::NothingLeft) } else { Ok(reading.entered()) }
            }
            ReadFrom::After(last) => {
                if last.as_str().is_none() {
                    return self.read_after(id, 0).await;
                }
                let events = self.0.hub.subscribe_from(id.topic(), last).map_err(refused)?;
                let mut reading = Reading::begin(events, 0, self.presence(id)).await?;
                match reading.take_gap().as_deref() {
                    None if reading.is_over() => Err(RunError::NothingLeft),
                    None => Ok(reading.entered()),
                    Some("malformed" | "future") => Err(RunError::Malformed),
                    Some(_) => Err(self.gone(id).await?),
                }
            }
        }
    }

    /// Stops a run, on whichever node it is written: [`Writer::ended`] resolves there, and the next publish fails. Does
    /// nothing if the run has ended.
    ///
    /// # Example
    /// ```
    /// use sse_core::Refusal;
    /// use sse_hub::Principal;
    /// use sse_runs::Runs;
    ///
    /// /// `POST /answers/ID/stop`
    /// async fn stop(runs: &Runs, user: &Principal, id: &str) -> Result<(), Refusal> {
    ///     Ok(runs.cancel(user, id).await?)
    /// }
    /// # drop(stop);
    /// ```
    ///
    /// # Errors
    /// [`RunError::Malformed`], [`RunError::Unknown`], or [`RunError::Log`] if the log has not taken the
    /// end.
    ///
    /// # Cancel safety
    /// A dropped call may have stopped the run.
    pub async fn cancel(&self, owner: &Principal, id: &str) -> Result<(), RunError> {
        let id = RunId::parse(id).ok_or(RunError::Malformed)?;
        self.find(owner, id).await?;
        self.0.end(id, Outcome::Cancelled).await.map_err(RunError::Log)?;
        Ok(())
    }

    /// Returns the record of a run, which is kept while it is written and for [some
    /// time](crate::RunsBuilder::remember) after its end.
    ///
    /// # Example
    /// ```
    /// use sse_hub::Principal;
    /// use sse_runs::{RunError, Runs};
    ///
    /// fn is_over(runs: &Runs, user: &Principal, id: &str) -> Result<bool, RunError> {
    ///     Ok(runs.status(user, id)?.ended.is_some())
    /// }
    /// # drop(is_over);
    /// ```
    ///
    /// # Errors
    /// [`RunError::Malformed`] or [`RunError::Unknown`].
    pub fn status(&self, owner: &Principal, id: &str) -> Result<RunStatus, RunError> {
        let id = RunId::parse(id).ok_or(RunError::Malformed)?;
        let time = |ms| UNIX_EPOCH + Duration::from_millis(ms);
        self.look(owner, id, |run| RunStatus {
            last: run.last,
            began: time(run.begin.began),
            ended: run.end.as_ref().map(|end| (end.outcome.clone(), time(end.at))),
        })
    }

    /// Returns the hub, which may have other topics too.
    ///
    /// # Example
    /// ```
    /// use sse_hub::Hub;
    /// use sse_runs::Runs;
    ///
    /// let runs = Runs::new(Hub::new());
    /// println!("{} readers", runs.hub().stats().subscribers);
    /// ```
    pub fn hub(&self) -> &Hub {
        &self.0.hub
    }

    /// Reads a run after the event with a number.
    async fn read_after(&self, id: RunId, number: u64) -> Result<Reading, RunError> {
        let until = Instant::now() + PATIENCE;
        loop {
            let events = self.subscribe(id)?.start(Start::Earliest);
            let mut reading = Reading::begin(events, number, self.presence(id)).await?;
            if reading.take_gap().is_some() {
                // Events were evicted while it skipped others.
                return Err(self.gone(id).await?);
            }
            return match reading.first() {
                Some(first) if first > number.saturating_add(1) => {
                    Err(RunError::Gone { oldest: first - 1 })
                }
                // The machine crashed, and the log has lost events that the client has.
                Some(first) if reading.is_ahead() => Err(RunError::Gone { oldest: first - 1 }),
                Some(_) if reading.is_over() => Err(RunError::NothingLeft),
                Some(_) => Ok(reading.entered()),
                None => match self.newest(id, &reading) {
                    // The register sees an event before the hub delivers it.
                    newest if number < newest && self.0.log.is_some() && Instant::now() < until => {
                        drop(reading);
                        sleep(PAUSE).await;
                        continue;
                    }
                    newest if number < newest || self.ended_before(id, number) => {
                        Err(RunError::Gone { oldest: newest })
                    }
                    _ if reading.is_over() => Err(RunError::NothingLeft),
                    _ => Ok(reading.entered()),
                },
            };
        }
    }

    /// Returns the error for a client whose next events are gone.
    async fn gone(&self, id: RunId) -> Result<RunError, RunError> {
        let events = self.subscribe(id)?.start(Start::Earliest);
        let reading = Reading::begin(events, 0, self.presence(id)).await?;
        let oldest = reading.first().map_or_else(|| self.newest(id, &reading), |first| first - 1);
        Ok(RunError::Gone { oldest })
    }

    /// Returns the number of a run's newest event, of which nothing is retained.
    fn newest(&self, id: RunId, reading: &Reading) -> u64 {
        // The end has a number too.
        self.0.register.ledger().last(id) + u64::from(reading.is_over())
    }

    /// Whether a run has ended before the event with a number.
    fn ended_before(&self, id: RunId, number: u64) -> bool {
        let ledger = self.0.register.ledger();
        !ledger.is_open(id) && number > ledger.last(id) + 1
    }

    fn subscribe(&self, id: RunId) -> Result<Subscription, RunError> {
        self.0.hub.subscribe(id.topic()).map_err(refused)
    }

    /// Waits a moment for a run that may just have begun on another node.
    async fn find(&self, owner: &Principal, id: RunId) -> Result<(), RunError> {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.look(owner, id, |_| ()) {
                Err(RunError::Unknown) if self.0.log == Some(true) && Instant::now() < until => {
                    sleep(PAUSE).await;
                }
                found => return found,
            }
        }
    }

    fn presence(&self, id: RunId) -> Presence {
        Presence::new(&self.0, id)
    }

    fn look<R>(
        &self,
        owner: &Principal,
        id: RunId,
        look: impl FnOnce(&Run) -> R,
    ) -> Result<R, RunError> {
        self.0.register.ledger().find(owner, id).map(look).ok_or(RunError::Unknown)
    }
}

/// The place of a run that is about to begin. Dropping it releases the place, unless the run has begun.
struct Place<'a> {
    register: &'a Register,
    id: RunId,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.register.ledger().release(self.id);
    }
}

fn refused(error: SubscribeError) -> RunError {
    match error {
        SubscribeError::Ended => RunError::NothingLeft,
        error => RunError::Subscribe(error),
    }
}

/// Longer than a node usually lags behind the node on which a run has begun, and its hub behind its register.
const PATIENCE: Duration = Duration::from_millis(500);

const PAUSE: Duration = Duration::from_millis(20);
