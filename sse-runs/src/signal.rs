//! The messages between nodes.

use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{RunId, node_id::NodeId};

/// A message between nodes. Each renews the lease of its node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signal {
    pub(crate) node: NodeId,
    pub(crate) lease: Duration,
    /// Whether the node has readers of a run of another node, if this has changed.
    pub(crate) readers: Option<(RunId, bool)>,
}

/// The message, as JSON.
#[derive(Serialize, Deserialize)]
struct Message {
    node: NodeId,
    /// In ms.
    #[serde(rename = "run-lease")]
    lease: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<String>,
    #[serde(default)]
    present: bool,
}

impl Signal {
    pub(crate) fn encode(&self) -> Bytes {
        let message = Message {
            node: self.node,
            lease: u64::try_from(self.lease.as_millis()).unwrap_or(u64::MAX),
            run: self.readers.map(|(run, _)| run.to_string()),
            present: self.readers.is_some_and(|(_, present)| present),
        };
        serde_json::to_vec(&message).expect("texts and numbers are JSON").into()
    }

    /// Reads a message; returns `None` if it is not one of ours.
    pub(crate) fn decode(body: &[u8]) -> Option<Self> {
        let Message { node, lease, run, present } = serde_json::from_slice(body).ok()?;
        let readers = match run {
            Some(run) => Some((RunId::parse(&run)?, present)),
            None => None,
        };
        Some(Self { node, lease: Duration::from_millis(lease), readers })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_as_it_was_written() {
        let run = RunId::random().expect("random");
        for readers in [None, Some((run, true)), Some((run, false))] {
            let (node, lease) = (NodeId::new(7), Duration::from_secs(30));
            let signal = Signal { node, lease, readers };
            assert_eq!(Signal::decode(&signal.encode()), Some(signal));
        }
        for other in [&b""[..], b"{}", b"hello", br#"{"node":7,"run-lease":1,"run":"x"}"#] {
            assert_eq!(Signal::decode(other), None);
        }
    }
}
