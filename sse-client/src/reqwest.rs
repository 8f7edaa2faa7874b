//! reqwest as a connector.

use std::sync::OnceLock;

use http::{Request, Response};
use reqwest::{Body, Client};

use crate::{Connector, SendError};

/// Sends each request with reqwest, with the settings of the client: TLS, proxies, redirects, HTTP/2.
///
/// A request's own timeout ends the stream too, so set none: [`Client::stall_after`](crate::Client::stall_after)
/// notices dead connections.
///
/// A request that takes a connection from the pool of reqwest may wait forever if the server closes that connection at
/// the same moment: `stall_after` notices this too.
///
/// reqwest itself sends some requests again: those that an HTTP/2 server has refused unprocessed, and those of which
/// no byte was sent on a reused connection. Neither kind was processed, so no finished POST is sent twice.
/// `retry(reqwest::retry::never())` and `pool_max_idle_per_host(0)` of its builder turn both off. After a 307 or a
/// 308, reqwest sends a POST to the other address, unless its redirects are off. A POST counts as sent even if the
/// connection could not be made, because this may be the connection of a redirect.
impl Connector for Client {
    type RequestBody = Body;
    type ResponseBody = Body;

    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, SendError> {
        // After a 303, the connection of the GET may fail, and the server has received the POST. reqwest does not say
        // for which of its requests a connection failed.
        let safe = request.method().is_safe();
        let request = request.try_into().map_err(SendError::permanent)?;
        match self.execute(request).await {
            Ok(response) => Ok(response.into()),
            Err(error) if error.is_connect() && safe => Err(SendError::unsent(error)),
            Err(error) if error.is_builder() || error.is_redirect() => {
                Err(SendError::permanent(error))
            }
            Err(error) => Err(SendError::sent(error)),
        }
    }
}

/// A client that uses each connection once, and repeats nothing. It is made for the first request, since that can
/// fail.
#[derive(Default)]
pub(crate) struct OwnReqwest(OnceLock<Client>);

impl Connector for OwnReqwest {
    type RequestBody = Body;
    type ResponseBody = Body;

    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, SendError> {
        if let Some(client) = self.0.get() {
            return client.send(request).await;
        }
        let client = Client::builder().pool_max_idle_per_host(0).retry(reqwest::retry::never());
        let client = client.build().map_err(SendError::permanent)?;
        self.0.get_or_init(|| client).send(request).await
    }
}
