//! The signals that ask a server to stop.

/// Waits for a signal that asks the process to stop.
///
/// On Unix, these are Ctrl-C (SIGINT) and SIGTERM, which service managers send. From the first poll on, they
/// no longer end the process.
///
/// On Windows, these are Ctrl-C, Ctrl-Break, a console that is closed, and a shutdown of the system. They do not
/// end the process while this waits, but Windows ends it some seconds after the last two: keep the deadline of a
/// [`Drain`](crate::Drain) below 5 s.
///
/// If the system refuses to install a handler for one of them, that signal keeps its usual effect, and this waits
/// for the others.
///
/// # Cancel safety
/// Cancel safe: a later call waits for the next signal.
///
/// # Example
/// ```no_run
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// sse_core::termination().await;
/// println!("stopping");
/// # }
/// ```
pub async fn termination() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};

        tokio::select! {
            () = wait!(signal(SignalKind::interrupt())) => {}
            () = wait!(signal(SignalKind::terminate())) => {}
        }
    }
    #[cfg(windows)]
    {
        use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};

        tokio::select! {
            () = wait!(ctrl_c()) => {}
            () = wait!(ctrl_break()) => {}
            () = wait!(ctrl_close()) => {}
            () = wait!(ctrl_shutdown()) => {}
        }
    }
}

/// Waits for one signal, or forever if its handler could not be installed. A macro, since on Windows each signal
/// has a type of its own.
macro_rules! wait {
    ($signal:expr) => {
        async {
            match $signal {
                Ok(mut signal) => {
                    signal.recv().await;
                }
                Err(error) => {
                    tracing::warn!(%error, "could not install a signal handler; the signal keeps its usual effect");
                    std::future::pending::<()>().await;
                }
            }
        }
    };
}
use wait;
