//! What a client does next.

use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Nothing changes.
    Continue,
    /// Make a request.
    Connect,
    /// Report the first connection.
    Opened,
    /// Report a connection after a lost one.
    Resumed,
    /// Report the loss, and wait for `Input::Time`.
    Wait(Duration),
    /// Report the orderly end.
    Finish,
    /// Report the failure as final.
    Fail,
}
