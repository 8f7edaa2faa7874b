//! The tickets that were issued and not used.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use crate::{Position, Principal, TicketError, ticket::TicketHash, work::Work};

/// The tickets that were issued and not used, and those that this hub is redeeming.
#[derive(Debug, Default)]
pub(crate) struct Tickets {
    by_hash: BTreeMap<TicketHash, Issued>,
    by_expiry: BTreeSet<(Instant, TicketHash)>,
    by_principal: BTreeSet<(Principal, TicketHash)>,
    /// The bytes of all principals.
    name_bytes: usize,
}

#[derive(Debug)]
struct Issued {
    principal: Principal,
    expires: Instant,
    usage: Usage,
}

#[derive(Debug, PartialEq, Eq)]
enum Usage {
    Unused,
    /// This hub redeems it, and no use has been read from the log.
    Redeeming,
    /// This hub redeems it, and the first use is at this position.
    Used(Position),
}

impl Tickets {
    /// Removes expired tickets, while steps are left; returns an error if the principal may have no more.
    pub(crate) fn check(
        &mut self,
        principal: &Principal,
        now: Instant,
        work: &mut Work,
    ) -> Result<(), TicketError> {
        while let Some((expires, hash)) = self.by_expiry.first().copied()
            && expires <= now
            && !work.is_done()
        {
            work.spend(ONE);
            self.remove(&hash);
        }
        if self.by_hash.len() >= MOST {
            return Err(TicketError::TooMany { limit: MOST });
        }
        let mut left = 0;
        for hash in self.of(principal) {
            work.spend(ONE);
            match self.by_hash.get(&hash) {
                Some(ticket) if ticket.expires <= now && ticket.usage == Usage::Unused => {
                    self.remove(&hash);
                }
                _ => left += 1,
            }
        }
        if left >= MOST_OF_ONE {
            return Err(TicketError::TooMany { limit: MOST_OF_ONE });
        }
        Ok(())
    }

    /// Adds a ticket, unless there are [too many](Self::check) or its hash is known.
    pub(crate) fn insert(
        &mut self,
        hash: TicketHash,
        principal: Principal,
        expires: Instant,
        now: Instant,
        work: &mut Work,
    ) -> Result<(), TicketError> {
        self.check(&principal, now, work)?;
        if self.contains(&hash) {
            return Err(TicketError::Refused);
        }
        work.spend(ONE);
        self.name_bytes += principal.as_str().len();
        self.by_expiry.insert((expires, hash));
        self.by_principal.insert((principal.clone(), hash));
        self.by_hash.insert(hash, Issued { principal, expires, usage: Usage::Unused });
        Ok(())
    }

    pub(crate) fn contains(&self, hash: &TicketHash) -> bool {
        self.by_hash.contains_key(hash)
    }

    /// Begins to redeem a ticket, so that no other call can. Returns false if it is not valid.
    pub(crate) fn begin(&mut self, hash: &TicketHash, now: Instant) -> bool {
        let Some(ticket) = self.by_hash.get_mut(hash) else { return false };
        if ticket.usage != Usage::Unused {
            return false;
        }
        self.by_expiry.remove(&(ticket.expires, *hash));
        ticket.usage = Usage::Redeeming;
        if ticket.expires <= now {
            self.remove(hash);
            return false;
        }
        true
    }

    /// Notes that a ticket was used by an entry of the log.
    pub(crate) fn note_use(&mut self, hash: &TicketHash, position: Position) {
        match self.by_hash.get_mut(hash).map(|ticket| &mut ticket.usage) {
            Some(Usage::Unused) => _ = self.remove(hash),
            Some(usage @ Usage::Redeeming) => *usage = Usage::Used(position),
            Some(Usage::Used(_)) | None => {}
        }
    }

    /// Removes a ticket that was being redeemed; returns its principal if the first use is at `position`, or if the
    /// tickets have no log.
    pub(crate) fn end(
        &mut self,
        hash: &TicketHash,
        position: Option<Position>,
    ) -> Option<Principal> {
        let usage = position.map_or(Usage::Redeeming, Usage::Used);
        let ticket = self.remove(hash)?;
        (ticket.usage == usage).then_some(ticket.principal)
    }

    /// Removes all tickets of a principal.
    pub(crate) fn revoke(&mut self, principal: &Principal, work: &mut Work) {
        for hash in self.of(principal) {
            work.spend(ONE);
            self.remove(&hash);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.by_hash.is_empty()
    }

    /// The memory that they take, in bytes, with trees whose nodes are half full.
    pub(crate) fn memory(&self) -> usize {
        const PLACES: usize = size_of::<(TicketHash, Issued)>()
            + size_of::<(Instant, TicketHash)>()
            + size_of::<(Principal, TicketHash)>();
        self.by_hash.len() * (2 * PLACES + 40) + self.name_bytes
    }

    /// The tickets of a principal: at most [`MOST_OF_ONE`].
    fn of(&self, principal: &Principal) -> Vec<TicketHash> {
        let end = |byte| (principal.clone(), [byte; 32]);
        self.by_principal.range(end(0)..=end(u8::MAX)).map(|(_, hash)| *hash).collect()
    }

    fn remove(&mut self, hash: &TicketHash) -> Option<Issued> {
        let ticket = self.by_hash.remove(hash)?;
        self.by_expiry.remove(&(ticket.expires, *hash));
        self.name_bytes -= ticket.principal.as_str().len();
        self.by_principal.remove(&(ticket.principal.clone(), *hash));
        Some(ticket)
    }
}

/// The most tickets of one principal: a browser opens six connections to a server over HTTP/1.1.
pub(crate) const MOST_OF_ONE: usize = 16;

/// The most tickets of all principals, which take about 8 MB.
const MOST: usize = 16_384;

/// The steps to add or remove a ticket, which is in three trees.
const ONE: usize = 8;

#[cfg(all(test, not(loom)))]
mod tests {
    use std::{collections::HashMap, time::Duration};

    use super::*;

    #[test]
    fn tickets_are_a_map_within_limits_that_forgets_what_is_used_or_old() {
        let mut rng = fastrand::Rng::with_seed(1);
        let (mut tickets, mut model) = (Tickets::default(), HashMap::new());
        let mut now = Instant::now();
        let (mut refused, mut redeemed) = (0, 0);
        for round in 0..50_000_u64 {
            let work = &mut Work::default();
            let principal = rng.u8(..30);
            let name = Principal::new(principal.to_string()).expect("short");
            let hash = |of: u64| -> TicketHash {
                [of.to_le_bytes(); 4].concat().try_into().expect("32 bytes")
            };
            let known = rng.choice(model.keys().copied().collect::<Vec<u64>>());
            let valid = |(of, expires): &(u8, Instant)| *of == principal && *expires > now;
            let of_one = model.values().filter(|ticket| valid(ticket)).count();
            match rng.u8(..20) {
                0..10 => {
                    let expires = now + Duration::from_millis(rng.u64(..20_000));
                    let added = tickets.insert(hash(round), name, expires, now, work);
                    assert_eq!(added.is_ok(), of_one < MOST_OF_ONE, "{added:?}");
                    match added {
                        Ok(()) => _ = model.insert(round, (principal, expires)),
                        Err(_) => refused += 1,
                    }
                }
                10..14 => now += Duration::from_millis(rng.u64(..30)),
                14 if rng.u8(..4) == 0 => {
                    tickets.revoke(&name, work);
                    model.retain(|_, (of, _)| *of != principal);
                }
                15 => {
                    let hash = hash(known.unwrap_or(round));
                    let ticket = known.and_then(|known| model.remove(&known));
                    let valid = ticket.filter(|(_, expires)| *expires > now);
                    assert_eq!(tickets.begin(&hash, now), valid.is_some());
                    assert!(!tickets.begin(&hash, now), "another call redeems it");
                    let at = |lower| Position::new(0, lower);
                    let ours = rng.bool();
                    tickets.note_use(&hash, at(if ours { 7 } else { 6 }));
                    tickets.note_use(&hash, at(7));
                    let principal = tickets.end(&hash, Some(at(7)));
                    assert_eq!(principal.is_some(), valid.is_some() && ours);
                    redeemed += usize::from(principal.is_some());
                    assert!(!tickets.contains(&hash));
                }
                16 => {
                    if let Some(known) = known {
                        tickets.note_use(&hash(known), Position::START);
                        model.remove(&known);
                    }
                }
                _ => {}
            }
            assert!(tickets.by_hash.len() >= model.values().filter(|it| it.1 > now).count());
            assert_eq!(tickets.by_hash.len(), tickets.by_expiry.len());
            assert_eq!(tickets.by_hash.len(), tickets.by_principal.len());
        }
        assert!(refused > 100 && redeemed > 100, "{refused} refused, {redeemed} redeemed");
        now += Duration::from_secs(60);
        let name = Principal::new("another").expect("short");
        while !tickets.is_empty() {
            let before = tickets.by_hash.len();
            tickets.check(&name, now, &mut Work::default()).expect("room");
            assert!(tickets.by_hash.len() < before, "old ones are removed");
        }
        assert_eq!((tickets.memory(), tickets.name_bytes), (0, 0));
    }

    #[test]
    fn there_is_a_limit_for_all_principals_together() {
        let mut tickets = Tickets::default();
        let now = Instant::now();
        let mut insert = |number: usize, now: Instant| {
            let mut hash = [0; 32];
            hash[..8].copy_from_slice(&number.to_le_bytes());
            let name = Principal::new((number / MOST_OF_ONE).to_string()).expect("short");
            let expires = now + Duration::from_secs(1);
            tickets.insert(hash, name, expires, now, &mut Work::default())
        };
        for number in 0..MOST {
            assert_eq!(insert(number, now), Ok(()));
        }
        assert_eq!(insert(MOST, now), Err(TicketError::TooMany { limit: MOST }));
        assert_eq!(insert(MOST, now + Duration::from_secs(1)), Ok(()));
        let one = tickets.memory() / tickets.by_hash.len();
        assert!(one < 500, "a ticket takes {one} bytes");
    }
}
