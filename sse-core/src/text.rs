//! Text of one or more lines, for an event's data or comment.

use std::{borrow::Cow, fmt, hash, ops::Deref};

use bytestring::ByteString;

use crate::shared_str::SharedStr;

/// Text of one or more lines: the data of an [`Event`](crate::Event), or its comment.
///
/// Every way to make one replaces CR and CRLF with LF, as the receiver would: each of the three ends a
/// line (WHATWG HTML 9.2.5), and the receiver joins lines with LF (WHATWG HTML 9.2.6). Nothing else is
/// changed or trimmed, so a browser receives the rest of the text unchanged. A clone shares the text, or
/// copies at most 32 bytes.
///
/// # Example
/// ```
/// # use sse_core::Text;
/// let text = Text::from("one\r\ntwo\rthree");
/// assert_eq!(&*text, "one\ntwo\nthree");
/// ```
#[derive(Clone, Default)]
pub struct Text {
    /// The text, which has no CR.
    text: SharedStr,
    /// The number of LFs in `text`, counted once, so that the encoder knows its size in advance.
    breaks: usize,
}

impl Text {
    /// Makes a text without copying it, unless it has a CR.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Text;
    /// let text = Text::new(String::from("one\rtwo"));
    /// assert_eq!(text, "one\ntwo");
    /// ```
    pub fn new(text: impl Into<ByteString>) -> Self {
        Self::of(SharedStr::from(text.into()))
    }

    fn of(mut text: SharedStr) -> Self {
        // HTML 9.2.5: "Lines must be separated by either a U+000D CARRIAGE RETURN U+000A LINE FEED (CRLF) character
        // pair, a single U+000A LINE FEED (LF) character, or a single U+000D CARRIAGE RETURN (CR) character."
        if let Some(first) = memchr::memchr(b'\r', text.as_bytes()) {
            text = without_cr(&text, first).into();
        }
        let breaks = memchr::memchr_iter(b'\n', text.as_bytes()).count();
        Self { text, breaks }
    }

    /// Makes a text that is known to be one line, because the decoder has split it.
    #[inline]
    pub(crate) fn from_line(text: SharedStr) -> Self {
        debug_assert!(memchr::memchr2(b'\r', b'\n', text.as_bytes()).is_none());
        Self { text, breaks: 0 }
    }

    /// Makes a text from lines that the decoder has joined with LF.
    pub(crate) fn from_lines(text: String, breaks: usize) -> Self {
        debug_assert_eq!(memchr::memchr_iter(b'\n', text.as_bytes()).count(), breaks);
        Self { text: text.into(), breaks }
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the number of lines: at least 1, since empty text is one empty line.
    ///
    /// # Example
    /// ```
    /// # use sse_core::Text;
    /// assert_eq!(Text::from("one\r\ntwo").line_count(), 2);
    /// assert_eq!(Text::from("").line_count(), 1);
    /// ```
    pub fn line_count(&self) -> usize {
        self.breaks + 1
    }
}

fn without_cr(text: &str, first: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut next = Some(first);
    while let Some(at) = next {
        out.push_str(&rest[..at]);
        out.push('\n');
        rest = &rest[at + 1..];
        rest = rest.strip_prefix('\n').unwrap_or(rest);
        next = memchr::memchr(b'\r', rest.as_bytes());
    }
    out.push_str(rest);
    out
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::of(text.into())
    }
}

impl From<&String> for Text {
    fn from(text: &String) -> Self {
        Self::new(text.as_str())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<Box<str>> for Text {
    fn from(text: Box<str>) -> Self {
        Self::new(text)
    }
}

impl From<Cow<'_, str>> for Text {
    fn from(text: Cow<'_, str>) -> Self {
        match text {
            Cow::Borrowed(text) => Self::new(text),
            Cow::Owned(text) => Self::new(text),
        }
    }
}

impl From<ByteString> for Text {
    fn from(text: ByteString) -> Self {
        Self::new(text)
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text {}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl hash::Hash for Text {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, expected: &str) {
        let text = Text::from(input);
        assert_eq!(text.as_str(), expected, "{input:?}");
        assert_eq!(text.line_count(), expected.split('\n').count(), "{input:?}");
    }

    #[test]
    fn each_kind_of_line_break_becomes_one_lf() {
        check("a\nb", "a\nb");
        check("a\rb", "a\nb");
        check("a\r\nb", "a\nb");
        check("a\n\rb", "a\n\nb");
        check("a\r\rb", "a\n\nb");
        check("a\r\n\r\nb", "a\n\nb");
        check("\r\n", "\n");
        check("\r", "\n");
    }

    #[test]
    fn nothing_else_is_trimmed_or_counts_as_a_line_break() {
        for text in
            ["", " ", " a", "a ", "\ta\t", "\u{2028}", "\u{85}", "\u{b}\u{c}", "a\0b", "\u{feff}"]
        {
            check(text, text);
        }
    }

    #[test]
    fn every_kind_of_string_is_the_same_text() {
        let expected = Text::from("a\rb");
        for text in [
            Text::from(&"a\rb".to_owned()),
            Text::from("a\rb".to_owned()),
            Text::from("a\rb".to_owned().into_boxed_str()),
            Text::from(Cow::Borrowed("a\rb")),
            Text::from(Cow::<str>::Owned("a\rb".to_owned())),
            Text::from(ByteString::from_static("a\rb")),
        ] {
            assert_eq!(text, expected);
            assert_ne!(text, Text::from("a"));
            assert!(text == "a\nb" && text != "a");
            assert!(text == *"a\nb" && text != *"a");
            assert_eq!((text.as_ref(), &*text, text.to_string()), ("a\nb", "a\nb", "a\nb".into()));
        }
    }

    #[test]
    fn equal_texts_have_the_same_hash() {
        let texts = ["a\rb", "a\r\nb", "a\nb", "b"].map(Text::from);
        assert_eq!(std::collections::HashSet::from(texts).len(), 2);
        let state = std::hash::RandomState::new();
        let hash = |text: &str| std::hash::BuildHasher::hash_one(&state, Text::from(text));
        assert_ne!(hash("a"), hash("b"));
    }

    #[test]
    fn text_without_cr_is_not_copied() {
        let text = String::from("a long enough text\nof two lines");
        let address = text.as_ptr();
        assert_eq!(Text::from(text).as_str().as_ptr(), address);
    }
}
