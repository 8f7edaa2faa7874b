//! The nodes that write runs or have readers of them, and their leases.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use crate::{RunId, node_id::NodeId};

/// The nodes that write runs or have announced readers, and their leases. Other nodes have no lease.
#[derive(Debug, Default)]
pub(super) struct Peers(BTreeMap<NodeId, Peer>);

#[derive(Debug)]
struct Peer {
    /// When this node has read the newest renewal.
    renewed: Instant,
    lease: Duration,
    /// The open runs that it writes.
    runs: BTreeSet<RunId>,
    /// The open runs of which it has readers.
    watched: BTreeSet<RunId>,
}

impl Peers {
    pub(super) fn begin(&mut self, node: NodeId, lease: Duration, run: RunId, now: Instant) {
        self.renewed(node, lease, now).runs.insert(run);
    }

    /// Notes the renewal of a lease, if the node has one.
    pub(super) fn renew(&mut self, node: NodeId, lease: Duration, now: Instant) {
        if self.0.contains_key(&node) {
            self.renewed(node, lease, now);
        }
    }

    pub(super) fn renew_all(&mut self, now: Instant) {
        self.0.values_mut().for_each(|peer| peer.renewed = now);
    }

    /// Notes that a node has readers of a run.
    pub(super) fn watch(&mut self, node: NodeId, lease: Duration, run: RunId, now: Instant) {
        self.renewed(node, lease, now).watched.insert(run);
    }

    /// Notes that a node has no readers of a run.
    pub(super) fn unwatch(&mut self, node: NodeId, run: RunId) {
        self.change(node, |peer| peer.watched.remove(&run));
    }

    /// Notes the end of a run, which was written on a node and read on others.
    pub(super) fn end(&mut self, node: NodeId, readers: &BTreeSet<NodeId>, run: RunId) {
        self.change(node, |peer| peer.runs.remove(&run));
        readers.iter().for_each(|reader| self.unwatch(*reader, run));
    }

    /// Returns when a node has to renew its lease; `None` if it has none.
    pub(super) fn next_renewal(&self, node: NodeId) -> Option<Instant> {
        self.0.get(&node).map(|peer| peer.renewed + peer.lease / 3)
    }

    /// Returns when the first lease of a node except this one expires.
    pub(super) fn next_expiry(&self, me: NodeId) -> Option<Instant> {
        self.others(me).map(|(_, peer)| peer.expires()).min()
    }

    /// Returns the nodes except this one whose lease had expired at a time.
    pub(super) fn expired(&self, me: NodeId, at: Instant) -> Vec<NodeId> {
        self.others(me).filter(|(_, peer)| peer.expires() <= at).map(|(node, _)| *node).collect()
    }

    pub(super) fn runs(&self, node: NodeId) -> impl Iterator<Item = RunId> {
        self.0.get(&node).into_iter().flat_map(|peer| peer.runs.iter().copied())
    }

    /// Returns the runs of which a node has readers.
    pub(super) fn watched(&self, node: NodeId) -> Vec<RunId> {
        self.0.get(&node).map_or_else(Vec::new, |peer| peer.watched.iter().copied().collect())
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn others(&self, me: NodeId) -> impl Iterator<Item = (&NodeId, &Peer)> {
        self.0.iter().filter(move |(node, _)| **node != me)
    }

    fn renewed(&mut self, node: NodeId, lease: Duration, now: Instant) -> &mut Peer {
        let new = || Peer { renewed: now, lease, runs: BTreeSet::new(), watched: BTreeSet::new() };
        let peer = self.0.entry(node).or_insert_with(new);
        (peer.renewed, peer.lease) = (now, lease);
        peer
    }

    /// Changes a node, and forgets it if it needs no lease.
    fn change(&mut self, node: NodeId, change: impl FnOnce(&mut Peer) -> bool) {
        if let Some(peer) = self.0.get_mut(&node) {
            change(peer);
            if peer.runs.is_empty() && peer.watched.is_empty() {
                self.0.remove(&node);
            }
        }
    }
}

impl Peer {
    fn expires(&self) -> Instant {
        self.renewed + self.lease
    }
}
