//! A read of what follows, and the questions that go with it.

use std::time::Duration;

use redis::{Pipeline, RedisError, Value, aio::MultiplexedConnection, cmd, pipe};
use sse_hub::{Epoch, Position};

use crate::{
    entry::{self, Entry},
    epoch, log, stream_id,
};

/// What a read brought.
pub(super) struct Reply {
    pub(super) entries: Vec<Entry>,
    /// The epoch that is current; `None` if its key is gone.
    pub(super) epoch: Option<Epoch>,
    /// The entry that was read last is still there.
    pub(super) last_is_there: bool,
    /// The set of the topics that have ended is there.
    pub(super) ends_are_there: bool,
}

/// Reads, and asks afterwards, in one round trip.
pub(super) fn ask(
    epoch_key: &str,
    (key, ends): (&str, &str),
    last: Position,
    count: usize,
    block: Option<Duration>,
) -> Pipeline {
    let last = stream_id::text(last);
    let mut asks = pipe();
    asks.cmd("XREAD").arg("COUNT").arg(count);
    if let Some(block) = block {
        asks.arg("BLOCK").arg(block.as_millis() as u64);
    }
    asks.arg("STREAMS").arg(key).arg(&last);
    asks.cmd("XRANGE").arg(key).arg(&last).arg(&last);
    asks.cmd("GET").arg(epoch_key);
    asks.cmd("EXISTS").arg(ends);
    asks
}

impl Reply {
    pub(super) fn parse(values: Vec<Value>) -> Result<Self, RedisError> {
        let Ok([entries, last, epoch, ends]) = <[Value; 4]>::try_from(values) else {
            return Err(log::unexpected("expected an answer to each of four questions"));
        };
        let last = entry::array(last)
            .ok_or_else(|| log::unexpected("the answer to XRANGE is no array"))?;
        Ok(Self {
            entries: log::entries_of(entry::of_xread(entries))?,
            epoch: entry::bytes(epoch).map(|epoch| epoch::parse(&epoch)).transpose()?,
            last_is_there: !last.is_empty(),
            ends_are_there: ends == Value::Int(1),
        })
    }

    /// Whether the first entry is the very next that could be.
    pub(super) fn goes_on_after(&self, last: Position) -> bool {
        self.entries.first().is_some_and(|first| stream_id::before(first.position) == last)
    }
}

/// Refuses a replica, which an address may lead to after a failover: it takes no events, and what it
/// has may be old. Connecting again finds the new primary, if the address follows it.
pub(super) async fn check_role(connection: &mut MultiplexedConnection) -> Result<(), RedisError> {
    // The only command that tells, and that every user may send.
    let hello: Value = cmd("HELLO").query_async(connection).await?;
    let Value::Map(hello) = hello else { return Ok(()) };
    let role = hello.into_iter().find(|(name, _)| {
        matches!(name, Value::BulkString(name) if name == b"role")
            || matches!(name, Value::SimpleString(name) if name == "role")
    });
    match role.and_then(|(_, role)| entry::bytes(role)).as_deref() {
        Some(b"replica" | b"slave") => {
            Err(log::unexpected("the server is a replica; the address has to lead to the primary"))
        }
        _ => Ok(()),
    }
}
