//! Responses of Rocket.

use std::io;

use rocket::local::asynchronous::LocalResponse;
use tokio_util::io::ReaderStream;

use super::Response;

impl<'c> Response for LocalResponse<'c> {
    type Error = io::Error;
    type Chunks = ReaderStream<LocalResponse<'c>>;

    fn status(&self) -> u16 {
        self.status().code
    }

    fn content_type(&self) -> Option<String> {
        self.headers().get_one("content-type").map(str::to_owned)
    }

    fn into_chunks(self) -> Self::Chunks {
        ReaderStream::new(self)
    }
}
