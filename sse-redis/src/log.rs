//! Queries and commands that concern the whole log.

use redis::{Cmd, ErrorKind, RedisError, Value, aio::MultiplexedConnection, cmd};
use sse_hub::Position;

use crate::{
    bounds::Bounds,
    entry::{self, Entry},
    stream_id,
};

/// The position of a new log's first entry, which is not an event.
pub(crate) const BEGINNING: Position = Position::new(0, 1);

/// The state of a log.
#[derive(Debug)]
pub(crate) struct Info {
    /// The oldest entry that is kept.
    pub(crate) first: Option<Position>,
    /// The newest entry that was ever appended.
    pub(crate) head: Position,
    /// The newest entry that was deleted with `XDEL`; only Redis 7 and Valkey report it.
    pub(crate) deleted: Option<Position>,
}

impl Info {
    /// Returns the position after which everything is kept.
    pub(crate) fn floor(&self) -> Position {
        match self.first {
            Some(BEGINNING) => BEGINNING,
            Some(first) => stream_id::before(first),
            None => self.head,
        }
    }
}

/// Asks for the state of a log; returns `None` if the log does not exist.
pub(crate) async fn info(
    connection: &mut MultiplexedConnection,
    key: &str,
) -> Result<Option<Info>, RedisError> {
    let reply: Result<Value, _> = cmd("XINFO").arg("STREAM").arg(key).query_async(connection).await;
    let fields = match reply {
        Ok(Value::Map(fields)) => fields,
        Ok(_) => return Err(unexpected("the reply to XINFO STREAM is not a map")),
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
                info.head = position(value)
                    .ok_or_else(|| unexpected("last-generated-id is not a stream ID"))?;
            }
            Some(b"max-deleted-entry-id") => info.deleted = position(value),
            _ => {}
        }
    }
    Ok(Some(info))
}

/// Whether a log exists.
pub(crate) async fn exists(
    connection: &mut MultiplexedConnection,
    key: &str,
) -> Result<bool, RedisError> {
    cmd("EXISTS").arg(key).query_async(connection).await
}

/// Reads entries after a position, oldest first.
pub(crate) async fn read(
    connection: &mut MultiplexedConnection,
    key: &str,
    after: Position,
    count: usize,
) -> Result<Vec<Entry>, RedisError> {
    let after = format!("({}", stream_id::text(after));
    let mut read = cmd("XRANGE");
    read.arg(key).arg(after).arg("+").arg("COUNT").arg(count);
    entries_of(entry::of_xrange(read.query_async(connection).await?))
}

/// Trims everything before a position, in whole nodes of the stream.
pub(crate) async fn trim_before(
    connection: &mut MultiplexedConnection,
    key: &str,
    position: Position,
) -> Result<(), RedisError> {
    // No limit: the default limit is less than a step of small entries.
    let mut trim = cmd("XTRIM");
    trim.arg(key).arg("MINID").arg("~").arg(stream_id::text(position)).arg("LIMIT").arg(0);
    trim.exec_async(connection).await
}

/// Returns the command that trims the log if it takes too much memory.
///
/// The sizes of the entries are not known here, so all are assumed to have the same.
pub(crate) fn trim_to(key: &str, ends: &str, bounds: Bounds) -> Cmd {
    let mut script = cmd("EVAL");
    script.arg(TRIM_TO).arg(2).arg(key).arg(ends);
    script.arg(bounds.max_bytes).arg(bounds.max_bytes - bounds.step_bytes());
    script
}

/// A script, since entries appended between its commands would be trimmed too. It measures all nodes instead of a
/// sample, since entries differ in size.
const TRIM_TO: &str = "\
local bytes = redis.call('MEMORY', 'USAGE', KEYS[1], 'SAMPLES', '0')
if not bytes then return 0 end
local ends = redis.call('MEMORY', 'USAGE', KEYS[2]) or 0
if bytes + ends <= tonumber(ARGV[1]) then return 0 end
local entries = redis.call('XLEN', KEYS[1])
local kept = math.max(1, math.floor(entries * (ARGV[2] - ends) / bytes))
return redis.call('XTRIM', KEYS[1], 'MAXLEN', '~', kept, 'LIMIT', 0)";

/// Trims a tenth of the entries, but never the last; returns how many were trimmed.
pub(crate) async fn trim_tenth(
    connection: &mut MultiplexedConnection,
    key: &str,
) -> Result<u64, RedisError> {
    cmd("EVAL").arg(TRIM_TENTH).arg(1).arg(key).query_async(connection).await
}

const TRIM_TENTH: &str = "\
local entries = redis.call('XLEN', KEYS[1])
if entries < 2 then return 0 end
local kept = entries - math.max(1, math.floor(entries / 10))
return redis.call('XTRIM', KEYS[1], 'MAXLEN', kept)";

pub(crate) fn entries_of(entries: Option<Vec<Entry>>) -> Result<Vec<Entry>, RedisError> {
    entries.ok_or_else(|| unexpected("expected stream entries"))
}

pub(crate) fn unexpected(what: &'static str) -> RedisError {
    RedisError::from((ErrorKind::UnexpectedReturnType, what))
}
