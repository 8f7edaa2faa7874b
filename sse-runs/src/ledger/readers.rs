//! The readers of the runs.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use super::Ledger;
use crate::{RunId, node_id::NodeId};

/// The readers of a run.
#[derive(Debug, Default)]
pub(super) struct Readers {
    /// The number of them on this node.
    here: usize,
    /// The nodes that have announced readers.
    pub(super) nodes: BTreeSet<NodeId>,
    /// When the run stops unless a reader comes.
    pub(super) stops: Option<Instant>,
}

impl Ledger {
    /// Counts a reader on this node.
    pub(crate) fn enter(&mut self, id: RunId, now: Instant) {
        if let Some(run) = self.runs.get_mut(&id) {
            run.readers.here += 1;
            self.apply_policy(id, now);
        }
    }

    /// Discounts a reader on this node.
    pub(crate) fn leave(&mut self, id: RunId, now: Instant) {
        // A reader may outlive the record of its run.
        if let Some(run) = self.runs.get_mut(&id) {
            run.readers.here = run.readers.here.saturating_sub(1);
            self.apply_policy(id, now);
        }
    }

    /// Notes that a node has readers of a run, or no longer has any.
    pub(crate) fn announce(
        &mut self,
        node: NodeId,
        lease: Duration,
        id: RunId,
        present: bool,
        now: Instant,
    ) {
        if !self.is_open(id) {
            return;
        }
        if present {
            self.peers.watch(node, lease, id, now);
        } else {
            self.peers.unwatch(node, id);
        }
        self.watch(node, id, present, now);
    }

    pub(super) fn watch(&mut self, node: NodeId, id: RunId, present: bool, now: Instant) {
        if let Some(run) = self.runs.get_mut(&id) {
            match present {
                true => run.readers.nodes.insert(node),
                false => run.readers.nodes.remove(&node),
            };
            self.apply_policy(id, now);
        }
    }

    /// Applies the policy of a run after its readers have changed.
    fn apply_policy(&mut self, id: RunId, now: Instant) {
        let Some(run) = self.runs.get_mut(&id).filter(|run| run.end.is_none()) else { return };
        let Some(patience) = run.begin.on_disconnect.patience() else { return };
        if run.begin.node != self.node {
            self.unannounced.insert(id);
            return;
        }
        let readers = &mut run.readers;
        let present = readers.here > 0 || !readers.nodes.is_empty();
        if !present && readers.stops.is_none() {
            let stops = now + patience;
            readers.stops = Some(stops);
            self.deserted.insert((stops, id));
        } else if present && let Some(stops) = readers.stops.take() {
            self.deserted.remove(&(stops, id));
        }
    }

    /// Returns the announcements that this node has to make: the runs of other nodes, and whether it has readers.
    pub(crate) fn announcements(&mut self) -> Vec<(RunId, bool)> {
        let mut announcements = Vec::new();
        let (runs, node) = (&self.runs, self.node);
        self.unannounced.retain(|id| {
            let Some(readers) = runs.get(id).map(|run| &run.readers) else { return false };
            let present = readers.here > 0;
            let differs = present != readers.nodes.contains(&node);
            if differs {
                announcements.push((*id, present));
            }
            differs
        });
        announcements
    }

    /// Takes the runs that stop now because their readers are gone.
    pub(crate) fn take_deserted(&mut self, now: Instant) -> Vec<RunId> {
        let mut deserted = Vec::new();
        while let Some((stops, id)) = self.deserted.first().copied()
            && stops <= now
        {
            self.deserted.pop_first();
            self.runs.entry(id).and_modify(|run| run.readers.stops = None);
            deserted.push(id);
        }
        deserted
    }

    /// Returns when the next run stops because its readers are gone.
    pub(crate) fn next_deserted(&self) -> Option<Instant> {
        self.deserted.first().map(|(stops, _)| *stops)
    }
}
