//! What is asked of the log in Redis, but for the tail's reads.

use redis::{ErrorKind, RedisError, Value, aio::MultiplexedConnection, cmd};
use sse_hub::{Epoch, Position, TopicName, backend::Page};

use crate::{
    entry::{self, Entry},
    keys::Keys,
    skipped::Skipped,
    stream_id,
};

/// The life of the log that is current, and whether it was begun by this call.
pub(crate) struct Life {
    pub(crate) epoch: Epoch,
    pub(crate) begun: bool,
}

/// Returns the current life, or begins one if there is none: of many nodes the first does, all
/// others get what it has begun. `ours` is the life that the caller follows, if it does;
/// `another_history` says that its log is not what it was.
pub(crate) async fn life(
    connection: &mut MultiplexedConnection,
    keys: &Keys,
    ours: Option<&Epoch>,
    another_history: bool,
) -> Result<Life, RedisError> {
    let new = Epoch::random();
    let old = match ours {
        Some(ours) => ours.clone(),
        None => {
            let known: Option<Vec<u8>> =
                cmd("GET").arg(&keys.epoch).query_async(connection).await?;
            known.map_or(Ok(new.clone()), |known| epoch(&known))?
        }
    };
    let winner: Vec<u8> = cmd("EVAL")
        .arg(BEGIN)
        .arg(3)
        .arg(&keys.epoch)
        .arg(keys.log(&new))
        .arg(keys.log(&old))
        .arg(new.as_str())
        .arg(old.as_str())
        .arg(u8::from(another_history))
        .query_async(connection)
        .await?;
    let epoch = epoch(&winner)?;
    Ok(Life { begun: epoch == new, epoch })
}

/// `KEYS`: the epoch, the log of a new life, the log of the old one.
/// `ARGV`: the new epoch, the old one, whether the old log's history is not what it was.
///
/// An epoch is as good as its log: if only the key of the epoch is gone, it comes back. A log whose
/// history has changed goes on under another name, as what is kept of it. A new one begins with an
/// entry that is no event, so that there is something whose absence says that entries were trimmed.
const BEGIN: &str = "\
local now = redis.call('GET', KEYS[1])
if now and now ~= ARGV[2] then return now end
local kept = redis.call('EXISTS', KEYS[3]) == 1
if kept and ARGV[3] == '0' then
  redis.call('SET', KEYS[1], ARGV[2])
  return ARGV[2]
end
redis.call('SET', KEYS[1], ARGV[1])
if kept then
  redis.call('RENAME', KEYS[3], KEYS[2])
else
  redis.call('XADD', KEYS[2], '0-1', 'epoch', ARGV[1])
end
return ARGV[1]";

/// Where a new log's first entry stands, which is no event.
pub(crate) const BEGINNING: Position = Position::new(0, 1);

pub(crate) fn epoch(text: &[u8]) -> Result<Epoch, RedisError> {
    let epoch = std::str::from_utf8(text).ok().and_then(Epoch::new);
    epoch.ok_or_else(|| unexpected("the epoch's key holds no epoch; delete it"))
}

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

/// The command that appends; it appends nothing if there is no such log.
pub(crate) fn append(key: &str, max_events: u64, topic: &TopicName, body: &[u8]) -> redis::Cmd {
    let mut append = cmd("XADD");
    append.arg(key).arg("NOMKSTREAM").arg("MAXLEN").arg("~").arg(max_events).arg("*");
    append.arg("t").arg(topic.as_str()).arg("b").arg(body);
    append
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
    entries.ok_or_else(|| unexpected("what should be entries is none"))
}

pub(crate) fn unexpected(what: &'static str) -> RedisError {
    RedisError::from((ErrorKind::UnexpectedReturnType, what))
}
