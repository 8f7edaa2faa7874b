//! The messages between nodes among the newest entries of the log.

use std::collections::VecDeque;

use bytes::Bytes;
use sse_hub::{Epoch, Position, backend::Control};

/// Counts the messages between nodes among the newest entries of the log, which keeps as many events in addition.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    /// The epoch of the log whose entries these are.
    epoch: Option<Epoch>,
    newest: Position,
    /// The number of entries that were read.
    read: u64,
    /// The numbers of the messages, oldest first.
    numbers: VecDeque<u64>,
}

impl Signals {
    /// Counts an entry, unless it was counted before. `max_events` is the number of events that the log keeps.
    pub(crate) fn add(
        &mut self,
        epoch: &Epoch,
        position: Position,
        is_signal: bool,
        max_events: u64,
    ) {
        if self.epoch.as_ref() != Some(epoch) {
            *self = Self { epoch: Some(epoch.clone()), ..Self::default() };
        }
        if position <= self.newest {
            return;
        }
        (self.newest, self.read) = (position, self.read + 1);
        if is_signal {
            self.numbers.push_back(self.read);
        }
        // Those before the newest events, which are trimmed with the events around them; and at most as many as events.
        while let Some(oldest) = self.numbers.front()
            && (oldest + max_events + self.count() <= self.read || self.count() > max_events)
        {
            self.numbers.pop_front();
        }
    }

    pub(crate) fn count(&self) -> u64 {
        self.numbers.len() as u64
    }
}

/// Whether a body is a message between nodes.
pub(crate) fn is_signal(body: &Bytes) -> bool {
    matches!(Control::decode(body), Some(Control::Signal { .. }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_keeps_as_many_events_whatever_messages_are_among_them() {
        for every in [1, 2, 5, 60] {
            let epoch = Epoch::new("x").expect("letters");
            let (mut signals, mut log) = (Signals::default(), VecDeque::new());
            for number in 1..2_000_u64 {
                let is_signal = number % every == 0;
                signals.add(&epoch, Position::new(number, 0), is_signal, 50);
                signals.add(&epoch, Position::new(number, 0), is_signal, 50);
                log.push_back(is_signal);
                while log.len() as u64 > 50 + signals.count() {
                    log.pop_front();
                }
                let events = log.iter().filter(|is_signal| !**is_signal).count() as u64;
                let all = number - number / every;
                assert!(events >= all.min(50) || every == 1, "{events} are kept, every {every}");
                assert!(log.len() <= 102, "{} entries", log.len());
            }
        }
    }
}
