//! The state that the journal's thread shares with other tasks.

use std::collections::VecDeque;

use sse_hub::{Position, backend::Entry};

use crate::{JournalStats, record::State};

/// The state that the journal's thread shares with other tasks after each commit.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub(crate) stats: JournalStats,
    /// The newest entries, so that readers that keep up never read the file. The first ones may be at or below
    /// the floor.
    recent: VecDeque<Entry>,
    recent_bytes: usize,
}

/// The entries after a position, or where to find them.
#[derive(Debug)]
pub(crate) enum After {
    Nothing,
    Entries(Vec<Entry>),
    /// Only the file has them.
    OnDisk,
    /// The next entry is no longer kept.
    Gone,
}

impl Kept {
    /// Adds what was committed.
    pub(crate) fn commit(&mut self, state: &State, file_bytes: u64, entries: Vec<Entry>) {
        self.stats = JournalStats {
            floor: Position::new(0, state.floor),
            head: Position::new(0, state.head),
            events: state.events(),
            bytes: state.bytes,
            file_bytes,
            commits: state.commit,
        };
        let follows = |newest: &Entry| {
            entries
                .first()
                .is_none_or(|first| first.position.lower() == newest.position.lower() + 1)
        };
        if !self.recent.back().is_none_or(follows) {
            // Entries between were stored without being acknowledged. They are in the file.
            self.recent.clear();
            self.recent_bytes = 0;
        }
        for entry in entries {
            self.recent_bytes += cost(&entry);
            self.recent.push_back(entry);
        }
        while self.recent_bytes > RECENT
            && let Some(entry) = self.recent.pop_front()
        {
            self.recent_bytes -= cost(&entry);
        }
    }

    /// Returns up to `max` entries after a position.
    pub(crate) fn after(&self, position: u64, max: usize) -> After {
        if position >= self.stats.head.lower() {
            return After::Nothing;
        }
        let first = self.recent.front().map_or(u64::MAX, |entry| entry.position.lower());
        let skip = (position + 1).checked_sub(first).and_then(|skip| usize::try_from(skip).ok());
        if let Some(skip) = skip.filter(|skip| *skip < self.recent.len()) {
            return After::Entries(self.recent.iter().skip(skip).take(max).cloned().collect());
        }
        let floor = self.stats.floor.lower();
        if position < floor { After::Gone } else { After::OnDisk }
    }
}

/// Returns about how many bytes of memory an entry takes.
fn cost(entry: &Entry) -> usize {
    entry.body.len() + entry.topic.len() + size_of::<Entry>()
}

/// The bytes of entries that stay in memory, so that a tail a few seconds behind need not read the file.
const RECENT: usize = 4 << 20;

#[cfg(test)]
mod tests {
    use sse_hub::{Epoch, TopicName};

    use super::*;

    fn entry(position: u64, len: usize) -> Entry {
        let topic = TopicName::new("a").expect("a name");
        Entry { position: Position::new(0, position), topic, body: vec![b'x'; len].into() }
    }

    #[test]
    fn entries_that_are_not_in_memory_are_on_disk_or_gone() {
        let mut kept = Kept::default();
        let mut state = State::new(Epoch::new("a").expect("a letter"));
        let body = RECENT / 4 - 1_000;
        for position in 1..=10 {
            state.head = position;
            state.floor = position.saturating_sub(8);
            kept.commit(&state, 0, vec![entry(position, body)]);
        }
        let text = |position| match kept.after(position, 2) {
            After::Nothing => "nothing".to_owned(),
            After::OnDisk => "on disk".to_owned(),
            After::Gone => "gone".to_owned(),
            After::Entries(entries) => format!("{} from {}", entries.len(), entries[0].position),
        };
        for (position, expected) in [
            (0, "gone"),
            (1, "gone"),
            (2, "on disk"),
            (5, "on disk"),
            (6, "2 from 7"),
            (8, "2 from 9"),
            (9, "1 from 10"),
            (10, "nothing"),
            (11, "nothing"),
        ] {
            assert_eq!(text(position), expected, "after {position}");
        }
    }

    #[test]
    fn an_entry_stored_without_acknowledgement_is_read_from_the_file() {
        let mut kept = Kept::default();
        let mut state = State::new(Epoch::new("a").expect("a letter"));
        state.head = 2;
        kept.commit(&state, 0, vec![entry(1, 1), entry(2, 1)]);
        // 3 is only in the file.
        state.head = 3;
        kept.commit(&state, 0, Vec::new());
        assert!(matches!(kept.after(1, 9), After::Entries(entries) if entries.len() == 1));
        assert!(matches!(kept.after(2, 9), After::OnDisk));
        state.head = 4;
        kept.commit(&state, 0, vec![entry(4, 1)]);
        assert!(matches!(kept.after(1, 9), After::OnDisk));
        assert!(matches!(kept.after(2, 9), After::OnDisk));
        assert!(matches!(kept.after(3, 9), After::Entries(entries) if entries.len() == 1));
    }
}
