//! Finds the position at which the log has to be trimmed to stay within its bytes.

use std::collections::VecDeque;

use sse_hub::{Epoch, Position};

use crate::bounds::Bounds;

/// The memory that the newest entries of the log take on the server, in steps.
///
/// A process that follows the log knows the size of each entry, so it can trim without asking the server. It counts
/// backwards from the newest entry, so it need not know what other processes have trimmed.
#[derive(Debug)]
pub(crate) struct Retained {
    bounds: Bounds,
    /// The epoch of the log whose entries these are.
    epoch: Option<Epoch>,
    newest: Position,
    /// Oldest first; never empty once an entry is there.
    steps: VecDeque<Step>,
    /// The bytes of all steps.
    bytes: u64,
    /// The bytes of the limit that the ends of topics take.
    ends: u64,
    /// The position before which everything has yet to be trimmed.
    due: Option<Position>,
}

#[derive(Debug)]
struct Step {
    first: Position,
    bytes: u64,
}

impl Retained {
    pub(crate) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            epoch: None,
            newest: Position::START,
            steps: VecDeque::new(),
            bytes: 0,
            ends: 0,
            due: None,
        }
    }

    /// Counts an entry, unless it was counted before: several tails may follow the log.
    pub(crate) fn add(&mut self, epoch: &Epoch, position: Position, bytes: u64) {
        if self.epoch.as_ref() != Some(epoch) {
            *self = Self { epoch: Some(epoch.clone()), ..Self::new(self.bounds) };
        }
        if position <= self.newest {
            return;
        }
        self.newest = position;
        self.bytes += bytes;
        match self.steps.back_mut() {
            Some(step) if step.bytes < self.bounds.step_bytes() => step.bytes += bytes,
            _ => self.steps.push_back(Step { first: position, bytes }),
        }
        while self.bytes + self.ends > self.bounds.max_bytes && self.steps.len() > 1 {
            let oldest = self.steps.pop_front();
            self.bytes -= oldest.map_or(0, |step| step.bytes);
            self.due = self.steps.front().map(|step| step.first);
        }
    }

    /// Sets how many bytes of the limit the ends of topics take.
    pub(crate) fn reserve(&mut self, ends: u64) {
        self.ends = ends;
    }

    /// Takes the position before which the log of this epoch has to be trimmed now.
    pub(crate) fn take_due(&mut self, epoch: &Epoch) -> Option<Position> {
        self.due.take_if(|_| self.epoch.as_ref() == Some(epoch))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(number: u64) -> Position {
        Position::new(number, 0)
    }

    fn retained(max_bytes: u64) -> Retained {
        let remember_ends = Duration::ZERO;
        Retained::new(Bounds { max_events: u64::MAX, max_bytes, remember_ends })
    }

    fn epoch(text: &str) -> Epoch {
        Epoch::new(text).expect("letters")
    }

    #[test]
    fn the_kept_bytes_are_within_a_step_of_the_limit() {
        for sizes in
            [&[1_u64][..], &[100], &[1, 900, 3], &[999, 1], &[5_000], &[20_000, 1], &[20_000]]
        {
            let max = 16_000;
            let (mut retained, mut kept) = (retained(max), Vec::new());
            for (number, bytes) in (1..20_000).zip(sizes.iter().cycle()) {
                retained.add(&epoch("x"), at(number), *bytes);
                kept.push((at(number), *bytes));
                if let Some(before) = retained.take_due(&epoch("x")) {
                    let was: u64 = kept.iter().map(|(_, bytes)| bytes).sum();
                    kept.retain(|(position, _)| *position >= before);
                    assert!(was > max, "trimmed at {was} already, {sizes:?}");
                }
                let sum: u64 = kept.iter().map(|(_, bytes)| bytes).sum();
                let largest = *sizes.iter().max().expect("some");
                assert!(sum <= max.max(2 * largest), "{sum} are kept, {sizes:?}");
                // A step is as long as the entry that completes it.
                let least = (max - max / 16).saturating_sub(2 * largest);
                assert!(
                    kept.len() as u64 == number || sum >= least,
                    "only {sum} are kept, {sizes:?}"
                );
            }
        }
    }

    #[test]
    fn an_entry_counts_once_and_each_epoch_apart() {
        let mut retained = retained(100);
        for _ in 0..50 {
            (1..=10).for_each(|number| retained.add(&epoch("x"), at(number), 10));
        }
        assert_eq!(retained.take_due(&epoch("x")), None);
        retained.add(&epoch("x"), at(11), 10);
        assert_eq!(retained.take_due(&epoch("y")), None, "it is another log's");
        assert_eq!(retained.take_due(&epoch("x")), Some(at(2)));
        assert_eq!(retained.take_due(&epoch("x")), None, "it was taken");
        (1..=10).for_each(|number| retained.add(&epoch("y"), at(number), 10));
        assert_eq!(retained.take_due(&epoch("y")), None);
    }
}
