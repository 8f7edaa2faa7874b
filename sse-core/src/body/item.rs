//! What a stream may yield.

use std::fmt;

use super::batch::Batch;
use crate::{Event, Frame};

/// What a response's stream may yield: [`Event`], [`Frame`], or a `Result` of either.
///
/// An error ends the stream as [`Config::on_error`](crate::Config::on_error) says; any error that
/// can be displayed will do.
pub trait BodyItem: sealed::Append {}

impl<T: sealed::Append> BodyItem for T {}

pub(super) mod sealed {
    use super::{Batch, fmt};

    pub trait Append {
        type Error: fmt::Display;

        fn append(self, batch: &mut Batch) -> Result<(), Self::Error>;
    }
}

impl sealed::Append for Event {
    type Error = std::convert::Infallible;

    fn append(self, batch: &mut Batch) -> Result<(), Self::Error> {
        batch.push_event(&self);
        Ok(())
    }
}

impl sealed::Append for Frame {
    type Error = std::convert::Infallible;

    fn append(self, batch: &mut Batch) -> Result<(), Self::Error> {
        batch.push_frame(self);
        Ok(())
    }
}

impl<E: fmt::Display> sealed::Append for Result<Event, E> {
    type Error = E;

    fn append(self, batch: &mut Batch) -> Result<(), E> {
        batch.push_event(&self?);
        Ok(())
    }
}

impl<E: fmt::Display> sealed::Append for Result<Frame, E> {
    type Error = E;

    fn append(self, batch: &mut Batch) -> Result<(), E> {
        batch.push_frame(self?);
        Ok(())
    }
}
