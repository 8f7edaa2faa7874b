//! What the journal's thread shows to everyone else.

use std::collections::VecDeque;

use sse_hub::{Position, backend::Entry};

use crate::{JournalStats, record::State};

/// What the journal's thread shows to everyone else, after each commit.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub(crate) stats: JournalStats,
    /// The newest entries, so that who is up to date need not read the file. The first may be below
    /// the floor: it is in memory all the same.
    recent: VecDeque<Entry>,
    recent_bytes: usize,
}

/// What follows a position.
#[derive(Debug)]
pub(crate) enum After {
    Nothing,
    Entries(Vec<Entry>),
    /// Only the file has it.
    OnDisk,
    /// Nothing up to here is kept.
    Gone,
}

impl Kept {
    /// Takes in what was committed.
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
            // Something between was stored without being acknowledged; it is in the file.
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

    /// Up to `max` entries.
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

/// What an entry takes in memory, about.
fn cost(entry: &Entry) -> usize {
    entry.body.len() + entry.topic.len() + size_of::<Entry>()
}

/// So many bytes of entries stay in memory: some seconds for a tail that is behind.
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
    fn what_is_not_in_memory_is_on_disk_or_gone() {
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
    fn what_was_stored_without_being_shown_is_read_from_the_file() {
        let mut kept = Kept::default();
        let mut state = State::new(Epoch::new("a").expect("a letter"));
        state.head = 2;
        kept.commit(&state, 0, vec![entry(1, 1), entry(2, 1)]);
        // 3 is in the file, and nobody has shown it.
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
