//! Makes room on a full server.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use redis::{RedisError, aio::MultiplexedConnection};
use tokio::{sync::Mutex, time::Instant};

use crate::log;

/// Makes room on a full server that evicts nothing: such a server refuses `XADD` before it trims.
///
/// If several appends are refused at once, one of them trims the log, and all try again.
#[derive(Debug, Default)]
pub(crate) struct Room {
    /// The number of times that the log was trimmed.
    trims: AtomicU64,
    /// Locked while the log is trimmed. Until this time, trimming is known to be of no use.
    no_use_until: Mutex<Option<Instant>>,
}

impl Room {
    pub(crate) fn trims(&self) -> u64 {
        self.trims.load(Relaxed)
    }

    /// Trims a tenth of the log, unless another append has done so since `trims` was read. Returns whether a retry
    /// is worthwhile.
    pub(crate) async fn make(
        &self,
        connection: &mut MultiplexedConnection,
        key: &str,
        trims: u64,
    ) -> Result<bool, RedisError> {
        let no_use_until = self.no_use_until.lock().await;
        if self.trims() != trims {
            return Ok(true);
        }
        if no_use_until.is_some_and(|until| Instant::now() < until) {
            return Ok(false);
        }
        let trimmed = log::trim_tenth(connection, key).await?;
        self.trims.fetch_add(1, Relaxed);
        Ok(trimmed > 0)
    }

    /// Reports that the server is still full, because other keys take the memory. The log is then not trimmed at
    /// every publish.
    pub(crate) async fn is_of_no_use(&self) {
        *self.no_use_until.lock().await = Some(Instant::now() + PAUSE);
    }
}

/// Whether the server refused a command for lack of memory.
pub(crate) fn is_full(error: &RedisError) -> bool {
    // Redis 6 reports the error of a script's command inside the script's own error.
    error.code() == Some("OOM") || error.detail().is_some_and(|detail| detail.contains("-OOM "))
}

const PAUSE: Duration = Duration::from_secs(1);
