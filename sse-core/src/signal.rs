//! The signals that ask a server to stop.

/// Waits for the process to be asked to stop: Ctrl-C, or SIGTERM, as service managers send it.
///
/// From the first call on, those signals no longer end the process by themselves. Where the
/// system refuses to install a handler, that signal keeps its usual effect and this waits for the
/// other.
///
/// # Cancel safety
/// Cancel safe.
#[cfg(unix)]
pub async fn termination() {
    use tokio::signal::unix::{SignalKind, signal};

    async fn wait(kind: SignalKind) {
        match signal(kind) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(error) => {
                tracing::warn!(%error, "no handler for a signal that asks the server to stop");
                std::future::pending::<()>().await;
            }
        }
    }

    tokio::select! {
        () = wait(SignalKind::interrupt()) => {}
        () = wait(SignalKind::terminate()) => {}
    }
}

/// Waits for the process to be asked to stop: Ctrl-C.
#[cfg(not(unix))]
pub async fn termination() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        tracing::warn!(%error, "no handler for Ctrl-C");
        std::future::pending::<()>().await;
    }
}
