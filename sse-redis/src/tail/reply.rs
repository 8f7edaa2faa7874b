//! The commands of a read, and their replies.

use std::time::Duration;

use redis::{Pipeline, RedisError, Value, aio::MultiplexedConnection, cmd, pipe};
use sse_hub::{Epoch, Position};

use crate::{
    entry::{self, Entry},
    epoch, log, stream_id,
};

/// The reply to a read.
pub(super) struct Reply {
    pub(super) entries: Vec<Entry>,
    /// The current epoch; `None` if its key is gone.
    pub(super) epoch: Option<Epoch>,
    /// Whether the last-read entry still exists.
    pub(super) last_is_there: bool,
    /// Whether the set of ended topics exists.
    pub(super) ends_are_there: bool,
}

/// Returns the commands that read entries and then check the log, in one round trip.
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
            return Err(log::unexpected("expected replies to four commands"));
        };
        let last = entry::array(last)
            .ok_or_else(|| log::unexpected("the reply to XRANGE is not an array"))?;
        Ok(Self {
            entries: log::entries_of(entry::of_xread(entries))?,
            epoch: entry::bytes(epoch).map(|epoch| epoch::parse(&epoch)).transpose()?,
            last_is_there: !last.is_empty(),
            ends_are_there: ends == Value::Int(1),
        })
    }

    /// Whether the first entry has the position right after `last`, so that nothing can be between them.
    pub(super) fn goes_on_after(&self, last: Position) -> bool {
        self.entries.first().is_some_and(|first| stream_id::before(first.position) == last)
    }
}

/// Refuses a replica, which an address may lead to after a failover: it takes no events, and its entries may be
/// old. A new connection finds the new primary if the address follows it.
pub(super) async fn check_role(connection: &mut MultiplexedConnection) -> Result<(), RedisError> {
    // `HELLO` is the only command that reports the role and that every user may send.
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
