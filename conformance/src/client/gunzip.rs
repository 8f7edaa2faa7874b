//! Decompresses gzip while it arrives.

use std::io::Write as _;

use flate2::write::GzDecoder;

/// Decompresses as far as the bytes so far allow.
#[derive(Debug)]
pub struct Gunzip(GzDecoder<Vec<u8>>);

impl Gunzip {
    /// Begins before the first byte.
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

    /// All decompressed bytes so far.
    pub fn bytes(&self) -> &[u8] {
        self.0.get_ref()
    }
}

impl Default for Gunzip {
    fn default() -> Self {
        Self::new()
    }
}
