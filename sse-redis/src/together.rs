//! Appends several entries together.

use bytes::Bytes;
use redis::{Cmd, cmd};

/// Returns the command that appends entries of one topic together. Its reply is that of the command that appends an
/// [end](crate::ends::append), for the last of them.
pub(crate) fn append(
    log: &str,
    ends: &str,
    topic: &str,
    bodies: &[Bytes],
    max_entries: u64,
) -> Cmd {
    let mut script = cmd("EVAL");
    script.arg(APPEND).arg(2).arg(log).arg(ends).arg(topic).arg(max_entries);
    for body in bodies {
        script.arg(&body[..]);
    }
    script
}

/// A script, since a server that becomes full, or a connection that ends, would store some of the entries. In a script,
/// the server checks its memory once.
const APPEND: &str = "\
local id
for at = 3, #ARGV do
  id = redis.call('XADD', KEYS[1], 'NOMKSTREAM', 'MAXLEN', '~', ARGV[2], '*', 't', ARGV[1], 'b', ARGV[at])
  if not id then return false end
end
return {id, redis.call('ZSCORE', KEYS[2], ARGV[1])}";
