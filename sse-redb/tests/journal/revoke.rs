//! Revocations and tickets on a journal, and after a restart.

use std::time::Duration;

use futures_util::StreamExt;
use sse_hub::{Principal, Retention, Start, TicketError};
use sse_redb::{Durability, Journal};

use crate::{
    Place,
    restart::{Server, read},
};

#[tokio::test]
async fn a_revocation_ends_streams_and_a_restart_ends_tickets() {
    let place = Place::new();
    let builder = || Journal::builder().durability(Durability::Process);
    let ada = Principal::new("ada").unwrap();
    let server = Server::start(builder(), &place).await;
    server.publish("a", 1).await;
    let mut stream = server.hub.subscribe("a").unwrap().principal(&ada);
    stream.next().await.expect("the opening event");
    server.hub.revoke(&ada).await.unwrap();
    assert_eq!(stream.next().await, None);
    drop(stream);
    let issue = async || server.hub.issue_ticket(&ada, Duration::from_secs(60)).await.unwrap();
    let (used, unused) = (issue().await, issue().await);
    assert_eq!(server.hub.redeem_ticket(used.as_str()).await, Ok(ada.clone()));
    server.publish("a", 2).await;
    server.stop().await;

    let server = Server::start(builder(), &place).await;
    for ticket in [used, unused] {
        let refused = server.hub.redeem_ticket(ticket.as_str()).await;
        assert_eq!(refused, Err(TicketError::Refused));
    }
    let again = server.hub.subscribe("a").unwrap().principal(&ada).start(Start::Earliest);
    assert_eq!(read(again, 2).await.0, ["1", "2"], "the revocation is of an earlier time");
    server.stop().await;
}

#[tokio::test]
async fn revocations_count_against_the_retention() {
    let place = Place::new();
    let retention = Retention::default().events(10);
    let builder = || Journal::builder().durability(Durability::Process).retention(retention);
    let server = Server::start(builder(), &place).await;
    server.publish("a", 1).await;
    for number in 0..20 {
        let principal = Principal::new(format!("user {number}")).unwrap();
        server.hub.revoke(&principal).await.unwrap();
    }
    server.stop().await;
    let journal = builder().open(&place.path).await.unwrap();
    assert_eq!(crate::all(&journal).await.len(), 10, "the event was evicted");
}
