//! The notes of topics, in a hash on the server.

use std::collections::HashMap;

use redis::{Cmd, RedisError, aio::MultiplexedConnection, cmd};
use sse_hub::{TopicName, backend::Noted};

use crate::{bounds::Bounds, stream_id};

/// Returns the command that appends the note of a topic and remembers it. Its reply is that of the command that appends
/// an [end](crate::ends::append).
pub(crate) fn append(
    (log, ends, notes): (&str, &str, &str),
    topic: &str,
    (body, note): (&[u8], &[u8]),
    max_entries: u64,
    bounds: Bounds,
) -> Cmd {
    let mut script = cmd("EVAL");
    script.arg(APPEND).arg(3).arg(log).arg(ends).arg(notes).arg(topic).arg(body).arg(max_entries);
    script.arg(bounds.remember_millis()).arg(note);
    script
}

/// A script, so that a topic's end cannot come between the note and the record of it. The field `n` and the topic has the
/// ID of the note's entry and the note; the field `e` and the topic has the event that the topic ended with.
const APPEND: &str = "\
local id = redis.call('XADD', KEYS[1], 'NOMKSTREAM', 'MAXLEN', '~', ARGV[3], '*', 't', ARGV[1], 'b', ARGV[2])
if not id then return false end
local ms = string.match(id, '(%d+)-') - 1700000000000
local ended = redis.call('ZSCORE', KEYS[2], ARGV[1])
if ended and math.floor(ended / 8192) + ARGV[4] > ms then return {id, ended} end
redis.call('HSET', KEYS[3], 'n' .. ARGV[1], id .. ' ' .. ARGV[5])
redis.call('HDEL', KEYS[3], 'e' .. ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
redis.call('PEXPIRE', KEYS[3], ARGV[4])
return {id, false}";

/// Returns the command that keeps what is remembered of topics, which otherwise expires.
pub(crate) fn keep(key: &str, bounds: Bounds) -> Cmd {
    let mut expire = cmd("PEXPIRE");
    expire.arg(key).arg(bounds.remember_millis());
    expire
}

/// Reads all notes, in the order of their positions.
pub(crate) async fn read(
    connection: &mut MultiplexedConnection,
    notes: &str,
) -> Result<Vec<Noted>, RedisError> {
    let mut fields: HashMap<Vec<u8>, Vec<u8>> =
        cmd("HGETALL").arg(notes).query_async(connection).await?;
    let topics: Vec<_> = fields.keys().filter_map(|field| field.strip_prefix(b"n")).collect();
    let topics: Vec<_> = topics.into_iter().map(<[u8]>::to_vec).collect();
    let mut noted = |topic: Vec<u8>| {
        let value = fields.remove(&[b"n", &topic[..]].concat())?;
        let last = fields.remove(&[b"e", &topic[..]].concat());
        let space = value.iter().position(|byte| *byte == b' ')?;
        let position = stream_id::parse(&value[..space])?;
        let note = bytes::Bytes::from(value).slice(space + 1..);
        let topic = TopicName::new(String::from_utf8(topic).ok()?).ok()?;
        Some(Noted { topic, position, note, last: last.map(bytes::Bytes::from) })
    };
    let mut all: Vec<_> = topics.into_iter().filter_map(&mut noted).collect();
    all.sort_by_key(|noted| noted.position);
    Ok(all)
}

/// Sends the scripts' commands for a field that no topic has, so that a missing right is an error when the log is opened.
pub(crate) async fn check_rights(
    connection: &mut MultiplexedConnection,
    notes: &str,
) -> Result<(), RedisError> {
    cmd("HGETALL").arg(notes).exec_async(connection).await?;
    cmd("HEXISTS").arg(notes).arg("topic").exec_async(connection).await?;
    cmd("HSET").arg(notes).arg("topic").arg("").exec_async(connection).await?;
    cmd("HDEL").arg(notes).arg("topic").exec_async(connection).await?;
    cmd("ZRANGEBYSCORE").arg(notes).arg(0).arg(0).exec_async(connection).await
}
