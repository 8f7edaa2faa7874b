//! The signals that ask a server to stop.

/// Waits for a signal that asks the process to stop: Ctrl-C (SIGINT), or SIGTERM, which service managers
/// send.
///
/// From the first poll on, those signals no longer end the process. If the system refuses to install a
/// handler for one of them, that signal keeps its usual effect, and this waits for the other.
///
/// # Cancel safety
/// Cancel safe: a later call waits for the next signal.
#[cfg(unix)]
pub async fn termination() {
    use tokio::signal::unix::{SignalKind, signal};

    async fn wait(kind: SignalKind) {
        match signal(kind) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(error) => {
                tracing::warn!(%error, "could not install a signal handler; the signal keeps its usual effect");
                std::future::pending::<()>().await;
            }
        }
    }

    tokio::select! {
        () = wait(SignalKind::interrupt()) => {}
        () = wait(SignalKind::terminate()) => {}
    }
}

/// Waits for a signal that asks the process to stop: Ctrl-C.
///
/// # Cancel safety
/// Cancel safe: a later call waits for the next signal.
#[cfg(not(unix))]
pub async fn termination() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        tracing::warn!(%error, "could not install a handler for Ctrl-C; it keeps its usual effect");
        std::future::pending::<()>().await;
    }
}
