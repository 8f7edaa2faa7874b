//! Sets a head on an [`http::Response`].

use http::{HeaderName, HeaderValue, Response, StatusCode};

use crate::adapter::Head;

impl Head {
    /// Sets the status and the headers of a response.
    ///
    /// # Example
    /// ```
    /// use sse_core::adapter::Head;
    ///
    /// let mut response = http::Response::new(());
    /// Head::STREAM.set_on(&mut response);
    /// assert_eq!(response.headers()["content-type"], "text/event-stream");
    /// ```
    pub fn set_on<B>(&self, response: &mut Response<B>) {
        *response.status_mut() = StatusCode::from_u16(self.status).expect("the statuses are valid");
        for (name, value) in self.headers {
            response
                .headers_mut()
                .insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
    }
}
