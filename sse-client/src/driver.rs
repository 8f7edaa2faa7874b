//! Connects the state machine to requests, bodies and a timer.

use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll, ready},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header::CONTENT_TYPE};
use http_body::Body;
use http_body_util::combinators::UnsyncBoxBody;
use sse_core::{Decoder, StreamItem};
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use crate::{
    BoxError, ClientError, Lost, SendError, Stop, Update,
    attempts::{Attempts, BoxFuture, Head, Prepared, Sending},
    machine::{Action, Input, Machine, Policy},
    send_error::Kind,
    verdict::Verdict,
};

/// A running client.
pub(crate) struct Driver {
    attempts: Box<dyn Attempts>,
    machine: Machine,
    phase: Phase,
    /// It knows the last event ID, also between two connections.
    decoder: Decoder,
    max_event_size: usize,
    stall_after: Duration,
    /// It may be set to an earlier time than the machine's deadline, because bytes do not reset it.
    timer: Option<Pin<Box<Sleep>>>,
}

enum Phase {
    Begin,
    Preparing(BoxFuture<Result<Prepared, BoxError>>),
    Sending(Sending),
    Refused(BoxFuture<ClientError>),
    Open(UnsyncBoxBody<Bytes, BoxError>),
    Waiting,
    Stopped,
}

/// What happened, before it is reported.
enum Happened {
    Stream(UnsyncBoxBody<Bytes, BoxError>),
    NoContent,
    Refused(ClientError),
    Lost(Input, Lost),
}

impl Driver {
    pub(crate) fn new(
        attempts: Box<dyn Attempts>,
        policy: Policy,
        last_event_id: &str,
        max_event_size: usize,
    ) -> Self {
        Self {
            attempts,
            stall_after: policy.stall_after,
            machine: Machine::new(policy),
            phase: Phase::Begin,
            decoder: Decoder::resume(last_event_id),
            max_event_size,
            timer: None,
        }
    }

    pub(crate) fn last_event_id(&self) -> &str {
        self.decoder.last_event_id()
    }

    pub(crate) fn poll_update(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Update, ClientError>>> {
        loop {
            let happened = match &mut self.phase {
                Phase::Begin => {
                    self.phase = Phase::Preparing(self.attempts.prepare());
                    continue;
                }
                Phase::Preparing(request) => match ready!(request.as_mut().poll(cx)) {
                    Ok(request) => {
                        self.send(request);
                        continue;
                    }
                    Err(error) => Happened::Refused(ClientError::Request(error)),
                },
                Phase::Sending(response) => match response.as_mut().poll(cx) {
                    Poll::Ready(Ok(response)) => match self.judge(response) {
                        Some(happened) => happened,
                        None => continue,
                    },
                    Poll::Ready(Err(error)) => failed(error),
                    Poll::Pending => ready!(self.poll_stalled(cx)),
                },
                Phase::Refused(error) => Happened::Refused(ready!(error.as_mut().poll(cx))),
                Phase::Open(body) => {
                    match self.decoder.next() {
                        Some(Ok(StreamItem::Event(event))) => {
                            return Poll::Ready(Some(Ok(Update::Event(event))));
                        }
                        Some(Ok(StreamItem::Retry(time))) => {
                            self.take(Input::Retry(time));
                            continue;
                        }
                        Some(Ok(_)) => continue,
                        Some(Err(error)) => return Poll::Ready(Some(Ok(Update::TooLong(error)))),
                        None => {}
                    }
                    // The body comes before the timer: a connection with bytes for a slow reader is not silent.
                    match Pin::new(body).poll_frame(cx) {
                        Poll::Ready(Some(Ok(frame))) => {
                            if let Ok(bytes) = frame.into_data() {
                                self.decoder.feed_bytes(bytes);
                                self.take(Input::Bytes);
                            }
                            continue;
                        }
                        Poll::Ready(Some(Err(error))) => {
                            Happened::Lost(Input::Failed, Lost::Cut(error))
                        }
                        Poll::Ready(None) => Happened::Lost(Input::Ended, Lost::Ended),
                        Poll::Pending => ready!(self.poll_stalled(cx)),
                    }
                }
                Phase::Waiting => {
                    ready!(self.poll_timer(cx));
                    if self.take(Input::Time) == Action::Connect {
                        self.phase = Phase::Begin;
                    }
                    continue;
                }
                Phase::Stopped => return Poll::Ready(None),
            };
            return Poll::Ready(Some(self.report(happened)));
        }
    }

    fn send(&mut self, request: Prepared) {
        self.take(Input::Send { safe: request.method.is_safe() });
        let id = self.decoder.resume_header().and_then(|id| HeaderValue::from_bytes(id).ok());
        // An ID that no header can carry is forgotten here, so the next attempt resumes at the same place.
        let resumed = id.as_ref().map(|id| String::from_utf8_lossy(id.as_bytes()).into_owned());
        self.decoder = Decoder::resume(&resumed.unwrap_or_default())
            .max_event_size(self.max_event_size)
            .retries(true);
        self.timer = None;
        self.phase = Phase::Sending((request.send)(id));
    }

    /// Returns what a response means, unless its body has to be read first.
    fn judge(&mut self, response: Head) -> Option<Happened> {
        let (head, body) = response.into_parts();
        match Verdict::of(head.status, &head.headers, SystemTime::now()) {
            Verdict::Stream => Some(Happened::Stream(body)),
            Verdict::NoContent => Some(Happened::NoContent),
            Verdict::Later(time) => {
                Some(Happened::Lost(Input::Later(time), Lost::Busy(head.status)))
            }
            Verdict::Refused => {
                let found = head.headers.get(CONTENT_TYPE).map(|value| value.as_bytes());
                let found = String::from_utf8_lossy(found.unwrap_or_default()).into_owned();
                let status = head.status;
                self.phase = Phase::Refused(Box::pin(async move {
                    let body = beginning(body).await;
                    match status {
                        StatusCode::OK => ClientError::ContentType { found, body },
                        status => ClientError::Status { status, body },
                    }
                }));
                None
            }
        }
    }

    /// Moves on, and returns what to report.
    fn report(&mut self, happened: Happened) -> Result<Update, ClientError> {
        match happened {
            Happened::Stream(body) => {
                self.phase = Phase::Open(body);
                Ok(match self.take(Input::Opened) {
                    Action::Resumed => Update::Resumed,
                    _ => Update::Opened,
                })
            }
            Happened::NoContent => {
                self.take(Input::NoContent);
                self.phase = Phase::Stopped;
                Ok(Update::Stopped(Stop::NoContent))
            }
            Happened::Refused(error) => {
                self.take(Input::Refused);
                self.phase = Phase::Stopped;
                Err(error)
            }
            Happened::Lost(input, cause) => {
                let action = self.take(input);
                self.timer = None;
                // This drops the body, and so closes the connection.
                self.phase = match action {
                    Action::Wait(_) => Phase::Waiting,
                    _ => Phase::Stopped,
                };
                match (action, cause) {
                    (Action::Wait(retry_in), cause) => Ok(Update::Lost { cause, retry_in }),
                    (Action::Finish, _) => Ok(Update::Stopped(Stop::Ended)),
                    (_, Lost::Busy(status)) => {
                        Err(ClientError::Status { status, body: String::new() })
                    }
                    (_, cause) => Err(ClientError::NotRepeated(cause)),
                }
            }
        }
    }

    /// Resolves once the connection has been silent for too long.
    fn poll_stalled(&mut self, cx: &mut Context<'_>) -> Poll<Happened> {
        loop {
            ready!(self.poll_timer(cx));
            let now = Instant::now().into_std();
            if self.machine.deadline().is_some_and(|deadline| deadline <= now) {
                return Poll::Ready(Happened::Lost(Input::Time, Lost::Stalled(self.stall_after)));
            }
        }
    }

    /// Resolves when the timer fires, which is not later than the machine's deadline.
    fn poll_timer(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(deadline) = self.machine.deadline() else { return Poll::Pending };
        let timer =
            self.timer.get_or_insert_with(|| Box::pin(sleep_until(Instant::from_std(deadline))));
        ready!(timer.as_mut().poll(cx));
        self.timer = None;
        Poll::Ready(())
    }

    fn take(&mut self, input: Input) -> Action {
        self.machine.take(input, Instant::now().into_std(), fastrand::f64())
    }
}

fn failed(error: SendError) -> Happened {
    match error.kind {
        Kind::Permanent => Happened::Refused(ClientError::Send(error)),
        Kind::Unsent => Happened::Lost(Input::Unsent, Lost::Unanswered(error)),
        Kind::Sent => Happened::Lost(Input::Failed, Lost::Unanswered(error)),
    }
}

/// Reads the beginning of a body as text.
async fn beginning(body: UnsyncBoxBody<Bytes, BoxError>) -> String {
    let mut body = pin!(body);
    let mut read = Vec::new();
    let reading = async {
        while read.len() < MAX_BODY
            && let Some(Ok(frame)) = std::future::poll_fn(|cx| body.as_mut().poll_frame(cx)).await
        {
            if let Ok(bytes) = frame.into_data() {
                let room = MAX_BODY - read.len();
                read.extend_from_slice(&bytes[..bytes.len().min(room)]);
            }
        }
    };
    // A body that does not end in time is quoted as far as it is known.
    let _ = timeout(PATIENCE, reading).await;
    String::from_utf8_lossy(&read).into_owned()
}

/// The bytes of a refused response's body that are quoted: enough for the text of most errors.
const MAX_BODY: usize = 1024;

/// The time to wait for them.
const PATIENCE: Duration = Duration::from_secs(1);
