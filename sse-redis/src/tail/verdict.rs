//! What it means that the entry that was read last is gone.

use redis::{RedisError, aio::MultiplexedConnection};
use sse_hub::Position;

use crate::{
    entry::Entry,
    log::{self, Info},
    stream_id,
};

/// What it means that the entry that was read last is gone.
#[derive(Debug, PartialEq)]
pub(super) enum Verdict {
    /// Nothing: there was nothing after it that is gone.
    Whole,
    /// Entries up to this position may be gone.
    Trimmed(Position),
    /// This is another history, or none.
    Another,
}

/// Asks for the log as it is now; `entries` were read before.
pub(super) async fn judge(
    connection: &mut MultiplexedConnection,
    key: &str,
    last: Position,
    entries: &[Entry],
) -> Result<Verdict, RedisError> {
    let info = log::info(connection, key).await?;
    Ok(verdict(info, last, entries.first().map(|entry| entry.position)))
}

fn verdict(info: Option<Info>, last: Position, next: Option<Position>) -> Verdict {
    let Some(info) = info else { return Verdict::Another };
    // A replica that had not got as far has become the primary.
    if info.head < last {
        return Verdict::Another;
    }
    // Trimming goes from the front, so with an older entry there, this one was not trimmed: it was
    // deleted by itself, or the replica that has become the primary never had it.
    let deleted = info.deleted.is_some_and(|deleted| deleted >= last);
    if info.first.is_some_and(|first| first < last) && !deleted {
        return Verdict::Another;
    }
    match (next, info.first) {
        // What was read is whole in itself: it was there at one moment.
        (Some(next), _) => Verdict::Trimmed(stream_id::before(next)),
        (None, None) if info.head > last => Verdict::Trimmed(info.head),
        // Nothing came after it, or what did is for the next read to judge.
        (None, _) => Verdict::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_entry_has_one_meaning() {
        let at = |ms| Position::new(ms, 0);
        let trimmed = |ms| Verdict::Trimmed(stream_id::before(at(ms)));
        // First entry, head, newest that was deleted by itself; what was read next; after 50.
        for (info, next, expected) in [
            (None, None, Verdict::Another),
            (None, Some(60), Verdict::Another),
            // Trimmed, with and without something to read.
            (Some((Some(60), 70, None)), Some(60), trimmed(60)),
            (Some((Some(70), 70, None)), Some(60), trimmed(60)),
            (Some((Some(60), 70, None)), None, Verdict::Whole),
            // Emptied.
            (Some((None, 50, None)), None, Verdict::Whole),
            (Some((None, 70, None)), None, Verdict::Trimmed(at(70))),
            (Some((None, 70, None)), Some(60), trimmed(60)),
            // A replica became the primary: it had not got as far, or went on differently.
            (Some((Some(10), 40, None)), None, Verdict::Another),
            (Some((None, 40, None)), None, Verdict::Another),
            (Some((Some(10), 70, None)), Some(60), Verdict::Another),
            (Some((Some(10), 70, Some(20))), Some(60), Verdict::Another),
            // Deleted by itself.
            (Some((Some(10), 70, Some(50))), Some(60), trimmed(60)),
            (Some((Some(10), 50, Some(50))), None, Verdict::Whole),
        ] {
            let known = info.map(|(first, head, deleted)| Info {
                first: first.map(at),
                head: at(head),
                deleted: deleted.map(at),
            });
            assert_eq!(verdict(known, at(50), next.map(at)), expected, "{info:?}, {next:?}");
        }
    }
}
