//! Turns errors into responses.

use std::time::Duration;

use sse_core::{NoContent, Refusal};

use crate::{BackgroundError, PublishError, SubscribeError};

/// Uses the error's status. The message has the error's text only if it is about the request: a client does not learn
/// the operator's limits or the backend's faults.
impl From<SubscribeError> for Refusal {
    fn from(error: SubscribeError) -> Self {
        refuse(error.status(), &error)
    }
}

/// As for [`SubscribeError`].
impl From<PublishError> for Refusal {
    fn from(error: PublishError) -> Self {
        refuse(error.status(), &error)
    }
}

/// For the answer to a liveness check: see [`Hub::live`](crate::Hub::live).
impl From<BackgroundError> for Refusal {
    fn from(_: BackgroundError) -> Self {
        Self::new(503, "the hub's background does not run")
    }
}

/// As for [`SubscribeError`].
#[cfg(feature = "tickets")]
impl From<crate::TicketError> for Refusal {
    fn from(error: crate::TicketError) -> Self {
        match error.status() {
            429 => Refusal::new(429, "too many tickets").retry_after(Duration::from_secs(1)),
            status => refuse(status, &error),
        }
    }
}

fn refuse(status: u16, error: &dyn std::error::Error) -> Refusal {
    match status {
        204 => NoContent.into(),
        400..500 => Refusal::new(status, error.to_string()),
        503 => Refusal::new(status, "try again later").retry_after(Duration::from_secs(1)),
        504 => Refusal::new(status, "it may have been published"),
        _ => Refusal::new(status, "the server failed"),
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_is_wrong_with_the_request_and_nothing_else() {
        for (refusal, status, message) in [
            (SubscribeError::NoTopics.into(), 400, "no topic was named; name at least one"),
            (SubscribeError::Ended.into(), 204, ""),
            (SubscribeError::TooManySubscribers { limit: 7 }.into(), 503, "try again later"),
            (
                PublishError::NoData.into(),
                400,
                "the event has no data; add some, even an empty string",
            ),
            (PublishError::Drained.into(), 503, "try again later"),
            (PublishError::NeedsAwait.into(), 500, "the server failed"),
            #[cfg(feature = "tickets")]
            (crate::TicketError::Refused.into(), 401, "the ticket is not valid; get another"),
            #[cfg(feature = "tickets")]
            (crate::TicketError::TooMany { limit: 7 }.into(), 429, "too many tickets"),
            #[cfg(feature = "tickets")]
            (crate::TicketError::Log(PublishError::Drained).into(), 503, "try again later"),
        ] {
            let refusal: Refusal = refusal;
            assert_eq!((refusal.status(), refusal.message()), (status, message));
        }
    }
}
