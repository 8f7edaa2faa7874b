//! Plain hyper as a connector.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, Uri, header::HOST};
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use hyper::{
    body::Incoming,
    client::conn::http1::{Connection, handshake},
};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::{BoxError, Connector, SendError};

/// Sends each request over a connection of its own, with HTTP/1.1 and without TLS.
///
/// Use it for a server in the same network, if you do not need TLS or the other features of reqwest. It follows no
/// redirects, and never sends a request twice. It spawns no task: dropping the stream closes the socket.
///
/// # Example
/// ```no_run
/// use std::future::ready;
///
/// use http::Request;
/// use sse_client::{Client, Hyper};
///
/// let request = || ready(Request::get("http://127.0.0.1:3000/events").body(Default::default()));
/// let events = Client::new(Hyper, request).events();
/// # drop(events);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Hyper;

impl Connector for Hyper {
    type RequestBody = Full<Bytes>;
    type ResponseBody = HyperBody;

    async fn send(
        &self,
        mut request: Request<Full<Bytes>>,
    ) -> Result<Response<HyperBody>, SendError> {
        let (host, port) = address(request.uri())?;
        if !request.headers().contains_key(HOST) {
            let authority = request.uri().authority().map(|authority| authority.as_str());
            let host = authority.unwrap_or_default().rsplit('@').next().unwrap_or_default();
            let host = HeaderValue::from_str(host).map_err(SendError::permanent)?;
            request.headers_mut().insert(HOST, host);
        }
        // RFC 9112 3.2.1: a request to the server itself has only the path and the query.
        // Its text begins with a slash, also if that of `as_str` begins with the query.
        let path =
            request.uri().path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
        *request.uri_mut() = path.parse().map_err(SendError::permanent)?;

        let socket = TcpStream::connect((host, port)).await.map_err(SendError::unsent)?;
        let (mut sender, connection) =
            handshake(TokioIo::new(socket)).await.map_err(SendError::unsent)?;
        let mut connection = Box::pin(connection);
        let mut response = Box::pin(sender.send_request(request));
        let response = std::future::poll_fn(|cx| {
            // The connection produces the response, so it is polled first. The response also reports how the
            // connection ended.
            let _ = connection.as_mut().poll(cx);
            response.as_mut().poll(cx)
        });
        let response = response.await.map_err(SendError::sent)?;
        Ok(response.map(|body| HyperBody { connection: Some(connection), body }))
    }
}

/// The host and the port of a URL.
fn address(uri: &Uri) -> Result<(String, u16), SendError> {
    if uri.scheme_str() != Some("http") {
        let text = format!("{uri} does not begin with http://; use reqwest for another scheme");
        return Err(SendError::permanent(text));
    }
    let host = uri.host().unwrap_or_default();
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    Ok((host.to_owned(), uri.port_u16().unwrap_or(80)))
}

type Http1 = Connection<TokioIo<TcpStream>, Full<Bytes>>;

/// The body of a response, with the connection that it is read from.
#[derive(Debug)]
pub struct HyperBody {
    /// `None` once it has ended.
    connection: Option<Pin<Box<Http1>>>,
    body: Incoming,
}

impl Body for HyperBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Some(connection) = &mut self.connection
            && connection.as_mut().poll(cx).is_ready()
        {
            self.connection = None;
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
