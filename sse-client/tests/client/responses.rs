//! Responses that are not event streams: each error names the cause and the next step.

use bytes::Bytes;
use futures_util::StreamExt;
use sse_client::ClientError;

use crate::script::{Answer, Part, Script, parts};

#[track_caller]
fn check(error: &str, expected: &[&str]) {
    for part in expected {
        assert!(error.contains(part), "{error:?} does not say {part:?}");
    }
}

/// Returns the only item of a client that gets this answer, and fails if it asks again.
async fn error(answer: Answer) -> ClientError {
    let script = Script::new([answer]);
    let mut events = script.client().events();
    let error = events.next().await.unwrap().unwrap_err();
    assert!(events.next().await.is_none(), "the stream ends");
    assert_eq!(script.seen().len(), 1, "it is not tried again");
    error
}

async fn text(answer: Answer) -> String {
    error(answer).await.to_string()
}

fn response(status: u16, body: &'static [u8]) -> Answer {
    Answer::Response(status, &[("content-type", "text/html")], parts(&[body]))
}

#[tokio::test(start_paused = true)]
async fn a_refused_request_names_the_cause_and_the_next_step() {
    check(
        &text(response(404, b"no topic")).await,
        &["404 Not Found", "check the URL", "\"no topic\""],
    );
    check(&text(response(401, b"")).await, &["401 Unauthorized", "send valid credentials"]);
    check(&text(response(429, b"")).await, &["429", "send fewer requests"]);
    check(&text(response(302, b"")).await, &["302 Found", "follows redirects"]);
    check(
        &text(response(206, b"")).await,
        &["206", "check that the URL is that of an event stream"],
    );
    check(
        &text(response(200, b"<title>Log in</title>")).await,
        &["\"text/html\" instead of \"text/event-stream\"", "check the URL", "Log in"],
    );
    check(&text(Answer::Response(200, &[], Vec::new())).await, &["\"\" instead of"]);
    check(&text(Answer::Permanent).await, &["cannot be sent", "connection refused"]);
}

#[tokio::test(start_paused = true)]
async fn a_refused_response_is_read_within_bounds() {
    let endless = (0..1_000_000).map(|_| Part::Bytes(Bytes::from_static(&[b'x'; 100]))).collect();
    let silent = [parts(&[b"begun"]), vec![Part::Silence]].into_iter().flatten().collect();
    let cut = [parts(&[b"begun"]), vec![Part::Cut]].into_iter().flatten().collect();
    for (body, expected) in
        [(endless, "x".repeat(1024)), (silent, "begun".into()), (cut, "begun".into())]
    {
        let start = tokio::time::Instant::now();
        match error(Answer::Response(403, &[], body)).await {
            ClientError::Status { status, body } => {
                assert_eq!((status.as_u16(), body), (403, expected));
            }
            other => panic!("{other}"),
        }
        assert!(start.elapsed().as_millis() <= 1_001, "{:?}", start.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_cannot_be_made_is_an_error() {
    let request = || std::future::ready(Err::<http::Request<()>, _>("no token"));
    let mut events = sse_client::Client::new(Script::new([]), request).events();
    let error = events.next().await.unwrap().unwrap_err().to_string();
    assert_eq!(error, "the request could not be made: no token");
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn a_url_that_is_not_valid_is_an_error() {
    for url in ["not a URL", "ftp://127.0.0.1/"] {
        let mut events = sse_client::Client::get(url).events();
        assert!(events.next().await.unwrap().is_err(), "{url}");
        assert!(events.next().await.is_none(), "{url}");
    }
}
