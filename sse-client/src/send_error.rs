//! Why a request has no response.

use std::{error, fmt};

use crate::BoxError;

/// Why a [`Connector`](crate::Connector) has no response to a request.
///
/// The kind decides what follows. A request that was not sent is repeated, unless
/// [`Client::reconnect`](crate::Client::reconnect) is off. One that may have been sent is repeated only if that
/// is safe.
///
/// # Example
/// ```
/// use std::io;
/// use sse_client::SendError;
///
/// let refused = SendError::unsent(io::Error::from(io::ErrorKind::ConnectionRefused));
/// assert_eq!(refused.to_string(), "the connection could not be made: connection refused");
/// ```
#[derive(Debug)]
pub struct SendError {
    pub(crate) kind: Kind,
    pub(crate) source: BoxError,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Unsent,
    Sent,
    Permanent,
}

impl SendError {
    /// No byte of the request has left, for example because the connection was refused.
    pub fn unsent(source: impl Into<BoxError>) -> Self {
        Self { kind: Kind::Unsent, source: source.into() }
    }

    /// The request may have reached the server. Use it in case of doubt.
    pub fn sent(source: impl Into<BoxError>) -> Self {
        Self { kind: Kind::Sent, source: source.into() }
    }

    /// The same request would fail each time, for example because its URL is invalid. It is not repeated.
    pub fn permanent(source: impl Into<BoxError>) -> Self {
        Self { kind: Kind::Permanent, source: source.into() }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            Kind::Unsent => "the connection could not be made",
            Kind::Sent => "the request got no response",
            Kind::Permanent => "the request cannot be sent",
        };
        write!(f, "{what}: {}", self.source)
    }
}

impl error::Error for SendError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        Some(&*self.source)
    }
}
