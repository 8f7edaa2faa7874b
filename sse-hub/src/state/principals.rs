//! Subscriptions that belong to a principal, and their revocation.

use std::hash::BuildHasher;

use super::State;
use crate::{Principal, work::Work};

impl State {
    /// Registers a subscription of a principal; returns the registration.
    pub(crate) fn register(&mut self, principal: &Principal, work: &mut Work) -> usize {
        work.spend(Work::SEARCH);
        self.principals.register(self.hasher.hash_one(principal), principal)
    }

    /// Notes the slot of a registered subscription, which a revocation wakes.
    pub(crate) fn enter(&mut self, registration: usize, slot: usize) {
        self.principals.enter(registration, slot);
    }

    /// Removes the registration of a subscription, and its slot if it has entered.
    pub(crate) fn unregister(&mut self, registration: usize, slot: Option<usize>, work: &mut Work) {
        work.spend(Work::SEARCH);
        self.principals.unregister(registration, slot, work);
    }

    /// Whether a subscription was revoked; one without a registration never is.
    pub(crate) fn is_revoked(&self, registration: Option<usize>) -> bool {
        registration.is_some_and(|registration| self.principals.is_revoked(registration))
    }

    /// Revokes all subscriptions of a principal, and its tickets.
    pub(crate) fn revoke(&mut self, principal: &Principal, work: &mut Work) {
        work.spend(Work::SEARCH);
        self.principals.revoke(self.hasher.hash_one(principal), principal);
        #[cfg(feature = "tickets")]
        self.tickets.revoke(principal, work);
    }

    /// Revokes all subscriptions that have a principal, and all tickets: an entry that concerns them may be lost. The
    /// caller wakes everyone.
    pub(super) fn revoke_all(&mut self) {
        self.principals.revoke_all();
        #[cfg(feature = "tickets")]
        self.forget_tickets();
    }
}
