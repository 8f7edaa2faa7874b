//! Tickets, on a log or in memory.

use std::{
    mem,
    time::{Duration, Instant},
};

use super::State;
use crate::{Position, Principal, TicketError, backend::Appended, ticket::TicketHash, work::Work};

impl State {
    /// Refuses a ticket if its principal has too many, or all principals together have.
    pub(crate) fn check_tickets(
        &mut self,
        principal: &Principal,
        now: Instant,
        work: &mut Work,
    ) -> Result<(), TicketError> {
        self.now = self.now.max(now);
        self.tickets.check(principal, self.now, work)
    }

    /// Adds a ticket, which is valid from now on.
    pub(crate) fn add_ticket(
        &mut self,
        hash: TicketHash,
        principal: Principal,
        lifetime: Duration,
        now: Instant,
        work: &mut Work,
    ) -> Result<(), TicketError> {
        self.now = self.now.max(now);
        self.tickets.insert(hash, principal, self.now + lifetime, self.now, work)
    }

    pub(crate) fn has_ticket(&self, hash: &TicketHash) -> bool {
        self.tickets.contains(hash)
    }

    /// Returns the entry of a ticket if this hub has not read it yet, with the number of the epoch.
    pub(crate) fn unread_ticket(&self, id: &str) -> Result<Option<(Appended, u64)>, TicketError> {
        let position = self.epoch.position(id).and_then(|position| self.check(position));
        let position = position.map_err(|_| TicketError::Refused)?;
        if position <= self.head {
            return Ok(None);
        }
        // The position may be invented.
        if self.awaited.len() >= MOST_AWAITED {
            return Err(TicketError::Behind);
        }
        Ok(Some((Appended { epoch: self.epoch.clone(), position }, self.epoch_number)))
    }

    /// Begins to redeem a ticket if it is valid, so that no other call of this hub can.
    pub(crate) fn begin_redemption(
        &mut self,
        hash: &TicketHash,
        now: Instant,
    ) -> Result<(), TicketError> {
        self.now = self.now.max(now);
        self.tickets.begin(hash, self.now).then_some(()).ok_or(TicketError::Refused)
    }

    /// Notes that an entry has used a ticket. The first one counts.
    pub(crate) fn use_ticket(&mut self, hash: &TicketHash, position: Position, work: &mut Work) {
        work.spend(Work::SEARCH);
        self.tickets.note_use(hash, position);
    }

    /// Ends a redemption by the entry at a position, or in memory; returns the principal if it was the first.
    pub(crate) fn end_redemption(
        &mut self,
        hash: &TicketHash,
        position: Option<Position>,
    ) -> Option<Principal> {
        self.tickets.end(hash, position)
    }

    /// Forgets all tickets: their age is not known, or their use may have been lost.
    pub(crate) fn forget_tickets(&mut self) {
        if !self.tickets.is_empty() {
            self.forgotten_tickets.push(mem::take(&mut self.tickets));
        }
    }

    /// Drops forgotten tickets once the lock is released.
    pub(super) fn drop_tickets(&mut self, work: &mut Work) {
        if !self.forgotten_tickets.is_empty() {
            work.drop_later(Box::new(mem::take(&mut self.forgotten_tickets)));
        }
    }
}

/// The most tickets that wait until this hub has read their entries. They are all woken at once.
const MOST_AWAITED: usize = 128;
