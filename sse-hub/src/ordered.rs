//! Appends control entries, whose effect the log's order decides.

use std::{future::poll_fn, sync::Arc, time::Instant};

use sse_core::{Event, EventId};

use crate::{
    Backend, InvalidTopicName, PublishError, TopicName,
    backend::{Appended, Control, control_topic},
    inner::Inner,
    metrics::Timer,
    shared::Slot,
};

impl Inner {
    /// Appends a control entry; resolves once this hub's own tail has delivered it, so that the hub's state reflects
    /// the log's order.
    ///
    /// # Errors
    /// [`PublishError::Background`] if no background exists, so that nothing delivers the entry; nothing was appended
    /// then. [`PublishError::Backend`] if the entry was not acknowledged, or did not arrive.
    ///
    /// # Cancel safety
    /// A dropped call may have appended the entry.
    pub(crate) async fn append_control(
        self: &Arc<Self>,
        backend: &dyn Backend,
        topic: &TopicName,
        control: Control,
    ) -> Result<Appended, PublishError> {
        let events = u64::from(matches!(control, Control::End { last: Some(_) }));
        let epoch_number = self.shared.look(|state| {
            state.check_background().map_err(PublishError::Background)?;
            Ok::<_, PublishError>(state.epoch_number())
        })?;
        let appended = backend.append(topic, control.encode()).await.map_err(PublishError::from)?;
        self.change(|state, _| {
            state.acknowledge(&appended.epoch, appended.position, events);
        });
        self.arrival(appended, epoch_number).await
    }

    /// Publishes events of one topic together, in order. With a backend, it resolves once this hub's own tail has
    /// delivered them.
    pub(crate) async fn publish_batch(
        self: &Arc<Self>,
        topic: &TopicName,
        events: Vec<Event>,
    ) -> Result<EventId, PublishError> {
        events.iter().try_for_each(|event| self.check(event).map(drop))?;
        let Some(backend) = &self.backend else {
            let now = Instant::now();
            let publish = |event| {
                self.publish(event, false, |state, waiters| {
                    state.open_topic(topic, now, &mut waiters.work)
                })
            };
            let published = events.into_iter().map(publish);
            return published
                .reduce(|last, next| last.and(next))
                .unwrap_or(Err(PublishError::NoData));
        };
        if events.is_empty() {
            return Err(PublishError::NoData);
        }
        let timer = Timer::begin();
        let published = self.append_batch(&**backend, topic, &events).await;
        timer.published(&published);
        published
    }

    async fn append_batch(
        self: &Arc<Self>,
        backend: &dyn Backend,
        topic: &TopicName,
        events: &[Event],
    ) -> Result<EventId, PublishError> {
        let now = Instant::now();
        let epoch_number = self.shared.look(|state| {
            state.check_publish(now)?;
            state.check_background().map_err(PublishError::Background)?;
            Ok::<_, PublishError>(state.epoch_number())
        })?;
        let bodies = events.iter().map(|event| event.encode().into_bytes()).collect();
        let last = backend.append_all(topic, bodies).await.map_err(PublishError::from)?;
        self.change(|state, _| state.acknowledge(&last.epoch, last.position, events.len() as u64));
        let last = self.arrival(last, epoch_number).await?;
        Ok(last.epoch.id(last.position))
    }

    /// Resolves once this hub's own tail has delivered an entry. `epoch_number` is the number of the epoch as it was
    /// before the entry was appended, or was known.
    ///
    /// # Errors
    /// [`PublishError::Backend`] if the entry did not arrive.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub(crate) async fn arrival(
        self: &Arc<Self>,
        appended: Appended,
        epoch_number: u64,
    ) -> Result<Appended, PublishError> {
        let slot = self.change(|_, waiters| waiters.open());
        let mut arrival = Arrival { inner: Arc::clone(self), slot, appended };
        poll_fn(|cx| {
            let Arrival { slot, appended, .. } = &mut arrival;
            let key = slot.key();
            self.shared
                .poll(slot, cx.waker(), |state, _| state.await_entry(key, appended, epoch_number))
        })
        .await?;
        Ok(arrival.appended.clone())
    }
}

impl Inner {
    /// Ends a topic.
    pub(crate) async fn end(
        self: &Arc<Self>,
        topic: &TopicName,
        last: Option<Event>,
    ) -> Result<EventId, PublishError> {
        let Some(backend) = &self.backend else { return self.end_now(topic, last) };
        let (timer, has_event) = (Timer::begin(), last.is_some());
        let ended = self.append_end(&**backend, topic, last).await;
        if has_event {
            timer.published(&ended);
        }
        ended
    }

    async fn append_end(
        self: &Arc<Self>,
        backend: &dyn Backend,
        topic: &TopicName,
        last: Option<Event>,
    ) -> Result<EventId, PublishError> {
        check_end(topic)?;
        if let Some(event) = &last {
            self.check(event)?;
        }
        let now = Instant::now();
        self.shared.look(|state| state.check_publish(now))?;
        let last = last.map(|event| event.encode().into_bytes());
        // The backend has refused it if another end came first, so the order decides nothing more.
        let ended = self.append_control(backend, topic, Control::End { last }).await?;
        Ok(ended.epoch.id(ended.position))
    }

    /// Ends a topic of a hub in memory.
    pub(crate) fn end_now(
        &self,
        topic: &TopicName,
        last: Option<Event>,
    ) -> Result<EventId, PublishError> {
        check_end(topic)?;
        let now = Instant::now();
        match last {
            Some(event) => self.publish(event, true, |state, waiters| {
                state.open_topic(topic, now, &mut waiters.work)
            }),
            None if self.backend.is_some() => Err(PublishError::NeedsAwait),
            None => self.change(|state, waiters| state.end_now(topic, now, waiters)),
        }
    }
}

/// Refuses to end the topic of control entries.
fn check_end(topic: &TopicName) -> Result<(), PublishError> {
    match *topic == control_topic() {
        true => Err(PublishError::Topic(InvalidTopicName::Reserved)),
        false => Ok(()),
    }
}

/// Waits for an entry until it is dropped.
struct Arrival {
    inner: Arc<Inner>,
    slot: Slot,
    appended: Appended,
}

impl Drop for Arrival {
    fn drop(&mut self) {
        let Self { inner, slot, appended } = self;
        inner.change(|state, waiters| {
            state.forget_awaited(slot.key(), appended.position);
            waiters.close(slot);
        });
    }
}
