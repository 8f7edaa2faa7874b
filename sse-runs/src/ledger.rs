//! The record of every run. It is pure: it has no clock and no lock.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use bytestring::ByteString;
use sse_hub::Principal;

use crate::{OnDisconnect, Outcome, RunId};

/// The record of every run that is written or remembered. Maps of hashes would keep their capacity when runs are
/// forgotten, so these are trees.
#[derive(Debug)]
pub(crate) struct Ledger {
    runs: BTreeMap<RunId, Run>,
    claims: BTreeMap<(Principal, ByteString), RunId>,
    /// The runs that have ended, by the time of their end.
    ended: BTreeSet<(u64, RunId)>,
    /// The runs without readers, by the time at which they stop.
    deserted: BTreeSet<(Instant, RunId)>,
    /// How long a run is remembered after its end, in ms.
    remember: u64,
}

/// The beginning of a run. Times are in ms since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Begin {
    pub(crate) owner: Principal,
    pub(crate) key: Option<ByteString>,
    pub(crate) on_disconnect: OnDisconnect,
    pub(crate) began: u64,
}

/// The record of a run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) begin: Begin,
    /// The number of its newest event.
    pub(crate) last: u64,
    pub(crate) end: Option<Box<End>>,
    readers: usize,
    /// When it stops unless a reader comes.
    stops: Option<Instant>,
}

/// The end of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) outcome: Outcome,
    pub(crate) at: u64,
}

impl Ledger {
    pub(crate) fn new(remember: Duration) -> Self {
        Self {
            runs: BTreeMap::new(),
            claims: BTreeMap::new(),
            ended: BTreeSet::new(),
            deserted: BTreeSet::new(),
            remember: u64::try_from(remember.as_millis()).unwrap_or(u64::MAX),
        }
    }

    /// Begins a run, unless its owner has claimed its key before; returns the run of the claim then.
    pub(crate) fn begin(&mut self, id: RunId, begin: Begin) -> Result<(), RunId> {
        self.forget(begin.began);
        if let Some(key) = begin.key.clone() {
            let claim = self.claims.entry((begin.owner.clone(), key)).or_insert(id);
            if *claim != id {
                return Err(*claim);
            }
        }
        self.runs.insert(id, Run { begin, last: 0, end: None, readers: 0, stops: None });
        Ok(())
    }

    /// Finds a run of an owner.
    pub(crate) fn find(&self, owner: &Principal, id: RunId) -> Option<&Run> {
        self.runs.get(&id).filter(|run| run.begin.owner == *owner)
    }

    /// Notes the number of a run's newest event.
    pub(crate) fn publish(&mut self, id: RunId, number: u64) {
        if let Some(run) = self.runs.get_mut(&id) {
            run.last = run.last.max(number);
        }
    }

    pub(crate) fn last(&self, id: RunId) -> u64 {
        self.runs.get(&id).map_or(0, |run| run.last)
    }

    /// Ends a run; returns whether it was the first to do so.
    pub(crate) fn end(&mut self, id: RunId, end: End) -> bool {
        let at = end.at;
        let Some(run) = self.runs.get_mut(&id).filter(|run| run.end.is_none()) else {
            return false;
        };
        run.end = Some(Box::new(end));
        if let Some(stops) = run.stops.take() {
            self.deserted.remove(&(stops, id));
        }
        self.ended.insert((at, id));
        self.forget(at);
        true
    }

    /// Forgets runs that ended long ago, and the oldest while too many are remembered.
    pub(crate) fn forget(&mut self, now: u64) {
        while let Some((at, id)) = self.ended.first().copied()
            && (at.saturating_add(self.remember) <= now || self.ended.len() > MOST)
        {
            self.ended.pop_first();
            let Some(Run { begin: Begin { owner, key, .. }, .. }) = self.runs.remove(&id) else {
                continue;
            };
            if let Some(key) = key {
                self.claims.remove(&(owner, key));
            }
        }
    }

    /// Counts a reader.
    pub(crate) fn enter(&mut self, id: RunId) {
        if let Some(run) = self.runs.get_mut(&id) {
            run.readers += 1;
            if let Some(stops) = run.stops.take() {
                self.deserted.remove(&(stops, id));
            }
        }
    }

    /// Discounts a reader. If it was the last, the run's policy applies from now on.
    pub(crate) fn leave(&mut self, id: RunId, now: Instant) {
        let Some(run) = self.runs.get_mut(&id) else { return };
        run.readers -= 1;
        if run.readers == 0
            && run.end.is_none()
            && let Some(patience) = run.begin.on_disconnect.patience()
        {
            let stops = now + patience;
            run.stops = Some(stops);
            self.deserted.insert((stops, id));
        }
    }

    /// Takes the runs that stop now because their readers are gone.
    pub(crate) fn take_deserted(&mut self, now: Instant) -> Vec<RunId> {
        let mut deserted = Vec::new();
        while let Some((stops, id)) = self.deserted.first().copied()
            && stops <= now
        {
            self.deserted.pop_first();
            self.runs.entry(id).and_modify(|run| run.stops = None);
            deserted.push(id);
        }
        deserted
    }

    /// Returns when the next run stops because its readers are gone.
    pub(crate) fn next_deserted(&self) -> Option<Instant> {
        self.deserted.first().map(|(stops, _)| *stops)
    }
}

/// The most ended runs that are remembered, each in some hundred bytes.
const MOST: usize = 16_384;

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(name: &'static str) -> Principal {
        Principal::new(name).expect("short")
    }

    fn begin(name: &'static str, key: Option<&'static str>, began: u64) -> Begin {
        let key = key.map(ByteString::from_static);
        let on_disconnect = OnDisconnect::StopAfter(Duration::from_secs(5));
        Begin { owner: owner(name), key, on_disconnect, began }
    }

    fn ids() -> [RunId; 4] {
        std::array::from_fn(|_| RunId::random().expect("random"))
    }

    fn end(at: u64) -> End {
        End { outcome: Outcome::Finished, at }
    }

    fn ledger() -> Ledger {
        Ledger::new(Duration::from_millis(100))
    }

    #[test]
    fn a_key_belongs_to_the_first_run_of_its_owner_until_that_is_forgotten() {
        let (mut ledger, [a, b, c, d]) = (ledger(), ids());
        assert_eq!(ledger.begin(a, begin("ada", Some("1"), 0)), Ok(()));
        assert_eq!(ledger.begin(b, begin("ada", Some("1"), 1)), Err(a));
        assert_eq!(ledger.begin(b, begin("ada", Some("2"), 1)), Ok(()));
        assert_eq!(ledger.begin(c, begin("bob", Some("1"), 1)), Ok(()));
        assert!(ledger.end(a, end(10)));
        assert!(!ledger.end(a, end(11)), "the first end counts");
        assert_eq!(ledger.begin(d, begin("ada", Some("1"), 109)), Err(a));
        assert_eq!(ledger.begin(d, begin("ada", Some("1"), 110)), Ok(()));
        assert!(ledger.find(&owner("ada"), a).is_none(), "it was forgotten");
    }

    #[test]
    fn only_its_owner_finds_a_run() {
        let (mut ledger, [a, b, ..]) = (ledger(), ids());
        ledger.begin(a, begin("ada", None, 0)).expect("no key");
        ledger.publish(a, 3);
        ledger.publish(b, 3);
        assert_eq!(ledger.find(&owner("ada"), a).map(|run| run.last), Some(3));
        assert!(ledger.find(&owner("bob"), a).is_none());
        assert!(ledger.find(&owner("ada"), b).is_none());
    }

    #[test]
    fn a_run_stops_once_its_last_reader_has_been_gone_for_a_while() {
        let (mut ledger, [a, b, c, _]) = (ledger(), ids());
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        for id in [a, b, c] {
            ledger.begin(id, begin("ada", None, 0)).expect("no key");
            ledger.enter(id);
        }
        assert_eq!(ledger.next_deserted(), None);
        ledger.enter(a);
        ledger.leave(a, at(0));
        assert_eq!(ledger.next_deserted(), None, "another reader is left");
        ledger.leave(a, at(1));
        ledger.leave(b, at(2));
        ledger.leave(c, at(2));
        ledger.enter(b);
        assert_eq!(ledger.next_deserted(), Some(at(6)));
        assert_eq!(ledger.take_deserted(at(5)), []);
        assert!(ledger.end(c, end(3)));
        assert_eq!(ledger.take_deserted(at(9)), [a]);
        assert_eq!(ledger.next_deserted(), None, "one has ended, the other has a reader");
    }

    #[test]
    fn the_oldest_runs_are_forgotten_when_too_many_are_remembered() {
        let mut ledger = Ledger::new(Duration::MAX);
        let first = ids()[0];
        ledger.begin(first, begin("ada", Some("1"), 0)).expect("the first");
        assert!(ledger.end(first, end(0)));
        for number in 0..MOST as u64 {
            let id = ids()[0];
            assert!(ledger.find(&owner("ada"), first).is_some(), "{number}");
            ledger.begin(id, begin("ada", None, number)).expect("no key");
            assert!(ledger.end(id, end(number + 1)));
        }
        assert!(ledger.find(&owner("ada"), first).is_none());
        assert_eq!((ledger.runs.len(), ledger.claims.len()), (MOST, 0));
    }
}
