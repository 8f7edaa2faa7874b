//! The topics that have ended: those in a sorted set on the server, and those that this process knows of.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use redis::{Cmd, Pipeline, RedisError, Value, aio::MultiplexedConnection, cmd, pipe};
use sse_hub::{
    Epoch, Position, TopicName,
    backend::{Control, Ended, Entry},
};

use crate::{bounds::Bounds, log};

/// The topics that have ended, as far as this process has read of them.
///
/// Entries that were appended to a topic after its end are refused. All nodes apply the same rule: it compares the
/// positions of both, whose upper half is the server's time.
#[derive(Debug)]
pub(crate) struct Ends {
    bounds: Bounds,
    epoch: Option<Epoch>,
    by_position: BTreeMap<Position, TopicName>,
    by_topic: HashMap<TopicName, Position>,
    name_bytes: usize,
}

impl Ends {
    pub(crate) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            epoch: None,
            by_position: BTreeMap::new(),
            by_topic: HashMap::new(),
            name_bytes: 0,
        }
    }

    /// Takes an entry of the log of this epoch; returns false if its topic had ended, so that it must be skipped.
    pub(crate) fn accepts(&mut self, epoch: &Epoch, entry: &Entry) -> bool {
        self.enter(epoch);
        let Entry { position, topic, body } = entry;
        if let Some(end) = self.by_topic.get(topic)
            && end < position
            && !self.bounds.is_forgotten(*end, *position)
        {
            return false;
        }
        if is_end(body) {
            self.insert(topic.clone(), *position);
        }
        true
    }

    /// Adds the ends of topics whose entries are gone.
    pub(crate) fn add(&mut self, epoch: &Epoch, ended: &[Ended]) {
        self.enter(epoch);
        ended.iter().for_each(|ended| self.insert(ended.topic.clone(), ended.position));
    }

    /// Returns the ends of the log of this epoch, to restore a set that the server has lost.
    pub(crate) fn all(&self, epoch: &Epoch) -> Vec<Ended> {
        let ended = self.by_position.iter().filter(|_| self.epoch.as_ref() == Some(epoch));
        ended.map(|(position, topic)| Ended { topic: topic.clone(), position: *position }).collect()
    }

    /// Returns the bytes of memory that the set takes on the server.
    pub(crate) fn bytes(&self) -> u64 {
        (self.by_topic.len() * PLACE + self.name_bytes) as u64
    }

    fn enter(&mut self, epoch: &Epoch) {
        if self.epoch.as_ref() != Some(epoch) {
            *self = Self { epoch: Some(epoch.clone()), ..Self::new(self.bounds) };
        }
    }

    fn insert(&mut self, topic: TopicName, position: Position) {
        if let Some(end) = self.by_topic.get(&topic) {
            if *end >= position {
                return;
            }
            self.by_position.remove(end);
        } else {
            self.name_bytes += topic.len();
        }
        self.by_position.insert(position, topic.clone());
        self.by_topic.insert(topic, position);
        while let Some(oldest) = self.by_position.first_entry()
            && (self.bounds.is_forgotten(*oldest.key(), position)
                || self.by_topic.len() as u64 > self.bounds.max_ends())
        {
            let topic = oldest.remove();
            self.name_bytes -= topic.len();
            self.by_topic.remove(&topic);
        }
    }
}

/// Whether a body ends its topic.
pub(crate) fn is_end(body: &Bytes) -> bool {
    matches!(Control::decode(body), Some(Control::End { .. }))
}

/// Returns the command that appends the end of a topic and remembers it. Its reply is `false` if the log does not
/// exist; otherwise the entry's ID, and the score of an earlier end if one refuses it.
pub(crate) fn append(
    (log, ends, notes): (&str, &str, &str),
    topic: &str,
    (body, last): (&[u8], &[u8]),
    max_entries: u64,
    bounds: Bounds,
) -> Cmd {
    let mut script = cmd("EVAL");
    script.arg(APPEND).arg(3).arg(log).arg(ends).arg(notes).arg(topic).arg(body).arg(max_entries);
    script.arg(bounds.remember_millis()).arg(bounds.max_ends()).arg(last);
    script
}

/// A script, so that no entry is appended between the end and the record of it.
const APPEND: &str = "\
local id = redis.call('XADD', KEYS[1], 'NOMKSTREAM', 'MAXLEN', '~', ARGV[3], '*', 't', ARGV[1], 'b', ARGV[2])
if not id then return false end
local ms, sequence = string.match(id, '(%d+)-(%d+)')
ms = ms - 1700000000000
local ended = redis.call('ZSCORE', KEYS[2], ARGV[1])
if ended and math.floor(ended / 8192) + ARGV[4] > ms then return {id, ended} end
local score = ms * 8192 + math.min(sequence, 8191)
redis.call('ZADD', KEYS[2], string.format('%.0f', score), ARGV[1])
local oldest = string.format('%.0f', (ms - ARGV[4]) * 8192)
if redis.call('EXISTS', KEYS[3]) == 1 then
  if redis.call('HEXISTS', KEYS[3], 'n' .. ARGV[1]) == 1 then
    redis.call('HSET', KEYS[3], 'e' .. ARGV[1], ARGV[6])
  end
  for _, topic in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', oldest)) do
    redis.call('HDEL', KEYS[3], 'n' .. topic, 'e' .. topic)
  end
  for _, topic in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1 - ARGV[5])) do
    redis.call('HDEL', KEYS[3], 'n' .. topic, 'e' .. topic)
  end
  redis.call('PEXPIRE', KEYS[3], ARGV[4])
end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', oldest)
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -1 - ARGV[5])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return {id, false}";

/// Returns the command that asks for the score of a topic's end.
pub(crate) fn ask(ends: &str, topic: &TopicName) -> Cmd {
    let mut score = cmd("ZSCORE");
    score.arg(ends).arg(topic.as_str());
    score
}

/// Reads all ends up to a position.
pub(crate) async fn read(
    connection: &mut MultiplexedConnection,
    ends: &str,
    up_to: Position,
) -> Result<Vec<Ended>, RedisError> {
    let mut range = cmd("ZRANGE");
    range.arg(ends).arg(0).arg(-1).arg("WITHSCORES");
    let all: Vec<(Vec<u8>, f64)> = range.query_async(connection).await?;
    let ended = |(topic, score): (Vec<u8>, f64)| {
        let topic = TopicName::new(String::from_utf8(topic).ok()?).ok()?;
        Some(Ended { topic, position: position(score) })
    };
    Ok(all.into_iter().filter_map(ended).filter(|ended| ended.position <= up_to).collect())
}

/// Returns commands that restore a set that the server has lost.
pub(crate) fn restore(ends: &str, ended: &[Ended], bounds: Bounds) -> Pipeline {
    let mut restore = pipe();
    for some in ended.chunks(AT_ONCE) {
        let add = restore.cmd("ZADD").arg(ends).arg("NX");
        for Ended { topic, position } in some {
            add.arg(format!("{:.0}", score(*position))).arg(topic.as_str());
        }
        restore.cmd("PEXPIRE").arg(ends).arg(bounds.remember_millis());
    }
    restore
}

/// Sends the scripts' commands to a key that does not exist, so that a missing right is an error when the log is
/// opened.
pub(crate) async fn check_rights(
    connection: &mut MultiplexedConnection,
    ends: &str,
) -> Result<(), RedisError> {
    cmd("ZADD").arg(ends).arg("XX").arg(0).arg("topic").exec_async(connection).await?;
    cmd("ZSCORE").arg(ends).arg("topic").exec_async(connection).await?;
    cmd("ZREMRANGEBYSCORE").arg(ends).arg(0).arg(0).exec_async(connection).await?;
    cmd("ZREMRANGEBYRANK").arg(ends).arg(0).arg(0).exec_async(connection).await?;
    cmd("PEXPIRE").arg(ends).arg(0).exec_async(connection).await
}

/// Reads the position of a topic's end, if it has ended. A script returns the score as text.
pub(crate) fn parse(score: Value) -> Result<Option<Position>, RedisError> {
    let score: Option<f64> = redis::from_redis_value(score)
        .map_err(|_| log::unexpected("expected the score of a topic's end"))?;
    Ok(score.map(position))
}

/// Returns the position that a score encodes; if its sequence is not known, the last one of its millisecond.
fn position(score: f64) -> Position {
    let score = score as i64;
    let ms = u64::try_from(score.div_euclid(SEQUENCES) + BASE_MILLIS).unwrap_or(0);
    let sequence = score.rem_euclid(SEQUENCES);
    Position::new(ms, if sequence == SEQUENCES - 1 { u64::MAX } else { sequence as u64 })
}

/// Returns the score of a position. A double holds 53 bits: 40 for the milliseconds of 34 years, and 13 for the
/// sequence, which needs more only if the server's clock was set back.
fn score(position: Position) -> f64 {
    let ms = position.upper() as i64 - BASE_MILLIS;
    let sequence = position.lower().min(SEQUENCES as u64 - 1) as i64;
    (ms * SEQUENCES + sequence) as f64
}

/// The time in 2023 from which scores count.
const BASE_MILLIS: i64 = 1_700_000_000_000;
const SEQUENCES: i64 = 8_192;

/// The bytes of memory that a member of the set takes beside its name.
const PLACE: usize = 100;

/// The number of ends that one command writes.
const AT_ONCE: usize = 500;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn topic(name: &str) -> TopicName {
        TopicName::new(name.to_owned()).expect("valid")
    }

    fn ends(seconds: u64) -> Ends {
        let remember_ends = Duration::from_secs(seconds);
        Ends::new(Bounds { max_events: 1, max_bytes: 4 * 400 * 3, remember_ends })
    }

    #[test]
    fn a_score_is_a_position() {
        for (ms, sequence) in [
            (BASE_MILLIS as u64, 0),
            (BASE_MILLIS as u64 + 7, 8_190),
            (1_800_000_000_000, 1),
            (2_700_000_000_000, 8_190),
            (1_600_000_000_000, 3),
        ] {
            let at = Position::new(ms, sequence);
            assert_eq!(position(score(at)), at);
            let text = Value::BulkString(format!("{:.0}", score(at)).into_bytes());
            assert_eq!(parse(text).ok(), Some(Some(at)));
        }
        let unknown = Position::new(1_800_000_000_000, 9_000);
        assert_eq!(position(score(unknown)), Position::new(1_800_000_000_000, u64::MAX));
    }

    #[test]
    fn entries_after_an_end_are_refused_until_the_end_is_forgotten() {
        let epoch = Epoch::new("x").expect("letters");
        let mut ends = ends(10);
        let mut accepts = |ms, sequence, name: &str, is_end: bool| {
            let end = Control::End { last: None }.encode();
            let body = if is_end { end } else { Bytes::from_static(b"data: 1\n\n") };
            let position = Position::new(ms, sequence);
            ends.accepts(&epoch, &Entry { position, topic: topic(name), body })
        };
        for (ms, sequence, name, is_end, expected) in [
            (1_000, 0, "a", false, true),
            (1_000, 5, "a", true, true),
            (1_000, 6, "a", false, false),
            (1_000, 4, "a", false, true),
            (1_000, 5, "a", true, true),
            (2_000, 0, "a", true, false),
            (2_000, 0, "b", false, true),
            (10_999, 9, "a", false, false),
            (11_000, 0, "a", false, true),
            (11_001, 0, "a", true, true),
            (11_500, 0, "a", false, false),
        ] {
            let what = format!("{ms}-{sequence} of {name}, {is_end}");
            assert_eq!(accepts(ms, sequence, name, is_end), expected, "{what}");
        }
    }

    #[test]
    fn the_oldest_ends_are_forgotten_when_there_are_too_many() {
        let epoch = Epoch::new("x").expect("letters");
        let mut ends = ends(1_000);
        let ended = |number: u64| Ended {
            topic: topic(&number.to_string()),
            position: Position::new(1_000, number),
        };
        ends.add(&epoch, &(0..10).map(ended).collect::<Vec<_>>());
        assert_eq!(ends.all(&epoch), (7..10).map(ended).collect::<Vec<_>>());
        assert_eq!(ends.bytes(), 303);
        assert_eq!(ends.all(&Epoch::new("y").expect("letters")), []);
    }
}
