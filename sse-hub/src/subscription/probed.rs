//! What a subscription reports to an inspector.

use std::task::Poll;

use sse_core::Frame;

use super::{Subscription, phase::Phase};
use crate::probe::Probe;

impl Subscription {
    /// Sets the text by which an [`Inspector`](crate::Inspector) shows this subscription, such as its route or
    /// its user. Only the first 100 characters are kept, and a later call has no effect. Default: none.
    ///
    /// # Example
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_hub::Hub;
    ///
    /// let orders = Hub::new().subscribe("orders")?.label("/orders of Ada");
    /// # drop(orders);
    /// # Ok(()) }
    /// ```
    pub fn label(self, label: impl AsRef<str>) -> Self {
        if let Some(probe) = &self.probe {
            // A second call has no effect.
            let _ = probe.label.set(label.as_ref().chars().take(LABEL).collect());
        }
        self
    }

    /// Registers with the inspector, if there is one.
    pub(super) fn begin_probe(&mut self) {
        if self.inner.probes.get().is_none() {
            return;
        }
        let (handle, pinned) = (self.handle(), self.sending.counter());
        let topics = match &self.phase {
            Phase::New(new) => &*new.topics,
            _ => &[],
        };
        self.probe = self.inner.probes.get().map(|probes| probes.open(topics, handle, pinned));
    }

    pub(super) fn end_probe(&self) {
        if let (Some(probes), Some(probe)) = (self.inner.probes.get(), &self.probe) {
            probes.close(probe);
        }
    }

    pub(super) fn count_polled(&self, polled: &Poll<Option<Frame>>) {
        if let (Some(probe), Poll::Ready(Some(frame))) = (&self.probe, polled) {
            let position = match &self.phase {
                Phase::Reading(reader) => Some(reader.cursor.position()),
                _ => None,
            };
            Probe::count(probe, frame, position);
        }
    }
}

/// Long enough for a route and a user.
const LABEL: usize = 100;
