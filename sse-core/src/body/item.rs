//! The items that a response's stream may yield.

use std::fmt;

use super::batch::Batch;
use crate::{Event, Frame};

/// An item of a response's stream: [`Event`], [`Frame`], or a `Result` of either.
///
/// An error may be any type that implements `Display`. It ends the stream, and
/// [`Config::on_error`](crate::Config::on_error) sets what the client receives.
///
/// # Example
/// ```
/// use sse_core::{Event, Frame, adapter::{Body, BodyItem}};
/// use tokio_stream::Stream;
///
/// fn body<S: Stream<Item: BodyItem>>(stream: S) -> Body<S> {
///     Body::new(stream)
/// }
///
/// body(tokio_stream::iter([Event::data("a")]));
/// body(tokio_stream::iter([Ok::<Frame, std::io::Error>(Event::data("a").encode())]));
/// ```
pub trait BodyItem: sealed::Append {}

impl<T: sealed::Append> BodyItem for T {}

pub(crate) mod sealed {
    use super::{Batch, Event, fmt};

    pub trait Append {
        type Error: fmt::Display;

        fn append(self, batch: &mut Batch) -> Result<(), Self::Error>;

        /// Makes an item, for streams that add events to another's.
        fn from_event(event: Event) -> Self;
    }
}

impl sealed::Append for Event {
    type Error = std::convert::Infallible;

    fn append(self, batch: &mut Batch) -> Result<(), Self::Error> {
        batch.push_event(&self);
        Ok(())
    }

    fn from_event(event: Event) -> Self {
        event
    }
}

impl sealed::Append for Frame {
    type Error = std::convert::Infallible;

    fn append(self, batch: &mut Batch) -> Result<(), Self::Error> {
        batch.push_frame(self);
        Ok(())
    }

    fn from_event(event: Event) -> Self {
        event.encode()
    }
}

impl<E: fmt::Display> sealed::Append for Result<Event, E> {
    type Error = E;

    fn append(self, batch: &mut Batch) -> Result<(), E> {
        batch.push_event(&self?);
        Ok(())
    }

    fn from_event(event: Event) -> Self {
        Ok(event)
    }
}

impl<E: fmt::Display> sealed::Append for Result<Frame, E> {
    type Error = E;

    fn append(self, batch: &mut Batch) -> Result<(), E> {
        batch.push_frame(self?);
        Ok(())
    }

    fn from_event(event: Event) -> Self {
        Ok(event.encode())
    }
}
