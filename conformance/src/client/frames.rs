//! The body of a response over HTTP/2.

use bytes::Bytes;
use h2::{RecvStream, SendStream};

use super::{Ending, Part, within};

/// The body of a response over HTTP/2, frame by frame.
///
/// Dropping it resets the stream; the connection stays open.
#[derive(Debug)]
pub(super) struct Frames {
    name: &'static str,
    body: RecvStream,
    _handle: SendStream<Bytes>,
}

impl Frames {
    pub(super) fn new(name: &'static str, body: RecvStream, handle: SendStream<Bytes>) -> Self {
        Self { name, body, _handle: handle }
    }

    /// Reads the next frame.
    pub(super) async fn next(&mut self) -> Result<Part, Ending> {
        let frame = within(self.name, "a frame from the server", self.body.data()).await;
        match frame {
            None => Err(Ending::Complete),
            Some(Err(error)) => {
                // Shown if the test fails.
                println!("{}: {error}", self.name);
                Err(Ending::Cut)
            }
            Some(Ok(bytes)) => {
                // This fails only for a stream that is gone; the next frame reports that.
                let _ = self.body.flow_control().release_capacity(bytes.len());
                Ok(Part { bytes: bytes.to_vec(), reads: 1 })
            }
        }
    }
}
