//! The requests of a client, with their types erased.

use std::{future::Future, pin::Pin, sync::Arc};

use bytes::Bytes;
use http::{
    HeaderValue, Method, Request, Response,
    header::{ACCEPT, CACHE_CONTROL, HeaderName},
};
use http_body_util::{BodyExt, combinators::UnsyncBoxBody};

use crate::{BoxError, Connector, SendError};

pub(crate) type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;
pub(crate) type Head = Response<UnsyncBoxBody<Bytes, BoxError>>;

/// Makes the request of each attempt.
pub(crate) trait Attempts: Send {
    fn prepare(&mut self) -> BoxFuture<Result<Prepared, BoxError>>;
}

/// A request that is not sent yet.
pub(crate) struct Prepared {
    pub(crate) method: Method,
    /// Sends it with this `Last-Event-ID`.
    pub(crate) send: Box<dyn FnOnce(Option<HeaderValue>) -> Sending + Send>,
}

pub(crate) type Sending = BoxFuture<Result<Head, SendError>>;

/// A connector, and the function that makes its requests.
pub(crate) struct Requests<C, F> {
    pub(crate) connector: Arc<C>,
    pub(crate) request: F,
}

impl<C, F, Fut, R, E> Attempts for Requests<C, F>
where
    C: Connector,
    F: FnMut() -> Fut + Send,
    Fut: Future<Output = Result<R, E>> + Send + 'static,
    R: TryInto<Request<C::RequestBody>, Error: Into<BoxError>>,
    E: Into<BoxError>,
{
    fn prepare(&mut self) -> BoxFuture<Result<Prepared, BoxError>> {
        let connector = self.connector.clone();
        let request = (self.request)();
        Box::pin(async move {
            let request = request.await.map_err(Into::into)?.try_into().map_err(Into::into)?;
            let method = request.method().clone();
            Ok(Prepared { method, send: Box::new(|id| send(connector, request, id)) })
        })
    }
}

fn send<C: Connector>(
    connector: Arc<C>,
    mut request: Request<C::RequestBody>,
    last_event_id: Option<HeaderValue>,
) -> Sending {
    let headers = request.headers_mut();
    // HTML 9.2.2: "Set request's header list" to one with `Accept`, and the cache mode "no-store", for which Fetch
    // sends `Cache-Control: no-cache`.
    headers.entry(ACCEPT).or_insert(HeaderValue::from_static("text/event-stream"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
    if let Some(id) = last_event_id {
        headers.insert(LAST_EVENT_ID, id);
    }
    Box::pin(async move {
        let response = connector.send(request).await?;
        Ok(response.map(|body| body.map_err(Into::into).boxed_unsync()))
    })
}

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
