//! A piece of a body.

/// A piece of a body: a chunk over HTTP/1.1, a read over HTTP/1.0, a frame over HTTP/2.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its bytes, without the framing of HTTP.
    pub bytes: Vec<u8>,
    /// The number of reads of the socket that it took; 0 if it came together with the part before.
    pub reads: usize,
}
