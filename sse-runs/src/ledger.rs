//! The record of every run. It is pure: it has no clock and no lock.

mod peers;
mod readers;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use bytestring::ByteString;
use sse_hub::{Position, Principal};

use self::{peers::Peers, readers::Readers};
use crate::{Outcome, RunId, begin::Begin, node_id::NodeId};

/// The record of every run that is written or remembered. Every node derives it from the same log.
///
/// Maps of hashes would keep their capacity when runs are forgotten, so these are trees.
#[derive(Debug)]
pub(crate) struct Ledger {
    node: NodeId,
    runs: BTreeMap<RunId, Run>,
    /// The first run in the log with each key.
    claims: BTreeMap<(Principal, ByteString), (Position, RunId)>,
    /// The number of open runs of each owner, including those that this node is about to begin.
    open: BTreeMap<Principal, usize>,
    /// The runs that this node is about to begin.
    reserved: BTreeMap<RunId, Principal>,
    /// The runs that have ended, by the time of their end.
    ended: BTreeSet<(u64, RunId)>,
    /// The runs of this node without readers, by the time at which they stop.
    deserted: BTreeSet<(Instant, RunId)>,
    /// The runs of other nodes whose first reader on this node has come, or whose last has left.
    unannounced: BTreeSet<RunId>,
    peers: Peers,
    /// How long a run is remembered after its end, in ms.
    remember: u64,
    /// The time of the last call of `forget`, in ms since 1970.
    time: u64,
}

/// The record of a run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) begin: Begin,
    /// The number of its newest event.
    pub(crate) last: u64,
    pub(crate) end: Option<Box<End>>,
    readers: Readers,
}

/// The end of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) outcome: Outcome,
    /// In ms since 1970.
    pub(crate) at: u64,
}

impl Ledger {
    pub(crate) fn new(node: NodeId, remember: Duration) -> Self {
        Self {
            node,
            runs: BTreeMap::new(),
            claims: BTreeMap::new(),
            open: BTreeMap::new(),
            reserved: BTreeMap::new(),
            ended: BTreeSet::new(),
            deserted: BTreeSet::new(),
            unannounced: BTreeSet::new(),
            peers: Peers::default(),
            remember: u64::try_from(remember.as_millis()).unwrap_or(u64::MAX),
            time: 0,
        }
    }

    /// Returns the run that has claimed a key.
    pub(crate) fn claim(&self, owner: &Principal, key: &ByteString) -> Option<RunId> {
        let (_, id) = self.claims.get(&(owner.clone(), key.clone()))?;
        (!self.is_expired(*id)).then_some(*id)
    }

    /// Reserves a place for a run that this node is about to begin; returns false if its owner has too many.
    pub(crate) fn reserve(&mut self, id: RunId, owner: &Principal, limit: usize) -> bool {
        if self.open.get(owner).is_some_and(|open| *open >= limit) || limit == 0 {
            return false;
        }
        self.reserved.insert(id, owner.clone());
        *self.open.entry(owner.clone()).or_default() += 1;
        true
    }

    /// Releases the place that was reserved for a run, unless it has begun.
    pub(crate) fn release(&mut self, id: RunId) {
        if let Some(owner) = self.reserved.remove(&id) {
            self.close(&owner);
        }
    }

    /// Counts one open run fewer.
    fn close(&mut self, owner: &Principal) {
        if let Some(open) = self.open.get_mut(owner) {
            *open -= 1;
            if *open == 0 {
                self.open.remove(owner);
            }
        }
    }

    /// Begins a run at a position of the log, unless it is known. If it has a key, the first run with the key in the log
    /// claims it.
    pub(crate) fn begin(&mut self, id: RunId, begin: Begin, position: Position, now: Instant) {
        self.forget(begin.began);
        if self.runs.contains_key(&id) {
            return;
        }
        if let Some(key) = begin.key.clone() {
            let claim = match self.claim(&begin.owner, &key) {
                Some(_) => self.claims[&(begin.owner.clone(), key.clone())].min((position, id)),
                None => (position, id),
            };
            self.claims.insert((begin.owner.clone(), key), claim);
        }
        if self.reserved.remove(&id).is_none() {
            *self.open.entry(begin.owner.clone()).or_default() += 1;
        }
        self.peers.begin(begin.node, begin.lease, id, now);
        self.runs.insert(id, Run { begin, last: 0, end: None, readers: Readers::default() });
    }

    /// Finds a run of an owner.
    pub(crate) fn find(&self, owner: &Principal, id: RunId) -> Option<&Run> {
        let run = self.runs.get(&id).filter(|run| run.begin.owner == *owner)?;
        (!self.is_expired(id)).then_some(run)
    }

    /// Whether a run is being written, as far as this node knows.
    pub(crate) fn is_open(&self, id: RunId) -> bool {
        self.runs.get(&id).is_some_and(|run| run.end.is_none())
    }

    /// Whether a run is known, ended or not.
    pub(crate) fn knows(&self, id: RunId) -> bool {
        self.runs.contains_key(&id)
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
        if let Some(stops) = run.readers.stops.take() {
            self.deserted.remove(&(stops, id));
        }
        self.unannounced.remove(&id);
        self.peers.end(run.begin.node, &run.readers.nodes, id);
        run.readers.nodes.clear();
        let owner = run.begin.owner.clone();
        self.close(&owner);
        self.ended.insert((at, id));
        self.forget(at);
        true
    }

    /// Forgets runs that ended long ago, and the oldest while too many are remembered, but only a few at each call.
    /// [`find`](Self::find) and [`claim`](Self::claim) ignore the expired runs that are left.
    ///
    /// With a log, only times in the log count, so that its nodes agree on which keys are claimed.
    pub(crate) fn forget(&mut self, now: u64) {
        self.time = now;
        for _ in 0..FORGOTTEN_AT_ONCE {
            let Some((_, id)) = self.ended.first().copied() else { return };
            if self.ended.len() <= MOST && !self.is_expired(id) {
                return;
            }
            self.ended.pop_first();
            let Some(Run { begin: Begin { owner, key, .. }, .. }) = self.runs.remove(&id) else {
                continue;
            };
            if let Some(key) = key.map(|key| (owner, key))
                && self.claims.get(&key).is_some_and(|(_, by)| *by == id)
            {
                self.claims.remove(&key);
            }
        }
    }

    /// Whether a run ended so long ago that it should be forgotten.
    fn is_expired(&self, id: RunId) -> bool {
        let end = self.runs.get(&id).and_then(|run| run.end.as_ref());
        end.is_some_and(|end| end.at.saturating_add(self.remember) <= self.time)
    }

    /// Returns when the next run is forgotten, in ms since 1970.
    pub(crate) fn next_forgotten(&self) -> Option<u64> {
        self.ended.first().map(|(at, _)| at.saturating_add(self.remember))
    }

    /// Forgets everything: the log was lost.
    pub(crate) fn clear(&mut self) {
        *self = Self::new(self.node, Duration::from_millis(self.remember));
    }
}

/// The leases of the nodes.
impl Ledger {
    /// Notes that a node has renewed its lease.
    pub(crate) fn renew(&mut self, node: NodeId, lease: Duration, now: Instant) {
        self.peers.renew(node, lease, now);
    }

    /// Counts all leases from now on, since renewals may have been missed.
    pub(crate) fn renew_all(&mut self, now: Instant) {
        self.peers.renew_all(now);
    }

    /// Returns when this node has to renew its lease; `None` if it need not.
    pub(crate) fn next_renewal(&self) -> Option<Instant> {
        self.peers.next_renewal(self.node)
    }

    /// Returns when the lease of another node expires.
    pub(crate) fn next_expiry(&self) -> Option<Instant> {
        self.peers.next_expiry(self.node)
    }

    /// Returns the open runs of nodes whose lease had expired at a time. Call it once this node has read everything that
    /// was in the log at that time: a renewal that it had not read would have been in between.
    pub(crate) fn condemn(&mut self, asked: Instant, now: Instant) -> Vec<RunId> {
        let mut runs = Vec::new();
        for node in self.peers.expired(self.node, asked) {
            runs.extend(self.peers.runs(node));
            for id in self.peers.watched(node) {
                self.peers.unwatch(node, id);
                self.watch(node, id, false, now);
            }
        }
        runs
    }

    /// Returns the open runs of all other nodes.
    pub(crate) fn foreign(&self) -> Vec<RunId> {
        let foreign = |run: &Run| run.begin.node != self.node && run.end.is_none();
        self.runs.iter().filter(|(_, run)| foreign(run)).map(|(id, _)| *id).collect()
    }
}

/// The most ended runs that are remembered, each in some hundred bytes.
const MOST: usize = 16_384;

/// The most runs that one call forgets, because it holds the lock. Each end of a run adds one and forgets as many.
const FORGOTTEN_AT_ONCE: usize = 32;

#[cfg(test)]
mod model;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OnDisconnect;

    fn owner(name: &'static str) -> Principal {
        Principal::new(name).expect("short")
    }

    const ME: NodeId = NodeId::new(1);
    const OTHER: NodeId = NodeId::new(2);
    const LEASE: Duration = Duration::from_secs(30);

    fn begin(name: &'static str, key: Option<&'static str>, began: u64) -> Begin {
        let key = key.map(ByteString::from_static);
        let on_disconnect = OnDisconnect::StopAfter(Duration::from_secs(5));
        Begin { owner: owner(name), key, on_disconnect, began, node: ME, lease: LEASE }
    }

    /// Begins a run at a position; returns whether it has claimed its key.
    fn begins(ledger: &mut Ledger, id: RunId, begin: Begin, position: u64) -> bool {
        ledger.begin(id, begin.clone(), Position::new(0, position), Instant::now());
        begin.key.is_none_or(|key| ledger.claim(&begin.owner, &key) == Some(id))
    }

    fn ids() -> [RunId; 4] {
        std::array::from_fn(|_| RunId::random().expect("random"))
    }

    fn end(at: u64) -> End {
        End { outcome: Outcome::Finished, at }
    }

    fn ledger() -> Ledger {
        Ledger::new(ME, Duration::from_millis(100))
    }

    #[test]
    fn a_key_belongs_to_the_first_run_of_its_owner_until_that_is_forgotten() {
        let (mut ledger, [a, b, c, d]) = (ledger(), ids());
        assert!(begins(&mut ledger, a, begin("ada", Some("1"), 0), 5));
        assert!(!begins(&mut ledger, b, begin("ada", Some("1"), 1), 6));
        assert!(begins(&mut ledger, c, begin("bob", Some("1"), 1), 7));
        assert!(ledger.end(b, end(2)));
        assert!(ledger.end(a, end(10)));
        assert!(!ledger.end(a, end(11)), "the first end counts");
        assert!(!begins(&mut ledger, d, begin("ada", Some("1"), 109), 8));
        assert_eq!(ledger.claim(&owner("ada"), &"1".into()), Some(a));
        ledger.forget(110);
        assert!(ledger.find(&owner("ada"), a).is_none(), "it was forgotten");
        assert_eq!(ledger.claim(&owner("ada"), &"1".into()), None);
        // A record that is read late is still the first.
        let [late, ..] = ids();
        assert!(begins(&mut ledger, ids()[0], begin("ada", Some("2"), 110), 20));
        assert!(begins(&mut ledger, late, begin("ada", Some("2"), 110), 19));
    }

    #[test]
    fn only_its_owner_finds_a_run() {
        let (mut ledger, [a, b, ..]) = (ledger(), ids());
        begins(&mut ledger, a, begin("ada", None, 0), 1);
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
            begins(&mut ledger, id, begin("ada", None, 0), 1);
            ledger.enter(id, start);
        }
        assert_eq!(ledger.next_deserted(), None);
        ledger.enter(a, start);
        ledger.leave(a, at(0));
        assert_eq!(ledger.next_deserted(), None, "another reader is left");
        ledger.leave(a, at(1));
        ledger.leave(b, at(2));
        ledger.leave(c, at(2));
        ledger.enter(b, at(3));
        assert_eq!(ledger.next_deserted(), Some(at(6)));
        assert_eq!(ledger.take_deserted(at(5)), []);
        assert!(ledger.end(c, end(3)));
        assert_eq!(ledger.take_deserted(at(9)), [a]);
        assert_eq!(ledger.next_deserted(), None, "one has ended, the other has a reader");
    }

    #[test]
    fn a_run_has_readers_as_long_as_any_node_has() {
        let (mut ledger, [a, b, ..]) = (ledger(), ids());
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        begins(&mut ledger, a, begin("ada", None, 0), 1);
        ledger.enter(a, start);
        ledger.announce(OTHER, LEASE, a, true, start);
        ledger.leave(a, at(1));
        assert_eq!(ledger.next_deserted(), None);
        ledger.announce(OTHER, LEASE, a, false, at(2));
        assert_eq!(ledger.next_deserted(), Some(at(7)));
        // Readers on a node that is gone do not count.
        ledger.announce(OTHER, LEASE, a, true, at(3));
        assert_eq!((ledger.next_deserted(), ledger.next_expiry()), (None, Some(at(33))));
        assert_eq!(ledger.condemn(at(33), at(34)), []);
        assert_eq!((ledger.next_deserted(), ledger.next_expiry()), (Some(at(39)), None));

        // A node announces its readers of another node's run.
        let other = Begin { node: OTHER, ..begin("ada", None, 0) };
        begins(&mut ledger, b, other, 2);
        ledger.enter(b, start);
        ledger.enter(b, start);
        assert_eq!(ledger.announcements(), [(b, true)]);
        ledger.announce(ME, LEASE, b, true, start);
        assert_eq!(ledger.announcements(), []);
        ledger.leave(b, start);
        assert_eq!(ledger.announcements(), []);
        ledger.leave(b, start);
        assert_eq!(ledger.announcements(), [(b, false)]);
        assert!(ledger.end(b, end(1)));
        assert_eq!(ledger.announcements(), []);
    }

    #[test]
    fn a_node_that_does_not_renew_its_lease_loses_its_runs() {
        let (mut ledger, [a, b, c, _]) = (ledger(), ids());
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let of = |node| Begin { node, ..begin("ada", None, 0) };
        assert_eq!((ledger.next_renewal(), ledger.next_expiry()), (None, None));
        ledger.begin(a, of(ME), Position::START, start);
        ledger.begin(b, of(OTHER), Position::START, at(1));
        ledger.begin(c, of(OTHER), Position::START, at(2));
        assert_eq!(ledger.next_renewal(), Some(at(10)), "a third of its lease");
        ledger.renew(ME, LEASE, at(9));
        assert_eq!(ledger.next_renewal(), Some(at(19)));
        assert_eq!(ledger.next_expiry(), Some(at(32)));
        ledger.renew(OTHER, LEASE, at(20));
        assert_eq!(ledger.condemn(at(49), at(49)), []);
        let mut condemned = ledger.condemn(at(50), at(50));
        condemned.sort_unstable();
        let mut expected = [b, c];
        expected.sort_unstable();
        assert_eq!(condemned, expected);
        ledger.renew_all(at(51));
        assert_eq!(ledger.condemn(at(80), at(80)), [], "renewals may have been missed");
        assert!(ledger.end(b, end(1)) && ledger.end(c, end(1)));
        assert_eq!(ledger.next_expiry(), None);
        assert_eq!(ledger.condemn(at(1_000), at(1_000)), [], "it does not condemn its own");
        assert!(ledger.end(a, end(1)));
        assert_eq!(ledger.next_renewal(), None, "nothing to keep");
        ledger.renew(OTHER, LEASE, at(90));
        assert!(ledger.peers.is_empty());
    }

    #[test]
    fn the_oldest_runs_are_forgotten_when_too_many_are_remembered() {
        let mut ledger = Ledger::new(ME, Duration::MAX);
        let first = ids()[0];
        begins(&mut ledger, first, begin("ada", Some("1"), 0), 1);
        assert!(ledger.end(first, end(0)));
        for number in 0..MOST as u64 {
            let id = ids()[0];
            assert!(ledger.find(&owner("ada"), first).is_some(), "{number}");
            begins(&mut ledger, id, begin("ada", None, number), number + 2);
            assert!(ledger.end(id, end(number + 1)));
        }
        assert!(ledger.find(&owner("ada"), first).is_none());
        assert_eq!((ledger.runs.len(), ledger.claims.len()), (MOST, 0));
    }

    #[test]
    fn an_owner_has_as_many_open_runs_as_it_may() {
        let (mut ledger, [a, b, c, d]) = (ledger(), ids());
        let (ada, bob) = (owner("ada"), owner("bob"));
        assert!(!ledger.reserve(a, &ada, 0));
        assert!(ledger.reserve(a, &ada, 2));
        begins(&mut ledger, a, begin("ada", None, 0), 1);
        begins(&mut ledger, b, begin("ada", None, 0), 2); // on another node
        assert!(!ledger.reserve(c, &ada, 2));
        assert!(ledger.reserve(c, &bob, 2), "the limit is each owner's own");
        ledger.release(c);
        assert!(ledger.end(b, end(1)) && !ledger.end(b, end(1)));
        assert!(ledger.reserve(c, &ada, 2));
        assert!(!ledger.reserve(d, &ada, 2), "that one is about to begin");
        ledger.release(c);
        ledger.release(c);
        ledger.release(a);
        assert!(ledger.reserve(d, &ada, 2) && !ledger.reserve(c, &ada, 2), "one has begun");
        ledger.release(d);
        assert!(ledger.end(a, end(2)));
        assert!(ledger.open.is_empty() && ledger.reserved.is_empty());
    }

    #[test]
    fn many_runs_are_forgotten_a_few_at_a_time_and_are_not_found_meanwhile() {
        let (mut ledger, count) = (ledger(), 10 * FORGOTTEN_AT_ONCE);
        let mut begun: Vec<_> = (0..count).map(|_| ids()[0]).collect();
        begun.sort_unstable();
        for (position, id) in (0..).zip(&begun) {
            begins(&mut ledger, *id, begin("ada", Some("1"), 0), position);
            ledger.end(*id, end(0));
        }
        assert_eq!(ledger.runs.len(), count);
        let [again, ..] = ids();
        assert!(begins(&mut ledger, again, begin("ada", Some("1"), 100), count as u64));
        assert_eq!(ledger.runs.len(), count - FORGOTTEN_AT_ONCE + 1);
        assert!(begun.iter().all(|id| ledger.find(&owner("ada"), *id).is_none()));
        // The clock may be set back.
        ledger.forget(50);
        assert!(ledger.find(&owner("ada"), begun[count - 1]).is_some());
        assert_eq!(ledger.next_forgotten(), Some(100), "the rest is overdue");
        for _ in 0..10 {
            ledger.forget(100);
        }
        assert_eq!((ledger.runs.len(), ledger.next_forgotten()), (1, None));
        assert_eq!(ledger.claim(&owner("ada"), &"1".into()), Some(again));
    }
}
