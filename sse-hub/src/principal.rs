//! The owner of subscriptions.

use std::fmt;

use bytestring::ByteString;

use crate::InvalidPrincipal;

/// The owner of subscriptions: a user, a session, or any other text of 1 to 255 bytes.
///
/// [`Hub::revoke`](crate::Hub::revoke) ends all subscriptions of a principal. Choose what your application revokes: a
/// session, if a logout ends one session, or a user, if it ends all of them. A backend stores the text in its log, so
/// use a session's number, and not its secret.
///
/// # Example
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use sse_hub::{Hub, Principal};
///
/// let ada = Principal::new("user 7")?;
/// let orders = Hub::new().subscribe("orders")?.principal(&ada);
/// # drop(orders);
/// # Ok(()) }
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Principal(ByteString);

impl Principal {
    /// Checks a text for use as a principal.
    ///
    /// # Example
    /// ```
    /// use sse_hub::Principal;
    ///
    /// assert!(Principal::new("user 7").is_ok());
    /// assert!(Principal::new("").is_err());
    /// ```
    ///
    /// # Errors
    /// [`InvalidPrincipal`] if it is empty or longer than 255 bytes.
    pub fn new(text: impl Into<ByteString>) -> Result<Self, InvalidPrincipal> {
        let text = text.into();
        match text.len() {
            0 => Err(InvalidPrincipal::Empty),
            1..=255 => Ok(Self(text)),
            bytes => Err(InvalidPrincipal::TooLong { bytes }),
        }
    }

    /// Returns the text.
    ///
    /// # Example
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// assert_eq!(sse_hub::Principal::new("user 7")?.as_str(), "user 7");
    /// # Ok(()) }
    /// ```
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_principal_is_a_short_text() {
        let longest = "x".repeat(255);
        for (text, expected) in [
            ("user 7", None),
            ("\0\u{e4}", None),
            (&longest, None),
            ("", Some(InvalidPrincipal::Empty)),
            (&format!("{longest}x"), Some(InvalidPrincipal::TooLong { bytes: 256 })),
        ] {
            assert_eq!(Principal::new(text).err(), expected, "{text:?}");
        }
    }
}
