//! Random operations of several nodes on one log, whose rules are those of a backend.

use std::{
    collections::{BTreeMap, HashSet},
    time::{Duration, Instant},
};

use bytestring::ByteString;
use sse_hub::{Position, Principal};

use super::{End, Ledger};
use crate::{OnDisconnect, Outcome, RunId, begin::Begin, node_id::NodeId};

const LEASE: Duration = Duration::from_secs(30);
const MS: Duration = Duration::from_millis(1);

/// An entry of the log.
#[derive(Clone)]
enum Entry {
    Begin(RunId, Begin),
    Event(RunId, u64),
    End(RunId, Outcome),
    Renew(NodeId),
}

/// The log, which refuses entries of a run after its end.
#[derive(Default)]
struct Log {
    entries: Vec<(Entry, Instant)>,
    ended: HashSet<RunId>,
}

impl Log {
    /// Appends an entry; returns whether it was accepted.
    fn append(&mut self, entry: Entry, now: Instant) -> bool {
        if let Entry::Event(id, _) | Entry::End(id, _) = &entry
            && self.ended.contains(id)
        {
            return false;
        }
        if let Entry::End(id, _) = &entry {
            self.ended.insert(*id);
        }
        self.entries.push((entry, now));
        true
    }

    /// The time of the newest entry by which a node has renewed its lease, before a place.
    fn renewed(&self, node: NodeId, before: usize) -> Option<Instant> {
        let renews = |entry: &Entry| match entry {
            Entry::Begin(_, begin) => begin.node == node,
            Entry::Renew(by) => *by == node,
            _ => false,
        };
        let mut newest = self.entries[..before].iter().rev();
        newest.find(|(entry, _)| renews(entry)).map(|(_, at)| *at)
    }
}

/// A node, which has read the log up to a place.
struct Node {
    id: NodeId,
    ledger: Ledger,
    read: usize,
    /// Until when it does nothing, as after SIGSTOP.
    stopped_until: Instant,
    killed: Option<Instant>,
    /// When it asked who is gone, and the place of its own message.
    judging: Option<(Instant, usize)>,
    writes: Vec<(RunId, u64)>,
}

impl Node {
    fn new(number: u64, now: Instant) -> Self {
        let id = NodeId::new(number);
        let ledger = Ledger::new(id, Duration::MAX);
        let (judging, writes) = (None, Vec::new());
        Self { id, ledger, read: 0, stopped_until: now, killed: None, judging, writes }
    }

    fn read_one(&mut self, log: &Log, now: Instant) -> bool {
        let Some((entry, _)) = log.entries.get(self.read) else { return false };
        let position = Position::new(0, self.read as u64);
        match entry.clone() {
            Entry::Begin(id, begin) => self.ledger.begin(id, begin, position, now),
            Entry::Event(id, number) => self.ledger.publish(id, number),
            Entry::End(id, outcome) => {
                assert!(self.ledger.end(id, End { outcome, at: 0 }), "a run ends once");
            }
            Entry::Renew(node) => self.ledger.renew(node, LEASE, now),
        }
        self.read += 1;
        true
    }

    /// Does what the background does.
    fn work(&mut self, log: &mut Log, now: Instant) {
        if self.ledger.next_renewal().is_some_and(|at| at <= now) {
            log.append(Entry::Renew(self.id), now);
        }
        match self.judging {
            None if self.ledger.next_expiry().is_some_and(|at| at <= now) => {
                log.append(Entry::Renew(self.id), now);
                self.judging = Some((now, log.entries.len()));
            }
            Some((asked, place)) if self.read >= place => {
                self.judging = None;
                for id in self.ledger.condemn(asked, now) {
                    let node = self.ledger.runs[&id].begin.node;
                    let silent = log.renewed(node, place).map(|at| asked - at);
                    assert!(silent.is_some_and(|it| it >= LEASE), "{node:?} was silent {silent:?}");
                    log.append(Entry::End(id, Outcome::Abandoned), now);
                }
            }
            _ => {}
        }
    }

    fn is_away(&self, now: Instant) -> bool {
        self.killed.is_some() || self.stopped_until > now
    }
}

fn owner() -> Principal {
    Principal::new("ada").expect("short")
}

/// The keys that the runs of a log are begun with, the first run with each, and how each run ends.
type Facts = (BTreeMap<ByteString, RunId>, BTreeMap<RunId, (u64, Option<Outcome>)>);

fn facts(log: &Log) -> Facts {
    let (mut claims, mut runs) = (BTreeMap::new(), BTreeMap::new());
    for (entry, _) in &log.entries {
        match entry.clone() {
            Entry::Begin(id, begin) => {
                claims.entry(begin.key.expect("each has one")).or_insert(id);
                runs.insert(id, (0, None));
            }
            Entry::Event(id, number) => _ = runs.entry(id).and_modify(|run| run.0 = number),
            Entry::End(id, outcome) => _ = runs.entry(id).and_modify(|run| run.1 = Some(outcome)),
            Entry::Renew(_) => {}
        }
    }
    (claims, runs)
}

#[test]
fn nodes_agree_on_claims_and_ends_and_only_silent_nodes_lose_their_runs() {
    let (mut abandoned, mut refused, mut lost) = (0, 0, 0);
    for seed in 0..200 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut now = Instant::now();
        let mut log = Log::default();
        let mut nodes: Vec<_> = (1..=4).map(|number| Node::new(number, now)).collect();
        for _ in 0..2_000 {
            now += MS * rng.u32(..200);
            let at = rng.usize(..nodes.len());
            let node = &mut nodes[at];
            if node.is_away(now) {
                continue;
            }
            match rng.u32(..1_000) {
                // One node stays, and reads in time: it ends the runs of all others.
                0..2 if at > 0 => node.stopped_until = now + MS * rng.u32(..200_000),
                2..3 if at > 0 => node.killed = Some(now),
                3..40 => {
                    let id = RunId::random().expect("random");
                    let key = Some(ByteString::from(rng.u8(..30).to_string()));
                    let on_disconnect = OnDisconnect::Continue;
                    let (node, lease) = (node.id, LEASE);
                    let begin = Begin { owner: owner(), key, on_disconnect, began: 0, node, lease };
                    log.append(Entry::Begin(id, begin), now);
                    nodes[at].writes.push((id, 0));
                }
                40..200 if !node.writes.is_empty() => {
                    let run = rng.usize(..node.writes.len());
                    let (id, last) = node.writes[run];
                    match log.append(Entry::Event(id, last + 1), now) {
                        true => node.writes[run].1 += 1,
                        false => {
                            refused += 1;
                            node.writes.swap_remove(run);
                        }
                    }
                }
                200..220 if !node.writes.is_empty() => {
                    let (id, _) = node.writes.swap_remove(rng.usize(..node.writes.len()));
                    log.append(Entry::End(id, Outcome::Finished), now);
                }
                _ => {}
            }
            let node = &mut nodes[at];
            let some = if at == 0 { usize::MAX } else { rng.usize(..10) };
            (0..some).take_while(|_| node.read_one(&log, now)).count();
            node.work(&mut log, now);
        }
        // Time passes, in which only the first node works.
        for _ in 0..(2 * LEASE).as_secs() {
            now += MS * 1_000;
            let node = &mut nodes[0];
            while node.read_one(&log, now) {}
            node.work(&mut log, now);
        }
        let (claims, runs) = facts(&log);
        for node in &mut nodes {
            while node.read_one(&log, now) {}
            for (key, id) in &claims {
                assert_eq!(node.ledger.claim(&owner(), key), Some(*id), "{seed}");
            }
            for (id, (last, outcome)) in &runs {
                let run = &node.ledger.runs[id];
                let ended = run.end.as_ref().map(|end| &end.outcome);
                assert_eq!((run.last, ended), (*last, outcome.as_ref()), "{seed}");
                let stays = run.begin.node == NodeId::new(1);
                assert!(outcome.is_some() || stays, "{seed}: it has ended");
            }
            let open = runs.values().filter(|(_, outcome)| outcome.is_none()).count();
            assert_eq!(node.ledger.open.values().sum::<usize>(), open, "{seed}");
        }
        abandoned += runs.values().filter(|run| run.1 == Some(Outcome::Abandoned)).count();
        lost += runs.len() - claims.len();
    }
    assert!(abandoned > 1_000 && refused > 10 && lost > 1_000, "{abandoned} {refused} {lost}");
}
