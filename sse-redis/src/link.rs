//! Connections to the server.

use std::{
    sync::{
        Arc, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use redis::{
    AsyncConnectionConfig, Client, ErrorKind, PushInfo, PushKind, RedisError,
    aio::MultiplexedConnection,
};
use sse_hub::BackendError;
use tokio::{
    sync::{Mutex, watch},
    time::{Instant, sleep, timeout_at},
};

use crate::{backoff::Backoff, metrics, room::is_full};

/// The server's address, and the connection that all appends share.
#[derive(Debug)]
pub(crate) struct Link {
    client: Client,
    shared: Mutex<Option<Live>>,
    last_error: std::sync::Mutex<Option<RedisError>>,
    /// Each connection holds a receiver while its socket is open.
    open: watch::Sender<()>,
    closed: AtomicBool,
}

/// A connection, and whether it is alive: the client reports the end of a connection only when it is used.
#[derive(Clone, Debug)]
pub(crate) struct Live {
    pub(crate) connection: MultiplexedConnection,
    alive: Arc<AtomicBool>,
    /// Open for as long as the connection.
    #[cfg(feature = "tracing")]
    pub(crate) span: tracing::Span,
}

impl Live {
    /// Marks the connection as dead, so that the next append makes another.
    pub(crate) fn give_up(&self) {
        self.alive.store(false, Relaxed);
    }
}

impl Link {
    pub(crate) fn new(client: Client) -> Self {
        Self {
            client,
            shared: Mutex::default(),
            last_error: std::sync::Mutex::default(),
            open: watch::Sender::default(),
            closed: AtomicBool::new(false),
        }
    }

    /// Refuses further connections; resolves once the existing ones have ended.
    pub(crate) async fn close(&self) {
        self.closed.store(true, Relaxed);
        *self.shared.lock().await = None;
        self.open.closed().await;
    }

    /// Makes a connection that is not shared.
    pub(crate) async fn connect(
        &self,
        purpose: &'static str,
        response_timeout: Option<Duration>,
    ) -> Result<Live, RedisError> {
        let _ = purpose;
        if self.closed.load(Relaxed) {
            return Err((ErrorKind::InvalidClientConfig, "the backend is closed").into());
        }
        let alive = Arc::new(AtomicBool::new(true));
        let ends = Arc::clone(&alive);
        let open = self.open.subscribe();
        let on_push = move |push: PushInfo| {
            // The connection's task drops this closure when it ends.
            let _ = &open;
            if push.kind == PushKind::Disconnection {
                ends.store(false, Relaxed);
            }
            Ok::<_, ()>(())
        };
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(response_timeout)
            .set_push_sender(on_push);
        let connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        Ok(Live {
            connection,
            alive,
            #[cfg(feature = "tracing")]
            span: tracing::info_span!(parent: None, "redis_connection", purpose),
        })
    }

    /// Returns the shared connection, and makes it if there is none. All callers share one attempt at a time, and
    /// attempts are repeated until the deadline.
    ///
    /// # Errors
    /// Fails at the deadline, or at once if the server refuses the connection, such as for a wrong password. Nothing
    /// was sent then.
    pub(crate) async fn until(&self, until: Instant) -> Result<Live, BackendError> {
        match timeout_at(until, self.shared()).await {
            Ok(Ok(live)) => Ok(live),
            Ok(Err(error)) => Err(self.error(&error, false)),
            Err(_) => {
                let last = self.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let cause = last.map_or("no answer".to_owned(), |error| error.to_string());
                Err(self.fault(&format!("no connection within the deadline: {cause}"), false))
            }
        }
    }

    async fn shared(&self) -> Result<Live, RedisError> {
        let mut shared = self.shared.lock().await;
        if let Some(live) = &*shared
            && live.alive.load(Relaxed)
        {
            return Ok(live.clone());
        }
        let mut backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(1));
        loop {
            match self.connect(APPENDS, None).await {
                Ok(live) => {
                    self.remember(None);
                    if shared.is_some() {
                        metrics::reconnected(APPENDS);
                    }
                    return Ok(shared.insert(live).clone());
                }
                Err(error) if is_refused(&error) => return Err(error),
                Err(error) => {
                    self.remember(Some(error));
                    sleep(backoff.next()).await;
                }
            }
        }
    }

    fn remember(&self, error: Option<RedisError>) {
        *self.last_error.lock().unwrap_or_else(PoisonError::into_inner) = error;
    }

    pub(crate) fn error(&self, error: &RedisError, may_be_stored: bool) -> BackendError {
        let fault = match (error.code(), error.detail()) {
            // The server's own words.
            (Some(code), Some(detail)) if is_answer(error) => {
                self.fault(&format!("{code} {detail}{}", hint(error)), may_be_stored)
            }
            _ => self.fault(&error.to_string(), may_be_stored),
        };
        fault.with_source(error.clone())
    }

    /// Returns an error that names the server, but never the password.
    pub(crate) fn fault(&self, fault: &str, may_be_stored: bool) -> BackendError {
        let message = format!("Redis at {}: {fault}", self.client.get_connection_info().addr());
        BackendError::new(message).may_be_stored(may_be_stored)
    }
}

/// Returns the next step after an error from the server.
fn hint(error: &RedisError) -> &'static str {
    if is_full(error) {
        "; trimming a tenth of the log was not enough: raise maxmemory, or lower the bytes of RedisBackendBuilder::retention"
    } else if error.code() == Some("NOPERM") {
        "; the documentation of sse-redis lists the rights that a user needs"
    } else {
        ""
    }
}

/// Whether the server answered with an error: nothing was stored, and a retry does not help.
pub(crate) fn is_answer(error: &RedisError) -> bool {
    matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension)
}

fn is_refused(error: &RedisError) -> bool {
    let passes = matches!(error.code(), Some("LOADING" | "MASTERDOWN" | "TRYAGAIN"));
    let refused = matches!(
        error.kind(),
        ErrorKind::AuthenticationFailed
            | ErrorKind::InvalidClientConfig
            | ErrorKind::RESP3NotSupported
    );
    refused || is_answer(error) && !passes
}

/// The longest that an attempt to connect may take, including authentication.
const CONNECT: Duration = Duration::from_secs(5);

/// The purpose of the connection that all appends share, in metrics and spans.
const APPENDS: &str = "appends";
