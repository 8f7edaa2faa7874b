//! Makes room on a server that is full.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use redis::{RedisError, aio::MultiplexedConnection};
use tokio::{sync::Mutex, time::Instant};

use crate::log;

/// Makes room on a server that is full and evicts nothing: `XADD` is refused before it trims.
///
/// Of many appends that are refused at once, one trims the log, and all try again.
#[derive(Debug, Default)]
pub(crate) struct Room {
    /// How often the log was trimmed.
    trims: AtomicU64,
    /// Locked while the log is trimmed. Until that moment, trimming is known to be of no use.
    no_use_until: Mutex<Option<Instant>>,
}

impl Room {
    pub(crate) fn trims(&self) -> u64 {
        self.trims.load(Relaxed)
    }

    /// Trims a tenth of the log, unless another append has since `trims` was read. Returns whether
    /// it is worthwhile to try again.
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

    /// Reports that the server is full all the same, so other keys take the memory: the log is not
    /// trimmed with every publish then.
    pub(crate) async fn is_of_no_use(&self) {
        *self.no_use_until.lock().await = Some(Instant::now() + PAUSE);
    }
}

/// Whether the server refused a command for want of memory.
pub(crate) fn is_full(error: &RedisError) -> bool {
    // Redis 6 reports the error of a script's command inside an error of the script.
    error.code() == Some("OOM") || error.detail().is_some_and(|detail| detail.contains("-OOM "))
}

const PAUSE: Duration = Duration::from_secs(1);
