//! A connector that plays a script instead of using a network.

use std::{
    collections::VecDeque,
    future::{Ready, pending, ready},
    io,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body::{Body, Frame};
use sse_client::{Client, Connector, SendError};

/// What happens to a request.
pub(crate) enum Answer {
    /// A response with this status and headers, whose body is these parts.
    Response(u16, &'static [(&'static str, &'static str)], Vec<Part>),
    Unsent,
    Sent,
    Permanent,
    /// No response, ever.
    Silence,
}

/// A part of a body.
pub(crate) enum Part {
    Bytes(Bytes),
    Cut,
    /// Nothing more, ever. Without it, the body ends.
    Silence,
}

pub(crate) const EVENT_STREAM: &[(&str, &str)] = &[("content-type", "text/event-stream")];

/// An event stream with these chunks, which then ends.
pub(crate) fn stream(chunks: &[&[u8]]) -> Answer {
    Answer::Response(200, EVENT_STREAM, parts(chunks))
}

pub(crate) fn parts(chunks: &[&[u8]]) -> Vec<Part> {
    chunks.iter().map(|chunk| Part::Bytes(Bytes::copy_from_slice(chunk))).collect()
}

/// Answers each request with the next of the script, and 204 after its end.
#[derive(Clone)]
pub(crate) struct Script {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    seen: Arc<Mutex<Vec<HeaderMap>>>,
    /// The number of bodies that are read at the moment.
    pub(crate) open: Arc<()>,
}

impl Script {
    pub(crate) fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers = Arc::new(Mutex::new(answers.into_iter().collect()));
        Self { answers, seen: Arc::default(), open: Arc::default() }
    }

    pub(crate) fn client(&self) -> Client {
        self.client_of(Method::GET)
    }

    pub(crate) fn client_of(&self, method: Method) -> Client {
        Client::new(self.clone(), move || request(&method))
    }

    /// The headers of the requests so far.
    pub(crate) fn seen(&self) -> Vec<HeaderMap> {
        self.seen.lock().unwrap().clone()
    }

    /// The `Last-Event-ID` of each request so far, or an empty text.
    pub(crate) fn seen_ids(&self) -> Vec<String> {
        let id = |headers: &HeaderMap| {
            headers.get("last-event-id").map_or(&b""[..], |id| id.as_bytes()).to_vec()
        };
        self.seen().iter().map(|headers| String::from_utf8(id(headers)).unwrap()).collect()
    }
}

fn request(method: &Method) -> Ready<Result<Request<()>, http::Error>> {
    ready(Request::builder().method(method).uri("http://test/").body(()))
}

impl Connector for Script {
    type RequestBody = ();
    type ResponseBody = Parts;

    async fn send(&self, request: Request<()>) -> Result<Response<Parts>, SendError> {
        self.seen.lock().unwrap().push(request.headers().clone());
        let answer = self.answers.lock().unwrap().pop_front();
        let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
        let (status, headers, parts) = match answer {
            Some(Answer::Response(status, headers, parts)) => (status, headers, parts),
            Some(Answer::Unsent) => return Err(SendError::unsent(refused())),
            Some(Answer::Sent) => return Err(SendError::sent(refused())),
            Some(Answer::Permanent) => return Err(SendError::permanent(refused())),
            Some(Answer::Silence) => pending().await,
            None => (204, EVENT_STREAM, Vec::new()),
        };
        let mut response = Response::new(Parts { parts: parts.into(), _open: self.open.clone() });
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        for (name, value) in headers {
            response.headers_mut().insert(*name, value.parse().unwrap());
        }
        Ok(response)
    }
}

pub(crate) struct Parts {
    parts: VecDeque<Part>,
    _open: Arc<()>,
}

impl Body for Parts {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match self.parts.pop_front() {
            Some(Part::Bytes(bytes)) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            Some(Part::Cut) => Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into()))),
            Some(Part::Silence) => {
                self.parts.push_front(Part::Silence);
                Poll::Pending
            }
            None => Poll::Ready(None),
        }
    }
}

/// A client that reconnects at once.
pub(crate) fn eager(client: Client) -> Client {
    client.backoff(Duration::ZERO..=Duration::ZERO)
}
