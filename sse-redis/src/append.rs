//! Appends entries of one topic, even if the log was lost.

use bytes::Bytes;
use redis::{Cmd, RedisError, Value, cmd, pipe};
use sse_hub::{
    BackendError, Epoch, Position, TopicName,
    backend::{Appended, Control},
};

use crate::{
    ends, entry, epoch,
    link::{Live, is_answer},
    log, notes,
    room::is_full,
    session::Session,
    signals::is_signal,
    stream_id, together,
};

/// Appends entries of one topic, even if the log was lost.
///
/// `XADD` cannot say whether its log is the current one: if only the epoch's key is lost, another node may begin
/// another epoch. Each append therefore reads the epoch afterwards, in the same round trip, and is acknowledged
/// only if its log is of that epoch.
pub(crate) struct Append<'a> {
    session: &'a Session,
    live: Live,
    topic: &'a TopicName,
    /// At least one.
    bodies: &'a [Bytes],
    /// Whether the server may have stored an entry.
    may_be_stored: bool,
}

/// The outcome of an attempt.
enum Outcome {
    Stored(Appended),
    /// Not stored: the log does not exist.
    NoLog,
    /// Not stored: the server is full.
    Full(RedisError),
    /// Stored after the end of its topic, so that every reader skips it.
    Ended,
    /// Stored in a log that is no longer current; this is the current epoch.
    Astray(Epoch),
}

impl<'a> Append<'a> {
    pub(crate) fn new(
        session: &'a Session,
        live: Live,
        topic: &'a TopicName,
        bodies: &'a [Bytes],
    ) -> Self {
        Self { session, live, topic, bodies, may_be_stored: false }
    }

    /// Appends to the log of this epoch, or to the current one if the log is gone.
    pub(crate) async fn run(&mut self, epoch: Epoch) -> Result<Appended, BackendError> {
        if let Some(appended) = self.attempt(&epoch).await? {
            return Ok(appended);
        }
        // The event is not stored, so it can be sent again.
        let current = self.current_instead_of(&epoch).await?;
        if let Some(appended) = self.attempt(&current).await? {
            return Ok(appended);
        }
        self.session.doubt(&current);
        let fault = "the log was lost twice, and nothing is stored; publish again";
        Err(self.session.link.fault(fault, false))
    }

    /// Returns the current epoch after the log of this one was lost.
    async fn current_instead_of(&mut self, epoch: &Epoch) -> Result<Epoch, BackendError> {
        // One append at a time: this may have to walk all keys of the server.
        let _turn = self.session.recovery.lock().await;
        if let Some(current) = self.session.epoch().filter(|current| current != epoch) {
            return Ok(current);
        }
        let (connection, keys) = (&mut self.live.connection, &self.session.keys);
        match epoch::current(connection, keys, Some(epoch), false).await {
            Ok(current) => {
                self.session.adopt(&current.epoch);
                Ok(current.epoch)
            }
            Err(error) => Err(self.fail(&error, epoch)),
        }
    }

    /// Returns the error of an append that was dropped at its deadline.
    pub(crate) fn is_late(&self) -> BackendError {
        self.live.give_up();
        self.session.link.fault("no answer within the deadline", self.may_be_stored)
    }

    /// Appends to the log of this epoch; returns `None` if the log does not exist.
    async fn attempt(&mut self, epoch: &Epoch) -> Result<Option<Appended>, BackendError> {
        match self.send_and_make_room(epoch).await {
            Ok(Outcome::Stored(appended)) => Ok(Some(appended)),
            Ok(Outcome::NoLog) => Ok(None),
            Ok(Outcome::Ended) => Err(BackendError::topic_ended()),
            Ok(Outcome::Astray(current)) => {
                self.session.adopt(&current);
                let fault = "another log has begun, which may not contain the event";
                Err(self.session.link.fault(fault, true))
            }
            Ok(Outcome::Full(error)) | Err(error) => Err(self.fail(&error, epoch)),
        }
    }

    async fn send_and_make_room(&mut self, epoch: &Epoch) -> Result<Outcome, RedisError> {
        let Session { room, keys, .. } = self.session;
        let trims = room.trims();
        let outcome = self.send(epoch).await?;
        if !matches!(outcome, Outcome::Full(_))
            || !room.make(&mut self.live.connection, &keys.log(epoch), trims).await?
        {
            return Ok(outcome);
        }
        let outcome = self.send(epoch).await?;
        if let Outcome::Full(_) = outcome {
            room.is_of_no_use().await;
        }
        Ok(outcome)
    }

    async fn send(&mut self, epoch: &Epoch) -> Result<Outcome, RedisError> {
        let (keys, bounds) = (&self.session.keys, self.session.bounds);
        let key = keys.log(epoch);
        let (ends, notes) = (keys.ends(epoch), keys.notes(epoch));
        let mut append = pipe();
        append.add_command(self.command(&key, &ends, &notes));
        append.cmd("GET").arg(&keys.epoch);
        // This comes after the append, so that it sees every end before it.
        append.add_command(ends::ask(&ends, self.topic));
        let bytes: usize = self.bodies.iter().map(|body| self.topic.len() + body.len()).sum();
        if self.bodies.first().is_some_and(is_signal) {
            append.add_command(notes::keep(&ends, bounds)).ignore();
            append.add_command(notes::keep(&notes, bounds)).ignore();
        } else if self.session.appends(bytes) {
            append.add_command(log::trim_to(&key, &ends, bounds));
        }
        self.may_be_stored = true;
        let replies: Vec<Result<Value, RedisError>> =
            append.ignore_errors().query_async(&mut self.live.connection).await?;
        let mut replies = replies.into_iter();
        let (Some(added), Some(current), Some(score)) =
            (replies.next(), replies.next(), replies.next())
        else {
            return Err(log::unexpected("expected a reply to each command"));
        };
        if let Some(Err(error)) = replies.next() {
            tracing::warn!(%error, "the Redis log cannot be trimmed to its limit in bytes");
        }
        let added = match added {
            Err(error) if is_full(&error) => {
                self.may_be_stored = false;
                return Ok(Outcome::Full(error));
            }
            added => added.inspect_err(|error| self.may_be_stored = !is_answer(error))?,
        };
        if added == Value::Nil {
            self.may_be_stored = false;
            return Ok(Outcome::NoLog);
        }
        // The reply of a script also has the score of an earlier end, which refuses the entry.
        let (id, score) = match added {
            Value::Array(reply) => match <[Value; 2]>::try_from(reply) {
                Ok([id, score]) => (id, score),
                Err(_) => return Err(log::unexpected("expected an ID and a score")),
            },
            id => (id, score?),
        };
        let position = entry::bytes(id).and_then(|id| stream_id::parse(&id));
        let position = position.ok_or_else(|| log::unexpected("expected an ID from XADD"))?;
        let end = ends::parse(score)?;
        let current = match entry::bytes(current?) {
            Some(current) => epoch::parse(&current)?,
            // The key is lost. It cannot simply be set: another node may be beginning an epoch.
            None => epoch::begin(&mut self.live.connection, keys, epoch, false).await?.epoch,
        };
        if current != *epoch {
            return Ok(Outcome::Astray(current));
        }
        // Every reader of the log skips it by the same rule.
        let refused = |end: Position| end < position && !bounds.is_forgotten(end, position);
        Ok(match end.is_some_and(refused) {
            true => Outcome::Ended,
            false => Outcome::Stored(Appended { epoch: current, position }),
        })
    }

    /// Returns the command that appends the entries.
    fn command(&self, key: &str, ends: &str, notes: &str) -> Cmd {
        let Self { session, topic, bodies, .. } = self;
        let (keys, max, bounds) = ((key, ends, notes), session.max_entries(), session.bounds);
        let [body] = bodies else { return together::append(key, ends, topic, bodies, max) };
        match Control::decode(body) {
            Some(Control::End { last }) => {
                ends::append(keys, topic, (body, &last.unwrap_or_default()), max, bounds)
            }
            Some(Control::Note { note }) => notes::append(keys, topic, (body, &note), max, bounds),
            _ => {
                let mut add = cmd("XADD");
                add.arg(key).arg("NOMKSTREAM").arg("MAXLEN").arg("~").arg(max).arg("*");
                add.arg("t").arg(topic.as_str()).arg("b").arg(&body[..]);
                add
            }
        }
    }

    /// Returns the error to report, and abandons the connection if it is the cause.
    fn fail(&self, error: &RedisError, epoch: &Epoch) -> BackendError {
        if is_answer(error) {
            if matches!(error.code(), Some("READONLY" | "NOAUTH" | "MOVED")) {
                self.live.give_up();
                self.session.doubt(epoch);
            }
        } else {
            self.live.give_up();
        }
        self.session.link.error(error, self.may_be_stored)
    }
}
