//! What the head of a response means for a client.

use std::time::{Duration, SystemTime};

use http::{
    HeaderMap, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER},
};

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// An event stream follows.
    Stream,
    /// The server asks the client not to reconnect.
    NoContent,
    /// The server may answer later.
    Later(Option<Duration>),
    /// Another attempt would get the same answer.
    Refused,
}

impl Verdict {
    pub(crate) fn of(status: StatusCode, headers: &HeaderMap, now: SystemTime) -> Self {
        let retry_after = || retry_after(headers, now);
        match status {
            StatusCode::OK if is_event_stream(headers) => Self::Stream,
            StatusCode::NO_CONTENT => Self::NoContent,
            StatusCode::TOO_MANY_REQUESTS => match retry_after() {
                Some(time) => Self::Later(Some(time)),
                None => Self::Refused,
            },
            // HTML 9.2.3 would give up, but a proxy answers so while its server restarts.
            status if status.is_server_error() => Self::Later(retry_after()),
            _ => Self::Refused,
        }
    }
}

/// HTML 9.2.3: "if res's status is not 200, or if res's `Content-Type` is not `text/event-stream`, then fail the
/// connection"
fn is_event_stream(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("text/event-stream")
}

/// RFC 9110 10.2.3: "The Retry-After field value can be either an HTTP-date or a number of seconds to delay after
/// receiving the response."
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[track_caller]
    fn check(status: u16, content_type: &str, retry_after: &str, expected: Verdict) {
        let mut headers = HeaderMap::new();
        for (name, value) in [(CONTENT_TYPE, content_type), (RETRY_AFTER, retry_after)] {
            if !value.is_empty() {
                headers.insert(name, HeaderValue::from_str(value).expect("a header"));
            }
        }
        // Thu, 01 Jan 2026 00:00:00 GMT
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600);
        let status = StatusCode::from_u16(status).expect("a status");
        let found = Verdict::of(status, &headers, now);
        assert_eq!(found, expected, "{status}, {content_type:?}, {retry_after:?}");
    }

    #[test]
    fn only_200_with_the_content_type_is_an_event_stream() {
        for content_type in ["text/event-stream", "Text/Event-Stream ; charset=utf-8"] {
            check(200, content_type, "", Verdict::Stream);
        }
        for content_type in ["", "text/html", "text/event-streams", "x, text/event-stream"] {
            check(200, content_type, "", Verdict::Refused);
        }
        for status in [201, 206, 301, 400, 401, 404, 410] {
            check(status, "text/event-stream", "5", Verdict::Refused);
        }
        check(204, "", "", Verdict::NoContent);
    }

    #[test]
    fn a_server_that_is_busy_is_asked_later() {
        let later = |seconds| Verdict::Later(Some(Duration::from_secs(seconds)));
        check(503, "text/html", "", Verdict::Later(None));
        check(502, "", "soon", Verdict::Later(None));
        check(500, "", "", Verdict::Later(None));
        check(429, "", "", Verdict::Refused);
        check(429, "", "-1", Verdict::Refused);
        for status in [429, 503] {
            check(status, "", "120", later(120));
            check(status, "", "99999999999999999999", later(u64::MAX));
            check(status, "", "Thu, 01 Jan 2026 00:01:30 GMT", later(90));
            check(status, "", "Wed, 31 Dec 2025 23:59:59 GMT", later(0));
        }
    }
}
