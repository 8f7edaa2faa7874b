//! Gzip, decompressed as it comes.

use std::io::Write as _;

use flate2::write::GzDecoder;

/// Decompresses as far as the bytes that came allow.
#[derive(Debug)]
pub struct Gunzip(GzDecoder<Vec<u8>>);

impl Gunzip {
    /// Expects the beginning.
    pub fn new() -> Self {
        Self(GzDecoder::new(Vec::new()))
    }

    /// Takes the next bytes.
    ///
    /// # Panics
    /// If they are not gzip.
    pub fn feed(&mut self, bytes: &[u8]) {
        let fed = self.0.write_all(bytes).and_then(|()| self.0.flush());
        fed.unwrap_or_else(|error| panic!("not gzip: {error}"));
    }

    /// All that came so far.
    pub fn bytes(&self) -> &[u8] {
        self.0.get_ref()
    }
}

impl Default for Gunzip {
    fn default() -> Self {
        Self::new()
    }
}
