//! The settings that the journal's thread works by.

use std::{sync::Arc, time::SystemTime};

use crate::{Durability, boot_id::BootId, bounds::Bounds};

/// The settings that the journal's thread works by.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) durability: Durability,
    pub(crate) bounds: Bounds,
    pub(crate) boot: BootId,
    pub(crate) clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
}

impl Settings {
    /// The time in ms since 1970.
    pub(crate) fn now(&self) -> u64 {
        let since = (self.clock)().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            durability: Durability::default(),
            bounds: Bounds::default(),
            boot: BootId::current(),
            clock: Arc::new(SystemTime::now),
        }
    }
}
