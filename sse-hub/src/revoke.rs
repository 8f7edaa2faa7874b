//! Ends the subscriptions of a principal, on all nodes.

use crate::{
    Hub, Principal, PublishError,
    backend::{Control, control_topic},
};

impl Hub {
    /// Ends all subscriptions of a principal, on all nodes of a backend.
    ///
    /// Use it when a user signs out, or loses a right. Delete the session first, and then revoke: the clients reconnect,
    /// and your handler has to refuse them. A 401, for example, stops an EventSource. A subscription that begins after
    /// the revocation is not affected.
    ///
    /// Each subscription that [belongs to the principal](crate::Subscription::principal) ends at its next poll, after a
    /// whole event, even in the middle of a replay or while it waits for a snapshot. It delivers nothing more, but
    /// what the connection has already taken is still sent.
    ///
    /// With a backend, it resolves once this hub's own tail has delivered the revocation, so it needs the
    /// [`background`](Self::background). Another node ends its subscriptions when its tail delivers the revocation. A
    /// node that cannot reach the backend ends them when it can again. If a node loses entries of the log, a revocation
    /// may have been among them, so all of its subscriptions that have a principal end.
    ///
    /// # Example
    /// ```
    /// # use futures_util::StreamExt;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_hub::{Hub, Principal};
    ///
    /// let hub = Hub::new();
    /// let ada = Principal::new("user 7")?;
    /// let mut orders = hub.subscribe("orders")?.principal(&ada);
    /// hub.revoke(&ada).await?;
    /// assert_eq!(orders.next().await, None);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`PublishError::Background`] if there is no background future; nothing was revoked then. After
    /// [`PublishError::Backend`], revoke again until it succeeds.
    ///
    /// # Cancel safety
    /// With a backend, a dropped call may have revoked the principal. Without one, the first poll revokes it.
    pub async fn revoke(&self, principal: &Principal) -> Result<(), PublishError> {
        let Some(backend) = &self.0.backend else { return self.revoke_now(principal) };
        let revoke = Control::Revoke { principal: principal.clone() };
        self.0.append_control(&**backend, &control_topic(), revoke).await?;
        Ok(())
    }

    /// Ends all subscriptions of a principal at once, in a hub in memory: see [`revoke`](Self::revoke).
    ///
    /// # Example
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_hub::{Hub, Principal};
    ///
    /// Hub::new().revoke_now(&Principal::new("user 7")?)?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`PublishError::NeedsAwait`] if the hub has a backend.
    pub fn revoke_now(&self, principal: &Principal) -> Result<(), PublishError> {
        if self.0.backend.is_some() {
            return Err(PublishError::NeedsAwait);
        }
        self.0.change(|state, waiters| state.revoke(principal, &mut waiters.work));
        Ok(())
    }
}
