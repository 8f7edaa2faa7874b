//! How many entries to ask for at once.

use crate::entry::Entry;

/// How many entries to ask for at once, by the sizes of those that came before.
///
/// Redis has no limit in bytes for a read. So few are asked for after a large entry, and never more
/// than [`MOST`], which bounds a read by that many of the largest events.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batch {
    count: usize,
}

impl Batch {
    pub(crate) fn count(self) -> usize {
        self.count
    }

    /// Takes account of what a read brought.
    pub(crate) fn came(&mut self, entries: &[Entry]) {
        let Some(largest) = entries.iter().map(|entry| entry.bytes).max() else { return };
        let fit = (BYTES / largest.max(1)).clamp(1, MOST);
        let more = if entries.len() < self.count { self.count } else { self.count * 2 };
        self.count = more.min(fit);
    }
}

impl Default for Batch {
    /// Nothing is known of the sizes yet.
    fn default() -> Self {
        Self { count: 16 }
    }
}

/// How many bytes a read of entries as large as the largest of the last read brings at most, unless
/// a single one is larger.
const BYTES: usize = 4 * 1024 * 1024;

/// With the hub's default of 1 MiB an event, a read brings 64 MiB at most. With 1,000 instead, 100,000
/// small events take as long to read: 0.4 s.
const MOST: usize = 64;

#[cfg(test)]
mod tests {
    use sse_hub::Position;

    use super::*;
    use crate::entry::Content;

    #[test]
    fn few_are_asked_for_after_a_large_entry() {
        let mut batch = Batch::default();
        for (entries, bytes, expected) in [
            // A read that did not fill what was asked for says nothing of what comes.
            (3, 100, 16),
            (16, 100, 32),
            (32, 100, 64),
            (64, 100, 64),
            (64, BYTES / 64 + 1, 63),
            (1, BYTES / 2, 2),
            (2, 100, 4),
            (1, 10 * BYTES, 1),
            (0, 0, 1),
            (1, 100, 2),
        ] {
            let content = || Content::Beginning;
            let entry = |_| Entry { position: Position::START, bytes, content: content() };
            batch.came(&(0..entries).map(entry).collect::<Vec<_>>());
            assert_eq!(batch.count(), expected, "after {entries} of {bytes} bytes");
        }
    }
}
