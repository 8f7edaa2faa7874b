//! What is asked of the log in Redis, but for the tail's reads.

use redis::{ErrorKind, RedisError, Value, aio::MultiplexedConnection, cmd};
use sse_hub::{Position, backend::Page};

use crate::{
    entry::{self, Entry},
    skipped::Skipped,
    stream_id,
};

/// Where a new log's first entry stands, which is no event.
pub(crate) const BEGINNING: Position = Position::new(0, 1);

/// What is known of a log as a whole.
#[derive(Debug)]
pub(crate) struct Info {
    /// The oldest entry that is kept.
    pub(crate) first: Option<Position>,
    /// The newest entry that ever was.
    pub(crate) head: Position,
    /// The newest entry that was deleted by itself; Redis 7 and Valkey know it.
    pub(crate) deleted: Option<Position>,
}

impl Info {
    /// Everything after it is kept.
    pub(crate) fn floor(&self) -> Position {
        match self.first {
            Some(BEGINNING) => BEGINNING,
            Some(first) => stream_id::before(first),
            None => self.head,
        }
    }
}

/// Asks for what is known of a log; `None` if there is no such log.
pub(crate) async fn info(
    connection: &mut MultiplexedConnection,
    key: &str,
) -> Result<Option<Info>, RedisError> {
    let reply: Result<Value, _> = cmd("XINFO").arg("STREAM").arg(key).query_async(connection).await;
    let fields = match reply {
        Ok(Value::Map(fields)) => fields,
        Ok(_) => return Err(unexpected("XINFO STREAM has an unknown answer")),
        Err(error) if error.detail().is_some_and(|text| text.contains("no such key")) => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let mut info = Info { first: None, head: Position::START, deleted: None };
    for (name, value) in fields {
        let position = |value| stream_id::parse(&entry::bytes(value)?);
        match entry::bytes(name).as_deref() {
            Some(b"first-entry") => info.first = entry::entry(value).map(|entry| entry.position),
            Some(b"last-generated-id") => {
                info.head = position(value).ok_or_else(|| unexpected("an ID is no ID"))?;
            }
            Some(b"max-deleted-entry-id") => info.deleted = position(value),
            _ => {}
        }
    }
    Ok(Some(info))
}

/// Whether there is such a log.
pub(crate) async fn exists(
    connection: &mut MultiplexedConnection,
    key: &str,
) -> Result<bool, RedisError> {
    cmd("EXISTS").arg(key).query_async(connection).await
}

/// Reads a page; `None` if there is no such log.
pub(crate) async fn read(
    connection: &mut MultiplexedConnection,
    key: &str,
    mut after: Position,
    max: usize,
    skipped: &Skipped,
) -> Result<Option<Page>, RedisError> {
    loop {
        let entries: Value = cmd("XRANGE")
            .arg(key)
            .arg(format!("({}", stream_id::text(after)))
            .arg("+")
            .arg("COUNT")
            .arg(max)
            .query_async(connection)
            .await?;
        let entries = entries_of(entry::of_xrange(entries))?;
        // Asked for after the entries, so what the floor promises is in them.
        let Some(info) = info(connection, key).await? else { return Ok(None) };
        let last = entries.last().map(|entry| entry.position);
        let events = |entry: Entry| entry.event(|at, fault| skipped.one(at, fault));
        let page =
            Page { floor: info.floor(), entries: entries.into_iter().filter_map(events).collect() };
        match last {
            Some(last) if page.entries.is_empty() => after = last,
            _ => return Ok(Some(page)),
        }
    }
}

pub(crate) fn entries_of(entries: Option<Vec<Entry>>) -> Result<Vec<Entry>, RedisError> {
    entries.ok_or_else(|| unexpected("expected entries of a stream"))
}

pub(crate) fn unexpected(what: &'static str) -> RedisError {
    RedisError::from((ErrorKind::UnexpectedReturnType, what))
}
