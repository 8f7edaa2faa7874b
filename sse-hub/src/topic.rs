//! A handle to publish to one topic.

use std::sync::Arc;

use sse_core::{Event, EventId};

use crate::{PublishError, TopicName, inner::Inner};

/// A handle to publish to one topic without looking it up; keeps the topic as long as it lives.
#[derive(Debug)]
pub struct Topic {
    inner: Arc<Inner>,
    key: usize,
    name: TopicName,
}

impl Topic {
    pub(crate) fn new(inner: Arc<Inner>, name: TopicName) -> Result<Self, PublishError> {
        let key = inner.hold(&name).map_err(|limit| PublishError::TooManyTopics { limit })?;
        Ok(Self { inner, key, name })
    }

    /// Publishes an event, at once: see [`Hub::publish_now`](crate::Hub::publish_now).
    ///
    /// # Errors
    /// [`PublishError`]; nothing was published then.
    pub fn publish_now(&self, event: Event) -> Result<EventId, PublishError> {
        self.inner.publish(event, |_, _| Ok(self.key))
    }

    /// Returns the topic's name.
    pub fn name(&self) -> &TopicName {
        &self.name
    }
}

impl Drop for Topic {
    fn drop(&mut self) {
        self.inner.change(|state, waiters| state.release(self.key, &mut waiters.work));
    }
}
