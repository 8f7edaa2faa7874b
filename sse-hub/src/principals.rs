//! The subscriptions of principals.

use std::collections::{BTreeSet, VecDeque};

use crate::{Principal, shared::Waiters, table::Table, work::Work};

/// The subscriptions of principals, in groups. A revocation closes its principal's group at once. Later
/// subscriptions of the principal join another.
#[derive(Debug)]
pub(crate) struct Principals {
    groups: Table<Group>,
    /// The groups by the hash of their principal. It has revoked groups only if all were revoked.
    by_hash: BTreeSet<(u64, usize)>,
    /// The number of the next group.
    next: u64,
    /// The groups with smaller numbers are revoked.
    valid_from: u64,
    /// The revoked groups whose subscriptions have yet to be woken, each with the slot from which to continue.
    unwoken: VecDeque<(usize, usize)>,
    memory: usize,
}

#[derive(Debug)]
struct Group {
    principal: Principal,
    hash: u64,
    number: u64,
    subscriptions: usize,
    /// The slots of those that have been polled.
    slots: BTreeSet<usize>,
}

impl Principals {
    /// Adds a subscription; returns the key of its group. `hash` is that of the principal.
    pub(crate) fn register(&mut self, hash: u64, principal: &Principal) -> usize {
        self.memory += SUBSCRIPTION;
        let key = self.find(hash, principal).unwrap_or_else(|| {
            let (principal, number) = (principal.clone(), self.next);
            self.next += 1;
            self.memory += Group::memory(&principal);
            let slots = BTreeSet::new();
            let group = Group { principal, hash, number, subscriptions: 0, slots };
            let key = self.groups.insert(group);
            self.by_hash.insert((hash, key));
            key
        });
        self.groups[key].subscriptions += 1;
        key
    }

    /// Notes the slot of a subscription, which a revocation wakes.
    pub(crate) fn enter(&mut self, key: usize, slot: usize) {
        self.groups[key].slots.insert(slot);
    }

    /// Removes a subscription, with its slot if it has entered.
    pub(crate) fn unregister(&mut self, key: usize, slot: Option<usize>, work: &mut Work) {
        self.memory -= SUBSCRIPTION;
        let group = &mut self.groups[key];
        slot.iter().for_each(|slot| _ = group.slots.remove(slot));
        group.subscriptions -= 1;
        if group.subscriptions == 0 {
            let group = self.groups.remove(key, work);
            self.by_hash.remove(&(group.hash, key));
            self.memory -= Group::memory(&group.principal);
        }
    }

    pub(crate) fn is_revoked(&self, key: usize) -> bool {
        self.groups[key].number < self.valid_from
    }

    /// Revokes all subscriptions of a principal. They are woken [later](Self::wake_some).
    pub(crate) fn revoke(&mut self, hash: u64, principal: &Principal) {
        if let Some(key) = self.find(hash, principal) {
            self.groups[key].number = REVOKED;
            self.by_hash.remove(&(hash, key));
            self.unwoken.push_back((key, 0));
        }
    }

    /// Revokes the subscriptions of all principals, without waking them.
    pub(crate) fn revoke_all(&mut self) {
        self.valid_from = self.next;
    }

    /// Wakes revoked subscriptions, while steps are left; returns whether there are more.
    pub(crate) fn wake_some(&mut self, waiters: &mut Waiters) -> bool {
        while let Some((key, next)) = self.unwoken.front_mut() {
            // If the group is gone, another may have its key: its subscriptions are then woken needlessly.
            if let Some(group) = self.groups.get(*key) {
                for slot in group.slots.range(*next..) {
                    if waiters.work.is_done() {
                        *next = *slot;
                        return true;
                    }
                    waiters.wake(*slot);
                }
            }
            self.unwoken.pop_front();
            waiters.work.spend(1);
        }
        false
    }

    /// The memory that they take, in bytes.
    pub(crate) fn memory(&self) -> usize {
        self.memory
    }

    /// The group that new subscriptions of a principal join.
    fn find(&self, hash: u64, principal: &Principal) -> Option<usize> {
        let mut keys = self.by_hash.range((hash, 0)..=(hash, usize::MAX)).map(|(_, key)| *key);
        keys.find(|key| self.groups[*key].principal == *principal && !self.is_revoked(*key))
    }
}

impl Default for Principals {
    fn default() -> Self {
        Self {
            groups: Table::default(),
            by_hash: BTreeSet::new(),
            next: REVOKED + 1,
            valid_from: REVOKED + 1,
            unwoken: VecDeque::new(),
            memory: 0,
        }
    }
}

impl Group {
    /// The memory that it takes without its subscriptions: its places in the tables, whose nodes are half full, the
    /// first node of its slots, and its principal.
    fn memory(principal: &Principal) -> usize {
        2 * size_of::<Self>() + 36 + 112 + principal.as_str().len() + 40
    }
}

/// The number of a group that was revoked.
const REVOKED: u64 = 0;

/// The memory of a slot in a tree whose nodes are half full, in bytes.
const SUBSCRIPTION: usize = 20;

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::shared::Shared;

    #[test]
    fn a_revocation_closes_the_groups_of_its_time() {
        let mut rng = fastrand::Rng::with_seed(1);
        let mut principals = Principals::default();
        let work = &mut Work::default();
        // Each subscription's key, principal and slot, and whether it is revoked.
        let mut model: Vec<(usize, u32, Option<usize>, bool)> = Vec::new();
        let mut revocations = 0;
        for round in 0..20_000 {
            let number = rng.u32(..50);
            let principal = Principal::new(number.to_string()).expect("short");
            // Few, so that principals share one.
            let hash = u64::from(number % 7);
            match rng.u32(..100) {
                0..40 => {
                    let key = principals.register(hash, &principal);
                    let slot = rng.bool().then_some(round);
                    slot.iter().for_each(|slot| principals.enter(key, *slot));
                    model.push((key, number, slot, false));
                }
                40..80 if !model.is_empty() => {
                    let (key, _, slot, _) = model.swap_remove(rng.usize(..model.len()));
                    principals.unregister(key, slot, work);
                }
                80..85 => {
                    principals.revoke(hash, &principal);
                    for (_, _, _, revoked) in model.iter_mut().filter(|it| it.1 == number) {
                        revocations += usize::from(!*revoked);
                        *revoked = true;
                    }
                }
                99 if rng.bool() => {
                    principals.revoke_all();
                    model.iter_mut().for_each(|it| it.3 = true);
                }
                _ => {}
            }
            for (key, number, _, revoked) in &model {
                assert_eq!(principals.is_revoked(*key), *revoked, "principal {number}");
            }
        }
        assert!(revocations > 100);
        for (key, _, slot, _) in model {
            principals.unregister(key, slot, work);
        }
        assert_eq!((principals.memory(), principals.groups.len()), (0, 0), "nothing is left");
        assert!(principals.by_hash.is_empty());
    }

    #[test]
    fn a_revocation_wakes_every_subscription_in_several_holds() {
        const MANY: usize = 3 * Work::STEPS + 1;
        let principal = Principal::new("ada").expect("short");
        let shared = Shared::new(Principals::default());
        shared.change(|principals, waiters| {
            for _ in 0..MANY {
                let key = principals.register(1, &principal);
                principals.enter(key, waiters.open().key());
            }
            principals.revoke(1, &principal);
        });
        let more = (0..100).take_while(|_| shared.change(Principals::wake_some)).count();
        assert_eq!(more, 3, "holds that leave some to the next");
        assert!(shared.most_steps() <= Work::STEPS + 1);
    }
}
