//! Text that is cheap to clone.

use std::{fmt, hash, ops::Deref};

use arrayvec::ArrayString;
use bytestring::ByteString;

/// Text that is cheap to clone: short text is stored in place, and longer text as a slice of shared bytes.
///
/// Slicing a chunk and dropping the slice takes two atomic operations, which cost a third of the time to
/// read an event. Copying a few bytes costs next to nothing, and does not keep the chunk alive.
#[derive(Clone)]
pub(crate) enum SharedStr {
    Short(ShortStr),
    Shared(ByteString),
}

/// Short text, stored in place. With at most 32 bytes of it, a `SharedStr` takes 40 bytes on 64-bit targets; a
/// `ByteString` alone takes 32.
pub(crate) type ShortStr = ArrayString<32>;

impl SharedStr {
    pub(crate) const fn from_static(text: &'static str) -> Self {
        Self::Shared(ByteString::from_static(text))
    }
}

impl Deref for SharedStr {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        match self {
            Self::Short(text) => text,
            Self::Shared(text) => text,
        }
    }
}

impl PartialEq for SharedStr {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for SharedStr {}

impl hash::Hash for SharedStr {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl fmt::Debug for SharedStr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl From<ByteString> for SharedStr {
    fn from(text: ByteString) -> Self {
        Self::Shared(text)
    }
}

impl From<String> for SharedStr {
    fn from(text: String) -> Self {
        Self::Shared(text.into())
    }
}

impl From<&str> for SharedStr {
    #[inline]
    fn from(text: &str) -> Self {
        match ArrayString::from(text) {
            Ok(text) => Self::Short(text),
            Err(_) => Self::Shared(text.into()),
        }
    }
}

impl Default for SharedStr {
    fn default() -> Self {
        Self::Short(ArrayString::new_const())
    }
}
