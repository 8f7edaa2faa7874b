//! Responses of actix-web.

use std::{
    error, fmt,
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::{body::MessageBody, dev::ServiceResponse, http::header::CONTENT_TYPE};
use bytes::Bytes;
use futures_core::Stream;

use super::Response;

impl<B: MessageBody> Response for ServiceResponse<B> {
    type Error = Box<dyn error::Error>;
    type Chunks = Chunks<B>;

    fn status(&self) -> u16 {
        self.status().as_u16()
    }

    fn content_type(&self) -> Option<String> {
        let value = self.headers().get(CONTENT_TYPE)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    }

    fn into_chunks(self) -> Self::Chunks {
        Chunks(Box::pin(self.into_body()))
    }
}

/// A body as a stream, which actix-web's trait is in all but its name.
pub struct Chunks<B>(Pin<Box<B>>);

impl<B: MessageBody> Stream for Chunks<B> {
    type Item = Result<Bytes, Box<dyn error::Error>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(cx).map_err(Into::into)
    }
}

impl<B> fmt::Debug for Chunks<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunks").finish_non_exhaustive()
    }
}
