//! Finds line breaks in text that has many of them.

/// An iterator over the positions of the LFs in a text, in order.
///
/// It is faster than `memchr_iter` on short lines, where the setup of each search dominates: it examines
/// eight bytes at a time, and remembers all LFs among them.
#[derive(Debug)]
pub(crate) struct LineBreaks<'a> {
    words: std::slice::Iter<'a, [u8; 8]>,
    /// The bytes after the last word, until they have been examined too.
    rest: Option<&'a [u8]>,
    /// The position at which the current word ends.
    at: usize,
    /// The highest bit of each byte of that word that is an LF and has not been returned yet.
    breaks: u64,
}

impl<'a> LineBreaks<'a> {
    #[inline]
    pub(crate) fn of(text: &'a [u8]) -> Self {
        let (words, rest) = text.as_chunks();
        Self { words: words.iter(), rest: Some(rest), at: 0, breaks: 0 }
    }
}

impl Iterator for LineBreaks<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.breaks == 0 {
            let word = match self.words.next() {
                Some(word) => *word,
                None => {
                    let rest = self.rest.take()?;
                    let mut word = [0; 8];
                    word[..rest.len()].copy_from_slice(rest);
                    word
                }
            };
            self.breaks = find(word);
            self.at += 8;
        }
        let first = self.breaks.trailing_zeros() as usize / 8;
        self.breaks &= self.breaks - 1;
        Some(self.at - 8 + first)
    }
}

/// Returns a word in which the highest bit of each byte that is an LF is set, and all others are zero.
#[inline]
fn find(word: [u8; 8]) -> u64 {
    // After the XOR, an LF is a zero byte. Adding 7f to the lower seven bits of a byte sets its highest bit
    // unless they are all zero, and never carries into the next byte.
    let word = u64::from_le_bytes(word) ^ u64::from_le_bytes([b'\n'; 8]);
    !(((word & LOW) + LOW) | word | LOW)
}

const LOW: u64 = u64::from_le_bytes([0x7f; 8]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_breaks_are_found_at_every_position() {
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        for len in 0..100 {
            for _ in 0..50 {
                let text: Vec<u8> = (0..len)
                    .map(|_| {
                        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                        // Most of these differ from LF by one bit, or by one.
                        [b'\n', b'\n', 0x0b, 0x8a, 0x00, 0x09, 0x1a, b'x'][(random >> 61) as usize]
                    })
                    .collect();
                let expected: Vec<_> = memchr::memchr_iter(b'\n', &text).collect();
                assert_eq!(LineBreaks::of(&text).collect::<Vec<_>>(), expected, "{text:?}");
            }
        }
    }
}
