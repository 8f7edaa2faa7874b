//! The positions of a chunk's events.

use crate::Position;

/// The positions of a chunk's events, which rise. They take 4 bytes per event if only the lower half changes, as in
/// memory and in a journal, and 8 if both change, as on Redis.
#[derive(Debug, Default)]
pub(super) struct Positions {
    first: Position,
    offsets: Offsets,
}

/// The distance of each event from the first.
#[derive(Debug)]
enum Offsets {
    Lower(Vec<u32>),
    /// The distances of the upper and the lower half. The lower half counts from the first event's if the upper halves
    /// are equal, otherwise from 0.
    Both(Vec<(u32, u32)>),
}

impl Positions {
    /// Adds the position of the next event; returns whether it is within reach of the first.
    pub(super) fn push(&mut self, position: Position) -> bool {
        if self.len() == 0 {
            self.first = position;
        }
        let Some((upper, lower)) = self.offset(position) else { return false };
        if upper > 0
            && let Offsets::Lower(offsets) = &mut self.offsets
        {
            let both = std::mem::take(offsets).into_iter().map(|lower| (0, lower));
            self.offsets = Offsets::Both(both.collect());
        }
        match &mut self.offsets {
            Offsets::Lower(offsets) => offsets.push(lower),
            Offsets::Both(offsets) => offsets.push((upper, lower)),
        }
        true
    }

    /// Whether the position of the next event can be added.
    pub(super) fn reach(&self, position: Position) -> bool {
        self.len() == 0 || self.offset(position).is_some()
    }

    pub(super) fn shrink(&mut self) {
        match &mut self.offsets {
            Offsets::Lower(offsets) => offsets.shrink_to_fit(),
            Offsets::Both(offsets) => offsets.shrink_to_fit(),
        }
    }

    /// The memory that they take beside the struct itself, in bytes.
    pub(super) fn memory(&self) -> usize {
        match &self.offsets {
            Offsets::Lower(offsets) => offsets.capacity() * size_of::<u32>(),
            Offsets::Both(offsets) => offsets.capacity() * size_of::<(u32, u32)>(),
        }
    }

    #[inline]
    pub(super) fn get(&self, event: usize) -> Option<Position> {
        let (upper, lower) = match &self.offsets {
            Offsets::Lower(offsets) => (0, *offsets.get(event)?),
            Offsets::Both(offsets) => *offsets.get(event)?,
        };
        let from = if upper == 0 { self.first.lower() } else { 0 };
        Some(Position::new(self.first.upper() + u64::from(upper), from + u64::from(lower)))
    }

    pub(super) fn len(&self) -> usize {
        match &self.offsets {
            Offsets::Lower(offsets) => offsets.len(),
            Offsets::Both(offsets) => offsets.len(),
        }
    }

    /// Returns the number of events at a position or before.
    pub(super) fn count_up_to(&self, up_to: Position) -> usize {
        self.count_from(0, up_to)
    }

    /// As [`count_up_to`](Self::count_up_to), given that the first `from` events count. It takes few steps if few
    /// more do.
    pub(super) fn count_from(&self, from: usize, up_to: Position) -> usize {
        let (mut low, mut step) = (from, 1);
        while self.get(low + step - 1).is_some_and(|position| position <= up_to) {
            low += step;
            step *= 2;
        }
        let mut high = (low + step - 1).min(self.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.get(middle) {
                Some(position) if position <= up_to => low = middle + 1,
                _ => high = middle,
            }
        }
        low
    }

    fn offset(&self, position: Position) -> Option<(u32, u32)> {
        let upper = position.upper().checked_sub(self.first.upper())?;
        let from = if upper == 0 { self.first.lower() } else { 0 };
        let lower = position.lower().checked_sub(from)?;
        Some((upper.try_into().ok()?, lower.try_into().ok()?))
    }
}

impl Default for Offsets {
    fn default() -> Self {
        Self::Lower(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_those_that_were_added() {
        const FAR: u64 = u32::MAX as u64;
        for rising in [
            &[(0, 1), (0, 2), (0, 7), (0, FAR)][..],
            &[(0, FAR), (0, 2 * FAR)],
            &[(5, 9), (5, 10), (6, 0), (6, 1), (FAR + 4, 3)],
            &[(1_700_000_000_000, 0), (1_700_000_000_000, 3), (1_700_000_000_001, 0)],
            &[(7, u64::MAX), (8, 0), (8, FAR)],
        ] {
            let rising: Vec<_> = rising.iter().map(|(a, b)| Position::new(*a, *b)).collect();
            let mut positions = Positions::default();
            assert!(rising.iter().all(|position| positions.push(*position)), "{rising:?}");
            let seen: Vec<_> = (0..positions.len()).filter_map(|at| positions.get(at)).collect();
            assert_eq!(seen, rising);
            positions.shrink();
            let one = if rising[0].upper() == rising[rising.len() - 1].upper() { 4 } else { 8 };
            assert_eq!(positions.memory(), one * rising.len(), "{rising:?}");
            for (at, position) in rising.iter().enumerate() {
                for from in 0..=at {
                    assert_eq!(positions.count_from(from, *position), at + 1, "{rising:?}");
                    assert_eq!(positions.count_from(from, position.previous()), at, "{rising:?}");
                }
                assert_eq!(positions.count_up_to(*position), at + 1);
            }
        }
    }

    #[test]
    fn a_position_out_of_reach_is_refused() {
        for (first, second) in
            [((0, 1), (0, 1 << 33)), ((0, 0), (1 << 33, 0)), ((1, 0), (2, 1 << 33))]
        {
            let mut positions = Positions::default();
            assert!(positions.push(Position::new(first.0, first.1)));
            let second = Position::new(second.0, second.1);
            assert!(!positions.reach(second) && !positions.push(second), "{second}");
            assert_eq!(positions.len(), 1);
        }
    }
}
