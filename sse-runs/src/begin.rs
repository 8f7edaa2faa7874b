//! The beginning of a run, which is the note of its topic.

use std::time::Duration;

use bytes::Bytes;
use bytestring::ByteString;
use serde::{Deserialize, Serialize};
use sse_hub::Principal;

use crate::{OnDisconnect, node_id::NodeId};

/// The beginning of a run, which is the note of its topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Begin {
    pub(crate) owner: Principal,
    pub(crate) key: Option<ByteString>,
    pub(crate) on_disconnect: OnDisconnect,
    /// In ms since 1970.
    pub(crate) began: u64,
    /// The node of its writer.
    pub(crate) node: NodeId,
    /// The lease of that node.
    pub(crate) lease: Duration,
}

/// The note, as JSON. Times are in ms.
#[derive(Serialize, Deserialize)]
struct Note {
    owner: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    /// How long the run continues without readers.
    #[serde(skip_serializing_if = "Option::is_none")]
    patience: Option<u64>,
    began: u64,
    node: NodeId,
    lease: u64,
}

impl Begin {
    pub(crate) fn encode(&self) -> Bytes {
        let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let note = Note {
            owner: self.owner.as_str().to_owned(),
            key: self.key.as_ref().map(|key| key.to_string()),
            patience: self.on_disconnect.patience().map(ms),
            began: self.began,
            node: self.node,
            lease: ms(self.lease),
        };
        serde_json::to_vec(&note).expect("texts and numbers are JSON").into()
    }

    /// Reads a note; returns `None` if it is not one of a run.
    pub(crate) fn decode(note: &[u8]) -> Option<Self> {
        let Note { owner, key, patience, began, node, lease } =
            serde_json::from_slice(note).ok()?;
        let on_disconnect = match patience {
            None => OnDisconnect::Continue,
            Some(0) => OnDisconnect::Stop,
            Some(ms) => OnDisconnect::StopAfter(Duration::from_millis(ms)),
        };
        let (owner, lease) = (Principal::new(owner).ok()?, Duration::from_millis(lease));
        Some(Self { owner, key: key.map(ByteString::from), on_disconnect, began, node, lease })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_as_it_was_written() {
        for (key, on_disconnect) in [
            (None, OnDisconnect::Continue),
            (Some("\"7\"\n"), OnDisconnect::StopAfter(Duration::from_millis(7))),
            (Some(""), OnDisconnect::Stop),
        ] {
            let begin = Begin {
                owner: Principal::new("ä\0").expect("short"),
                key: key.map(ByteString::from_static),
                on_disconnect,
                began: u64::MAX,
                node: NodeId::new(u64::MAX),
                lease: Duration::from_secs(30),
            };
            assert_eq!(Begin::decode(&begin.encode()), Some(begin));
        }
        for other in [&b""[..], b"{}", b"belongs to user 7", b"\xff"] {
            assert_eq!(Begin::decode(other), None);
        }
    }
}
