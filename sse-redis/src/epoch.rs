//! The current epoch of the log, and the beginning of a new one.

use redis::{RedisError, aio::MultiplexedConnection, cmd};
use sse_hub::Epoch;

use crate::{ends, keys::Keys, log, notes, room::is_full};

/// The current epoch.
pub(crate) struct Current {
    pub(crate) epoch: Epoch,
    /// Whether the call that returned this value began the epoch.
    pub(crate) begun: bool,
}

/// Returns the current epoch, or begins one if none exists. The first of several nodes begins it, and all others
/// get the same one.
///
/// `ours` is the epoch that the caller follows, and `another_history` says that its log has changed. If the
/// epoch's key and the caller's log are both lost, other nodes may follow a log of another epoch: that one
/// continues.
pub(crate) async fn current(
    connection: &mut MultiplexedConnection,
    keys: &Keys,
    ours: Option<&Epoch>,
    another_history: bool,
) -> Result<Current, RedisError> {
    if let Some(ours) = ours
        && log::exists(connection, &keys.log(ours)).await?
    {
        return begin(connection, keys, ours, another_history).await;
    }
    let known: Option<Vec<u8>> = cmd("GET").arg(&keys.epoch).query_async(connection).await?;
    let old = match known {
        Some(known) => parse(&known)?,
        // If there is no log either, nothing can continue.
        None => newest_log(connection, keys).await?.unwrap_or_else(Epoch::random),
    };
    begin(connection, keys, &old, false).await
}

/// Continues the old epoch if its log exists and no other epoch is current. Otherwise returns the epoch that another
/// node has begun, or begins one.
pub(crate) async fn begin(
    connection: &mut MultiplexedConnection,
    keys: &Keys,
    old: &Epoch,
    another_history: bool,
) -> Result<Current, RedisError> {
    let new = Epoch::random();
    let mut script = cmd("EVAL");
    script.arg(BEGIN).arg(7).arg(&keys.epoch).arg(keys.log(&new)).arg(keys.log(old));
    script.arg(keys.ends(&new)).arg(keys.ends(old)).arg(keys.notes(&new)).arg(keys.notes(old));
    script.arg(new.as_str()).arg(old.as_str()).arg(u8::from(another_history));
    let mut winner = script.query_async::<Vec<u8>>(connection).await;
    if winner.as_ref().is_err_and(is_full) && log::trim_tenth(connection, &keys.log(old)).await? > 0
    {
        winner = script.query_async(connection).await;
    }
    let epoch = parse(&winner?)?;
    Ok(Current { begun: epoch == new, epoch })
}

/// `KEYS`: the epoch, the log of a new epoch, the log of the old one, and the ends and the notes of
/// both.
/// `ARGV`: the new epoch, the old one, and whether the old log's history has changed.
///
/// An epoch continues while its log exists: if only the key of the epoch is gone, it is set again. A log whose
/// history has changed continues under the name of the new epoch. A new log begins with an entry that is not an
/// event; once that entry is missing, entries were trimmed.
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
  if redis.call('EXISTS', KEYS[5]) == 1 then redis.call('RENAME', KEYS[5], KEYS[4]) end
  if redis.call('EXISTS', KEYS[7]) == 1 then redis.call('RENAME', KEYS[7], KEYS[6]) end
else
  redis.call('XADD', KEYS[2], '0-1', 'epoch', ARGV[1])
end
return ARGV[1]";

/// Looks for logs whose epoch's key is lost; returns the epoch of the one with the latest event.
///
/// Walks all keys of the database in steps; the server answers other clients between them.
async fn newest_log(
    connection: &mut MultiplexedConnection,
    keys: &Keys,
) -> Result<Option<Epoch>, RedisError> {
    let mut newest = None;
    let mut from = b"0".to_vec();
    loop {
        let (next, found): (Vec<u8>, Vec<Vec<u8>>) = cmd("SCAN")
            .arg(from)
            .arg("MATCH")
            .arg(keys.logs())
            .arg("COUNT")
            .arg(SCAN_STEP)
            .arg("TYPE")
            .arg("stream")
            .query_async(connection)
            .await?;
        for epoch in found.iter().filter_map(|key| keys.epoch_of(key)) {
            // The log may have been lost meanwhile.
            if let Some(info) = log::info(connection, &keys.log(&epoch)).await? {
                newest = newest.max(Some((info.head, epoch.as_str().to_owned())));
            }
        }
        if next == b"0" {
            return Ok(newest.and_then(|(_, epoch)| Epoch::new(&epoch)));
        }
        from = next;
    }
}

/// Sends the commands that are needed only after a loss, so that a missing right is an error when the log is opened.
///
/// # Errors
/// The server's error, which names the command that the user may not send.
pub(crate) async fn check_rights(
    connection: &mut MultiplexedConnection,
    keys: &Keys,
) -> Result<(), RedisError> {
    // These keys do not exist, so nothing is trimmed.
    let epoch = Epoch::random();
    let key = keys.log(&epoch);
    ends::check_rights(connection, &keys.ends(&epoch)).await?;
    notes::check_rights(connection, &keys.notes(&epoch)).await?;
    cmd("SCAN").arg(0).arg("COUNT").arg(1).exec_async(connection).await?;
    cmd("MEMORY").arg(&["USAGE", &key]).exec_async(connection).await?;
    cmd("XLEN").arg(&key).exec_async(connection).await?;
    log::trim_before(connection, &key, log::BEGINNING).await
}

pub(crate) fn parse(text: &[u8]) -> Result<Epoch, RedisError> {
    let epoch = std::str::from_utf8(text).ok().and_then(Epoch::new);
    epoch.ok_or_else(|| {
        log::unexpected(
            "the epoch's key does not hold an epoch; set it to what follows ':log:' in the name of the log's key",
        )
    })
}

/// The number of keys that the server walks in one step, which delays other clients by less than 1 ms.
const SCAN_STEP: usize = 1_000;
