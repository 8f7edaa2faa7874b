//! The number of entries to ask for at once.

use crate::entry::Entry;

/// The number of entries to ask for at once, by the sizes of the last ones.
///
/// Redis has no limit in bytes for a read. A read therefore asks for few entries after a large one, and never for
/// more than [`MOST`], which bounds a read to that many of the largest events.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batch {
    count: usize,
}

impl Batch {
    pub(crate) fn count(self) -> usize {
        self.count
    }

    /// Adapts to the entries that a read returned.
    pub(crate) fn came(&mut self, entries: &[Entry]) {
        let Some(largest) = entries.iter().map(|entry| entry.bytes).max() else { return };
        let fit = (BYTES / largest.max(1)).clamp(1, MOST);
        let more = if entries.len() < self.count { self.count } else { self.count * 2 };
        self.count = more.min(fit);
    }
}

impl Default for Batch {
    /// Begins low, since the sizes are not known.
    fn default() -> Self {
        Self { count: 16 }
    }
}

/// The most bytes that a read returns if its entries are as large as the largest of the last read, unless one
/// alone is larger.
const BYTES: usize = 4 * 1024 * 1024;

/// With the hub's default of 1 MiB per event, a read returns at most 64 MiB. With 1,000 instead, reading 100,000
/// small events would not be faster: it takes 0.4 s with either.
const MOST: usize = 64;

#[cfg(test)]
mod tests {
    use sse_hub::Position;

    use super::*;
    use crate::entry::Content;

    #[test]
    fn a_read_after_a_large_entry_asks_for_few() {
        let mut batch = Batch::default();
        for (entries, bytes, expected) in [
            // A read that returned fewer than it asked for says nothing about the next one.
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
