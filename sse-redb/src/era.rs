//! The log's current epoch, and the effect that a crash of the machine would have on it.

use sse_hub::Epoch;

use crate::{
    boot_id::BootId,
    page::{ERA_LEN, TEXT_LEN, checksum, push_text, text},
};

/// The log's current epoch, and whether everything acknowledged in it is on disk.
///
/// It has a disk sector to itself, so that one atomic write both begins a new epoch and clears `unsynced`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Era {
    /// The epoch in clients' event IDs.
    pub(crate) epoch: Epoch,
    /// The run of the machine that made unsynced commits. In another run, the file may be older than what was
    /// acknowledged.
    pub(crate) unsynced: Option<BootId>,
}

impl Era {
    pub(crate) fn new(epoch: Epoch) -> Self {
        Self { epoch, unsynced: None }
    }

    /// The era to continue in under `boot`: a new one if the machine restarted after a commit that was not synced.
    pub(crate) fn found(self, boot: &BootId) -> Self {
        match self.unsynced {
            Some(unsynced) if unsynced != *boot => Self::new(Epoch::random()),
            _ => self,
        }
    }

    pub(crate) fn encode(&self, first: &Epoch) -> Vec<u8> {
        let mut era = Vec::with_capacity(ERA_LEN);
        push_text(&mut era, self.epoch.as_str());
        push_text(&mut era, self.unsynced.as_ref().map_or("", BootId::as_str));
        let checksum = checksum(&era, first);
        era.extend_from_slice(&checksum.to_le_bytes());
        era
    }

    pub(crate) fn decode(era: &[u8], first: &Epoch) -> Option<Self> {
        let (texts, found) = era.split_at_checked(2 * TEXT_LEN)?;
        if found != checksum(texts, first).to_le_bytes() {
            return None;
        }
        let (epoch, boot) = texts.split_at(TEXT_LEN);
        let unsynced = match text(boot)? {
            "" => None,
            boot => Some(BootId::new(boot)?),
        };
        Some(Self { epoch: Epoch::new(text(epoch)?)?, unsynced })
    }
}
