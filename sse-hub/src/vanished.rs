//! The floors of removed topics.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
};

use crate::Position;

/// The floors of removed topics, by the hash of their name.
///
/// Keeps one floor for each recently removed topic, so that a topic without events reports no gap.
/// Older floors are merged into one, which applies to every topic.
#[derive(Debug)]
pub(crate) struct Vanished {
    floors: BTreeMap<u64, Position>,
    order: BTreeSet<(Position, u64)>,
    /// The floor of topics that are no longer known individually.
    floor: Position,
    most: usize,
}

impl Vanished {
    /// Remembers at most this number of topics.
    pub(crate) fn new(most: usize) -> Self {
        Self { floors: BTreeMap::new(), order: BTreeSet::new(), floor: Position::START, most }
    }

    /// Notes that a topic was removed, and that everything up to a position is lost.
    pub(crate) fn insert(&mut self, hash: u64, floor: Position) {
        let floor = floor.max(self.remove(hash));
        if floor <= self.floor {
            return;
        }
        self.floors.insert(hash, floor);
        self.order.insert((floor, hash));
        if self.floors.len() > self.most
            && let Some((floor, hash)) = self.order.pop_first()
        {
            self.floors.remove(&hash);
            self.floor = self.floor.max(floor);
        }
    }

    /// Notes that a topic begins; returns the position up to which it has lost everything.
    pub(crate) fn remove(&mut self, hash: u64) -> Position {
        let Some(floor) = self.floors.remove(&hash) else { return self.floor };
        self.order.remove(&(floor, hash));
        floor.max(self.floor)
    }

    /// Returns the position up to which a topic that does not exist has lost everything.
    pub(crate) fn floor(&self, hash: u64) -> Position {
        self.floors.get(&hash).map_or(self.floor, |floor| self.floor.max(*floor))
    }

    /// Forgets everything; returns what to drop once the lock is released.
    pub(crate) fn clear(&mut self) -> Self {
        let most = self.most;
        mem::replace(self, Self::new(most))
    }

    /// The memory that it takes, in bytes.
    pub(crate) fn memory(&self) -> usize {
        self.floors.len() * Self::ONE
    }

    /// The bytes of one topic: entries of two trees whose nodes are half full.
    pub(crate) const ONE: usize = 112;
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_forgotten_floor_counts_for_every_topic() {
        let at = |position| Position::new(0, position);
        let mut vanished = Vanished::new(2);
        vanished.insert(1, at(10));
        vanished.insert(2, at(20));
        assert_eq!(vanished.remove(9), Position::START, "one that never was");
        assert_eq!(vanished.remove(1), at(10));
        assert_eq!(vanished.remove(1), Position::START, "it has begun again");
        vanished.insert(1, at(15));
        vanished.insert(1, at(12));
        vanished.insert(3, at(30));
        assert_eq!(vanished.remove(9), at(15), "the lowest is forgotten");
        assert_eq!(vanished.remove(2), at(20));
        assert_eq!(vanished.remove(1), at(15));
        vanished.insert(1, at(40));
        assert_eq!(vanished.memory(), 2 * Vanished::ONE);
        drop(vanished.clear());
        assert_eq!((vanished.remove(3), vanished.memory()), (Position::START, 0));
    }
}
