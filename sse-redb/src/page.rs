//! The layout of a journal's first page, and the encoding of its fields.

use sse_hub::Epoch;

/// The page's length in bytes.
pub(crate) const LEN: usize = 4096;

/// The mark's offset.
pub(crate) const MARK_AT: u64 = 512;

/// The era's offset.
pub(crate) const ERA_AT: u64 = 1024;

/// The era's length: two texts and a checksum.
pub(crate) const ERA_LEN: usize = 2 * TEXT_LEN + 4;

/// The length of a text: its own length, its bytes, zeros.
pub(crate) const TEXT_LEN: usize = 65;

/// Returns the checksum of a part of the page and of the epoch that its file began with.
pub(crate) fn checksum(part: &[u8], first: &Epoch) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(part);
    hasher.update(first.as_str().as_bytes());
    hasher.finalize()
}

/// Appends a text of at most 64 bytes.
pub(crate) fn push_text(page: &mut Vec<u8>, text: &str) {
    let end = page.len() + TEXT_LEN;
    page.push(u8::try_from(text.len()).expect("a text has at most 64 bytes"));
    page.extend_from_slice(text.as_bytes());
    page.resize(end, 0);
}

/// Reads a text.
pub(crate) fn text(field: &[u8]) -> Option<&str> {
    let (len, text) = field.split_first()?;
    str::from_utf8(text.get(..usize::from(*len))?).ok()
}
