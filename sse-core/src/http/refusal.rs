//! Converts a refusal into an [`http::Response`].

use http::{HeaderName, HeaderValue, Response, StatusCode};

use crate::Refusal;

/// The body of the response is the message.
impl From<Refusal> for Response<String> {
    fn from(refusal: Refusal) -> Self {
        let mut response = Self::new(refusal.message().to_owned());
        *response.status_mut() = StatusCode::from_u16(refusal.status())
            .expect("a refusal's status is 204 or 400 to 599");
        for (name, value) in refusal.headers() {
            let value = HeaderValue::from_str(&value).expect("a refusal's header values are ASCII");
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::NoContent;

    #[test]
    fn a_refusal_is_a_status_headers_and_a_text() {
        let busy = Refusal::new(429, "busy").retry_after(Duration::from_secs(5));
        for (refusal, expected) in [
            (
                busy,
                r#"429 busy {"cache-control": "no-store", "content-type": "text/plain; charset=utf-8", "retry-after": "5"}"#,
            ),
            (NoContent.into(), r#"204  {"cache-control": "no-store"}"#),
        ] {
            let response = Response::from(refusal);
            let (status, headers) = (response.status().as_u16(), response.headers());
            assert_eq!(format!("{status} {} {headers:?}", response.body()), expected);
        }
    }
}
