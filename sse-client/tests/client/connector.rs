//! A connector whose response is sent by the test.

use std::{
    convert::Infallible,
    future::ready,
    pin::Pin,
    sync::Mutex,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use sse_client::{Client, Connector, SendError};
use tokio::sync::mpsc::UnboundedReceiver;

pub(crate) struct Live(Mutex<Option<UnboundedReceiver<&'static [u8]>>>);

impl Live {
    pub(crate) fn new(body: UnboundedReceiver<&'static [u8]>) -> Self {
        Self(Mutex::new(Some(body)))
    }

    pub(crate) fn client(self) -> Client {
        Client::new(self, || ready(Ok::<_, Infallible>(Request::new(()))))
    }
}

impl Connector for Live {
    type RequestBody = ();
    type ResponseBody = Received;

    async fn send(&self, _: Request<()>) -> Result<Response<Received>, SendError> {
        let body = self.0.lock().unwrap().take().ok_or_else(|| SendError::permanent("once"))?;
        let response = Response::builder().header("content-type", "text/event-stream");
        response.body(Received(body)).map_err(SendError::permanent)
    }
}

pub(crate) struct Received(UnboundedReceiver<&'static [u8]>);

impl Body for Received {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(cx).map(|bytes| Some(Ok(Frame::data(Bytes::from_static(bytes?)))))
    }
}
