//! Why a hub with a backend receives no events.

use std::{error, fmt};

/// Why a hub with a backend receives no events: its [background](crate::Hub::background) future does not run.
///
/// # Example
/// ```
/// use sse_hub::{BackgroundError, Hub};
///
/// fn needs_restart(hub: &Hub) -> bool {
///     hub.live() == Err(BackgroundError::Stopped)
/// }
/// assert!(!needs_restart(&Hub::new()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BackgroundError {
    /// It was not polled within 5 s of the hub's opening. Once it is, the hub works.
    NotStarted,
    /// It was dropped while the hub was in use, or its backend's tail ended. The hub has to be opened again.
    Stopped,
}

impl fmt::Display for BackgroundError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotStarted => {
                "nothing delivers the backend's events, since hub.background() has not run within 5 s of \
                 the hub's opening; spawn it: tokio::spawn(hub.background())"
            }
            Self::Stopped => {
                "nothing delivers the backend's events any more, since hub.background() was dropped while \
                 the hub was in use; open the hub again, and keep its background running as long as it is used"
            }
        })
    }
}

impl error::Error for BackgroundError {}
