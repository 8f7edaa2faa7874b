//! Events that are sent to a response.

use std::time::Duration;

use futures_util::FutureExt;
use sse_core::{Event, TrySendError};
use tokio::time::timeout;

use super::{leaving, opening::OPENING};
use crate::{
    Framework, Lab, Server,
    client::{Connection, Http2, LIMIT, Request, within},
    lab::Sender,
};

/// `send` waits while the client does not read, and `try_send` reports it. What was sent arrives once, in
/// order, and the stream ends with its last sender.
pub async fn a_sender_waits_for_its_client(framework: &'static Framework) {
    let name = framework.name;
    let lab = Lab::new();
    let server = Server::start(framework, lab.clone()).await;
    let mut senders = lab.senders();

    let request = Request::get("/channel");
    let responses = [
        Connection::open(name, server.address).await.ask(&request, "1.1").await,
        Http2::open(name, server.address).await.ask(&request).await,
    ];
    for mut response in responses {
        let sender = within(name, "a sender", senders.recv()).await.expect("a sender");
        let mut sent = 0;
        let full = async {
            while wait(&sender, sent).await {
                sent += 1
            }
        };
        within(name, "a full channel", full).await;
        let refused = sender.try_send(Ok(numbered(sent)));
        assert!(matches!(refused, Err(TrySendError::Full(_))), "{name}: {refused:?}");

        let last = sent;
        let sends = tokio::spawn(async move { sender.send(Ok(numbered(last))).await });
        let body = response.read_all().await;
        let expected = OPENING.to_owned() + &(0..=last).map(text).collect::<String>();
        assert!(body == expected, "{name}: expected the events 0 to {last}, in order");
        assert!(sends.await.expect("no panic").is_ok(), "{name}: there was room again");
    }
}

/// Sends an event; whether there is room for it.
async fn wait(sender: &Sender, number: usize) -> bool {
    match timeout(FULL, sender.send(Ok(numbered(number)))).await {
        Ok(sent) => {
            assert!(sent.is_ok(), "a client that has not left");
            true
        }
        Err(_) => false,
    }
}

/// `closed` resolves when the server notices that the client has left.
pub async fn a_sender_notices_that_its_client_has_left(framework: &'static Framework) {
    let name = framework.name;
    let request = Request::get("/channel");
    for (notices, over_http_2) in
        [(framework.notices_leaving, false), (framework.notices_reset, true)]
    {
        let (server, lab) = leaving::start(framework, notices).await;
        let http2 = Http2::open(name, server.address).await;
        let mut response = match over_http_2 {
            true => http2.ask(&request).await,
            false => Connection::open(name, server.address).await.ask(&request, "1.1").await,
        };
        response.read_to(OPENING).await;
        let sender = within(name, "a sender", lab.senders().recv()).await.expect("a sender");
        assert!(sender.closed().now_or_never().is_none(), "{name}: the client has not left");
        drop(response);
        leaving::check(framework, notices, &lab).await;
        within(name, "the sender to notice", sender.closed()).await;
        assert!(sender.send(Ok(Event::data("late"))).await.is_err(), "{name}");
        let refused = sender.try_send(Ok(Event::data("late")));
        assert!(matches!(refused, Err(TrySendError::Closed(_))), "{name}: {refused:?}");
    }
}

fn numbered(number: usize) -> Event {
    Event::data(data(number))
}

/// Large, so that few of them fill the buffers on the way.
fn data(number: usize) -> String {
    format!("{number} {}", "x".repeat(256 * 1024))
}

fn text(number: usize) -> String {
    format!("data: {}\n\n", data(number))
}

/// Far longer than an event takes that there is room for, also on a busy machine.
const FULL: Duration = LIMIT.checked_div(20).expect("not by zero");
