//! Responses of axum, warp, hyper, and other frameworks on the crate `http`.

use std::fmt;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http_body::Body;
use http_body_util::BodyDataStream;

use super::Response;

impl<B> Response for http::Response<B>
where
    B: Body<Data = Bytes>,
    B::Error: fmt::Display,
{
    type Error = B::Error;
    type Chunks = BodyDataStream<B>;

    fn status(&self) -> u16 {
        self.status().as_u16()
    }

    fn content_type(&self) -> Option<String> {
        let value = self.headers().get(CONTENT_TYPE)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    }

    fn into_chunks(self) -> Self::Chunks {
        BodyDataStream::new(self.into_body())
    }
}
