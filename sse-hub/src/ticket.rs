//! A secret that opens one stream.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::TicketError;

/// A secret that opens one stream, for clients that cannot send a header or a cookie: see
/// [`Hub::issue_ticket`](crate::Hub::issue_ticket).
///
/// Its text has letters, digits, `.` and `-`, so it needs no escaping in a URL.
///
/// # Example
/// ```
/// # use std::time::Duration;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use sse_hub::{Hub, Principal};
///
/// let ticket = Hub::new().issue_ticket(&Principal::new("user 7")?, Duration::from_secs(5)).await?;
/// let address = format!("/events?ticket={ticket}");
/// # Ok(()) }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket(String);

impl Ticket {
    /// `id` is that of the ticket's entry in the log, so that another node can wait for the entry.
    pub(crate) fn new(id: impl fmt::Display, secret: &Secret) -> Self {
        Self(format!("{id}.{}", secret.0))
    }

    /// Returns the ID of a ticket's entry, and the hash of its secret.
    pub(crate) fn parse(text: &str) -> Option<(&str, TicketHash)> {
        let (id, secret) = text.rsplit_once('.')?;
        (secret.len() == SECRET).then(|| (id, hash(secret)))
    }

    /// Returns the text.
    ///
    /// # Example
    /// ```
    /// fn address(ticket: &sse_hub::Ticket) -> String {
    ///     format!("/events?ticket={}", ticket.as_str())
    /// }
    /// ```
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Hides the secret.
impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket").finish_non_exhaustive()
    }
}

/// The SHA-256 of a ticket's secret. Tickets are found by it, so the time of a search reveals nothing about a secret.
pub(crate) type TicketHash = [u8; 32];

/// A secret that nobody can guess: 128 bits from the operating system, in hexadecimal.
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn random() -> Result<Self, TicketError> {
        let mut bits = [0; 16];
        getrandom::fill(&mut bits).map_err(|_| TicketError::NoRandomness)?;
        Ok(Self(format!("{:0SECRET$x}", u128::from_ne_bytes(bits))))
    }

    pub(crate) fn hash(&self) -> TicketHash {
        hash(&self.0)
    }
}

fn hash(secret: &str) -> TicketHash {
    Sha256::digest(secret.as_bytes()).into()
}

/// The length of a secret.
const SECRET: usize = 32;

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_read_as_it_was_written() {
        let (one, two) = (Secret::random().expect("random"), Secret::random().expect("random"));
        assert_ne!(one.hash(), two.hash());
        let ticket = Ticket::new("abc.1-7", &one);
        assert_eq!(Ticket::parse(ticket.as_str()), Some(("abc.1-7", one.hash())));
        let escaped = |byte: u8| !(byte.is_ascii_alphanumeric() || b".-".contains(&byte));
        assert!(!ticket.as_str().bytes().any(escaped));
        assert_eq!(format!("{ticket:?}"), "Ticket { .. }");
        let long = "a.".repeat(50_000);
        for text in ["", ".", "abc.7", "abc.7.00", &long, &ticket.as_str()[1..][..30]] {
            assert_eq!(Ticket::parse(text), None, "{text}");
        }
    }
}
