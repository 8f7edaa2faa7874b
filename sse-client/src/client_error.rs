//! Why a client has failed.

use std::{error, fmt};

use http::StatusCode;
use sse_core::EventTooLong;
#[cfg(feature = "json")]
use sse_core::TypedError;

use crate::{BoxError, Lost, SendError};

/// Why a client has failed, or cannot return an event.
///
/// The stream continues after [`TooLong`](Self::TooLong) and `Typed`. Any other error is its last item.
///
/// # Example
/// ```
/// use sse_client::ClientError;
///
/// fn needs_login(error: &ClientError) -> bool {
///     matches!(error, ClientError::Status { status, .. } if status.as_u16() == 401)
/// }
/// # assert!(!needs_login(&ClientError::Request("no token".into())));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ClientError {
    /// The function that makes the requests has failed. It is not called again. If it may succeed later, let it
    /// retry before it returns.
    Request(BoxError),
    /// The connector will never be able to send the request.
    Send(SendError),
    /// The server answered with a status other than 200, after which another attempt would not help.
    Status {
        /// The status.
        status: StatusCode,
        /// The first 1,024 bytes of the body, as far as they arrived within 1 s.
        body: String,
    },
    /// The server answered 200, but not with an event stream.
    ContentType {
        /// The response's content type; empty if it has none.
        found: String,
        /// The first 1,024 bytes of the body, as far as they arrived within 1 s.
        body: String,
    },
    /// The connection was lost, and the request must not be repeated. See
    /// [`Client::reconnect`](crate::Client::reconnect).
    NotRepeated(Lost),
    /// An event was dropped, because it was longer than
    /// [`Client::max_event_size`](crate::Client::max_event_size). The stream continues.
    TooLong(EventTooLong),
    /// An event does not match the type that was asked for. The stream continues.
    #[cfg(feature = "json")]
    Typed(TypedError),
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(error) => write!(f, "the request could not be made: {error}"),
            Self::Send(error) => fmt::Display::fmt(error, f),
            Self::Status { status, body } => {
                write!(f, "the server answered {status}, so there is no event stream; ")?;
                f.write_str(next_step(*status))?;
                quote(f, body)
            }
            Self::ContentType { found, body } => {
                write!(
                    f,
                    "the response has the content type {found:?} instead of \"text/event-stream\"; \
                     check the URL, and that no login page or proxy answers for the server"
                )?;
                quote(f, body)
            }
            Self::NotRepeated(lost) => write!(
                f,
                "{lost}; the request was not repeated, because that may not be safe: if it is, set \
                 Client::reconnect"
            ),
            Self::TooLong(error) => write!(
                f,
                "an event is longer than {} bytes and was dropped; raise Client::max_event_size to read it",
                error.limit
            ),
            #[cfg(feature = "json")]
            Self::Typed(error) => fmt::Display::fmt(error, f),
        }
    }
}

fn next_step(status: StatusCode) -> &'static str {
    match status.as_u16() {
        300..400 => {
            "request the address that it redirects to, or use a connector that follows redirects"
        }
        401 | 403 => "send valid credentials with the request",
        404 | 410 => "check the URL",
        405 => "use another method",
        406 => "accept \"text/event-stream\"",
        429 => "send fewer requests, and try again later",
        400..500 => "correct the request",
        500..600 => "try again later",
        _ => "check that the URL is that of an event stream",
    }
}

fn quote(f: &mut fmt::Formatter<'_>, body: &str) -> fmt::Result {
    match body.is_empty() {
        true => Ok(()),
        false => write!(f, "; it says {body:?}"),
    }
}

impl error::Error for ClientError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Request(error) => Some(&**error),
            Self::Send(error) => Some(error),
            Self::NotRepeated(lost) => Some(lost),
            Self::TooLong(error) => Some(error),
            #[cfg(feature = "json")]
            Self::Typed(error) => Some(error),
            Self::Status { .. } | Self::ContentType { .. } => None,
        }
    }
}
