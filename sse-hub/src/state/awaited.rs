//! Entries that this hub has appended and waits for.

use super::{State, backend::Following};
use crate::{
    BackendError, BackgroundError, Position, PublishError,
    backend::Appended,
    shared::{Found, Waiters},
};

impl State {
    /// Counts a background future, which may not have been polled.
    pub(crate) fn count_background(&mut self) {
        self.futures += 1;
    }

    pub(crate) fn discount_background(&mut self) {
        self.futures -= 1;
        if self.futures == 0 {
            self.wake_everyone();
        }
    }

    /// Whether entries that are appended now will arrive: a background exists, and none has stopped following.
    pub(crate) fn check_background(&self) -> Result<(), BackgroundError> {
        match self.following {
            Following::Stopped => Err(BackgroundError::Stopped),
            Following::Awaited(_) if self.futures == 0 => Err(BackgroundError::NotStarted),
            Following::Awaited(_) | Following::Running | Following::Needless => Ok(()),
        }
    }

    pub(crate) fn epoch_number(&self) -> u64 {
        self.epoch_number
    }

    /// Returns whether an appended entry has arrived, or an error if the log was lost. Otherwise the slot is woken once
    /// this is known. `epoch_number` is that of the time before the append.
    pub(crate) fn await_entry(
        &mut self,
        slot: usize,
        appended: &Appended,
        epoch_number: u64,
    ) -> Found<Result<(), PublishError>> {
        let lost = |error: BackendError| Err(PublishError::Backend(error.may_be_stored(true)));
        if appended.epoch == self.epoch && self.head >= appended.position {
            return Found::More(Ok(()));
        }
        // The append may be the first to notice a new epoch, which the tail then reports next.
        if appended.epoch != self.epoch && epoch_number != self.epoch_number {
            return Found::More(lost(BackendError::new("the log was lost during the append")));
        }
        if let Err(error) = self.check_background() {
            return Found::More(lost(error.into()));
        }
        self.awaited.insert((appended.position, slot));
        Found::Nothing
    }

    pub(crate) fn forget_awaited(&mut self, slot: usize, position: Position) {
        self.awaited.remove(&(position, slot));
    }

    /// Wakes the tasks that wait for an entry at or before a position.
    pub(crate) fn wake_awaiting(&mut self, position: Position, waiters: &mut Waiters) {
        while let Some(awaited) = self.awaited.first().copied()
            && awaited.0 <= position
        {
            self.awaited.remove(&awaited);
            waiters.wake(awaited.1);
        }
    }
}
