//! Issues and redeems tickets.

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    Hub, Principal, Ticket, TicketError,
    backend::{Control, control_topic},
    inner::Inner,
    ticket::{Secret, TicketHash},
};

impl Hub {
    /// Issues a ticket that opens one stream of a principal, for a client that cannot send a header or a cookie: an
    /// EventSource of another site, or a command line.
    ///
    /// The client asks for it with a request that has its cookie or token, preferably a POST, and puts it into the URL
    /// of the stream. URLs end up in logs, so give it a lifetime of a few seconds; the longest is 49 days. A client that
    /// reconnects needs another.
    ///
    /// Any node of a backend can redeem it, but only once among all of them. The nodes share no secret and no clock:
    /// each counts the lifetime from when it reads the ticket's entry in the log, which holds a hash of the secret. A
    /// node accepts no ticket that was issued before it opened its hub, or before it lost entries of the log.
    /// [`revoke`](Self::revoke) voids the principal's tickets.
    ///
    /// A principal has at most 16 unused tickets, and all principals together 16,384. Each takes the principal's text
    /// and about 500 bytes of [`max_bytes`](crate::HubBuilder::max_bytes).
    ///
    /// # Example
    /// ```
    /// # use std::time::Duration;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_hub::{Hub, Principal};
    ///
    /// let hub = Hub::new();
    /// let ada = Principal::new("user 7")?; // from the session
    /// let ticket = hub.issue_ticket(&ada, Duration::from_secs(5)).await?;
    /// assert_eq!(hub.redeem_ticket(ticket.as_str()).await?, ada);
    /// assert!(hub.redeem_ticket(ticket.as_str()).await.is_err()); // it was used
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`TicketError`], which has the [status](TicketError::status) to answer with.
    ///
    /// # Cancel safety
    /// A dropped call may have issued a ticket that nobody knows. It expires.
    pub async fn issue_ticket(
        &self,
        principal: &Principal,
        lifetime: Duration,
    ) -> Result<Ticket, TicketError> {
        // The log has no room for a longer one, and a clock cannot add any.
        let lifetime = lifetime.min(Duration::from_millis(u32::MAX.into()));
        let secret = Secret::random()?;
        let (inner, hash, now) = (&self.0, secret.hash(), Instant::now());
        let Some(backend) = &inner.backend else {
            let id = inner.change(|state, waiters| {
                let work = &mut waiters.work;
                state.add_ticket(hash, principal.clone(), lifetime, now, work)?;
                Ok(state.epoch().id(state.head()))
            })?;
            return Ok(Ticket::new(id, &secret));
        };
        inner.change(|state, waiters| state.check_tickets(principal, now, &mut waiters.work))?;
        let control = Control::Ticket { hash, lifetime, principal: principal.clone() };
        let issued = inner.append_control(&**backend, &control_topic(), control).await;
        let issued = issued.map_err(TicketError::Log)?;
        if !inner.shared.look(|state| state.has_ticket(&hash)) {
            // Others were issued at the same time, or the principal has been revoked since.
            inner
                .change(|state, waiters| state.check_tickets(principal, now, &mut waiters.work))?;
            return Err(TicketError::Refused);
        }
        Ok(Ticket::new(issued.epoch.id(issued.position), &secret))
    }

    /// Redeems a ticket. The first call, among all nodes of a backend, returns its principal; all others return an
    /// error.
    ///
    /// Then subscribe with this [`principal`](crate::Subscription::principal), and check that its session still exists,
    /// because it may have been revoked meanwhile.
    ///
    /// With a backend, it resolves once this hub's own tail has delivered the use, so it needs the
    /// [`background`](Self::background). Only a valid ticket adds an entry to the log. If this node has not read
    /// the ticket's entry yet, the call waits until it has, on a Tokio runtime for at most 5 s.
    ///
    /// # Example
    /// ```
    /// use sse_core::Refusal;
    /// use sse_hub::{Hub, Subscription};
    ///
    /// async fn events(hub: &Hub, ticket: &str) -> Result<Subscription, Refusal> {
    ///     let principal = hub.redeem_ticket(ticket).await?;
    ///     Ok(hub.subscribe("orders")?.principal(&principal))
    /// }
    /// # drop(events(&Hub::new(), ""));
    /// ```
    ///
    /// # Errors
    /// [`TicketError::Refused`] if the ticket is unknown, used, expired or revoked. [`TicketError::Behind`] if the ticket's
    /// entry does not arrive in time. After [`TicketError::Log`] it
    /// counts as used, so the client has to ask for another.
    ///
    /// # Cancel safety
    /// A dropped call may have used the ticket.
    pub async fn redeem_ticket(&self, ticket: &str) -> Result<Principal, TicketError> {
        let (id, hash) = Ticket::parse(ticket).ok_or(TicketError::Refused)?;
        let inner = &self.0;
        if let Some((entry, epoch_number)) = inner.shared.look(|state| state.unread_ticket(id))? {
            let arrival = inner.arrival(entry, epoch_number);
            within_patience(arrival).await.ok_or(TicketError::Behind)?.map_err(TicketError::Log)?;
        }
        let now = Instant::now();
        inner.change(|state, _| state.begin_redemption(&hash, now))?;
        let redemption = Redemption { inner: Arc::clone(inner), hash };
        let mut position = None;
        if let Some(backend) = &inner.backend {
            let control = Control::TicketUsed { hash };
            let used = inner.append_control(&**backend, &control_topic(), control).await;
            position = Some(used.map_err(TicketError::Log)?.position);
        }
        let ended = redemption.inner.change(|state, _| state.end_redemption(&hash, position));
        ended.ok_or(TicketError::Refused)
    }
}

/// Waits for the entry of a ticket, but not for long: the ticket may name an entry that will never exist.
async fn within_patience<F: Future>(arrival: F) -> Option<F::Output> {
    #[cfg(feature = "tokio")]
    if tokio::runtime::Handle::try_current().is_ok() {
        return tokio::time::timeout(PATIENCE, arrival).await.ok();
    }
    Some(arrival.await)
}

/// Longer than a node usually lags behind the node that issued the ticket.
#[cfg(feature = "tokio")]
const PATIENCE: Duration = Duration::from_secs(5);

/// A redemption that has begun. A ticket whose redemption is dropped counts as used.
struct Redemption {
    inner: Arc<Inner>,
    hash: TicketHash,
}

impl Drop for Redemption {
    fn drop(&mut self) {
        self.inner.change(|state, _| _ = state.end_redemption(&self.hash, None));
    }
}
