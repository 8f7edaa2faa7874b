//! Decides what it means that the last-read entry is gone.

use redis::{RedisError, aio::MultiplexedConnection};
use sse_hub::Position;

use crate::{
    entry::Entry,
    log::{self, Info},
    stream_id,
};

/// What it means that the last-read entry is gone.
#[derive(Debug, PartialEq)]
pub(super) enum Verdict {
    /// No entry after it is missing.
    Whole,
    /// Entries up to this position may be missing.
    Trimmed(Position),
    /// The log has another history, or does not exist.
    Another,
}

/// Compares the log's current state with `entries`, which were read before.
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
    // A replica that was behind has become the primary.
    if info.head < last {
        return Verdict::Another;
    }
    // Entries are trimmed from the front. If an older entry exists, this one was not trimmed: it was deleted, or a
    // replica that never had it has become the primary.
    let deleted = info.deleted.is_some_and(|deleted| deleted >= last);
    if info.first.is_some_and(|first| first < last) && !deleted {
        return Verdict::Another;
    }
    match (next, info.first) {
        // The entries that were read existed at one moment, so none is missing between them.
        (Some(next), _) => Verdict::Trimmed(stream_id::before(next)),
        (None, None) if info.head > last => Verdict::Trimmed(info.head),
        // Nothing came after it; otherwise the next read decides.
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
        // The first entry, the head, the newest deleted entry; what was read next; the verdict after 50.
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
            // A replica became the primary: it was behind, or continued differently.
            (Some((Some(10), 40, None)), None, Verdict::Another),
            (Some((None, 40, None)), None, Verdict::Another),
            (Some((Some(10), 70, None)), Some(60), Verdict::Another),
            (Some((Some(10), 70, Some(20))), Some(60), Verdict::Another),
            // Deleted with `XDEL`.
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
