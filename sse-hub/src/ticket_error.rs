//! Why a ticket was not issued or not accepted.

use std::{error, fmt};

use crate::PublishError;

/// Why a ticket was not issued or not accepted.
///
/// # Example
/// A handler returns it as a response.
/// ```
/// use sse_core::Refusal;
/// use sse_hub::{Hub, Principal};
///
/// async fn principal(hub: &Hub, ticket: &str) -> Result<Principal, Refusal> {
///     Ok(hub.redeem_ticket(ticket).await?)
/// }
/// # drop(principal(&Hub::new(), ""));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TicketError {
    /// The ticket is unknown, used, expired or revoked. The error does not say which, because the
    /// ticket may be someone else's.
    Refused,
    /// The principal has as many unused tickets as it may have, or all principals together have.
    #[non_exhaustive]
    TooMany {
        /// The limit.
        limit: usize,
    },
    /// This node is behind its backend's log: it has not read the ticket's entry in time, or too many tickets wait.
    Behind,
    /// The operating system provided no random numbers.
    NoRandomness,
    /// The entry that issues or uses the ticket was not stored, or may not have been. The ticket counts as used.
    Log(PublishError),
}

impl TicketError {
    /// Returns the HTTP status to answer with: 401 if the client needs another ticket, 429 if it has too many, and 503
    /// if a later request for a ticket may succeed.
    ///
    /// # Example
    /// ```
    /// use sse_hub::TicketError;
    ///
    /// assert_eq!(TicketError::Refused.status(), 401);
    /// assert_eq!(TicketError::Behind.status(), 503);
    /// ```
    pub fn status(&self) -> u16 {
        match self {
            Self::Refused => 401,
            Self::TooMany { .. } => 429,
            Self::Behind | Self::NoRandomness | Self::Log(_) => 503,
        }
    }
}

impl fmt::Display for TicketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("the ticket is not valid; get another"),
            Self::TooMany { limit } => {
                write!(f, "at most {limit} tickets may be unused; use some, or retry later")
            }
            Self::Behind => {
                f.write_str("this node is behind the log; retry later with another ticket")
            }
            Self::NoRandomness => f.write_str("the operating system provided no random numbers"),
            Self::Log(error) => write!(f, "the ticket has no entry in the log: {error}"),
        }
    }
}

impl error::Error for TicketError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Log(error) => Some(error),
            _ => None,
        }
    }
}
