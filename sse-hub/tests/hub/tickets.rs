//! Tickets of a hub in memory.

use std::time::{Duration, Instant};

use futures_util::{FutureExt, future::join_all};
use sse_core::Refusal;
use sse_hub::{Hub, Principal, Ticket, TicketError};

use crate::publish;

const LIFETIME: Duration = Duration::from_secs(5);

fn principal(text: &str) -> Principal {
    Principal::new(text.to_owned()).expect("short")
}

fn issue(hub: &Hub, who: &str) -> Result<Ticket, TicketError> {
    hub.issue_ticket(&principal(who), LIFETIME).now_or_never().expect("in memory")
}

fn redeem(hub: &Hub, ticket: &str) -> Result<Principal, TicketError> {
    hub.redeem_ticket(ticket).now_or_never().expect("in memory")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_ticket_raced_by_100_requests_opens_one_stream() {
    let hub = Hub::new();
    for _ in 0..20 {
        let ticket = issue(&hub, "ada").expect("room");
        let request = |_| {
            let (hub, ticket) = (hub.clone(), ticket.clone());
            tokio::spawn(async move {
                let principal = hub.redeem_ticket(ticket.as_str()).await?;
                let events = hub.subscribe("a").expect("within the limits");
                Ok::<_, TicketError>(events.principal(&principal))
            })
        };
        let requests = join_all((0..100).map(request)).await;
        let (opened, refused): (Vec<_>, Vec<_>) =
            requests.into_iter().map(|request| request.expect("no panic")).partition(Result::is_ok);
        assert_eq!((opened.len(), hub.stats().subscribers), (1, 1));
        assert!(refused.iter().all(|it| it.as_ref().err() == Some(&TicketError::Refused)));
    }
}

#[test]
fn a_ticket_is_valid_once_and_within_its_lifetime() {
    let start = Instant::now();
    for (after, valid) in [(LIFETIME / 2, true), (LIFETIME + Duration::from_secs(1), false)] {
        let hub = Hub::new();
        publish(&hub, "a", "1");
        let ticket = issue(&hub, "ada").expect("room");
        hub.tick(start + after);
        let expected = if valid { Ok(principal("ada")) } else { Err(TicketError::Refused) };
        assert_eq!(redeem(&hub, ticket.as_str()), expected, "after {after:?}");
        assert_eq!(redeem(&hub, ticket.as_str()), Err(TicketError::Refused), "again");
    }
}

#[test]
fn a_ticket_may_have_any_lifetime() {
    for (lifetime, valid) in [(Duration::MAX, true), (Duration::ZERO, false)] {
        let hub = Hub::new();
        let ticket = hub.issue_ticket(&principal("ada"), lifetime).now_or_never();
        let ticket = ticket.expect("in memory").expect("room");
        assert_eq!(redeem(&hub, ticket.as_str()).is_ok(), valid, "{lifetime:?}");
    }
}

#[test]
fn what_is_not_a_ticket_of_this_hub_is_refused() {
    let (hub, other) = (Hub::new(), Hub::new());
    let ticket = issue(&hub, "ada").expect("room").to_string();
    let foreign = issue(&other, "ada").expect("room").to_string();
    let (id, secret) = ticket.rsplit_once('.').expect("two parts");
    let (epoch, _) = id.split_once('.').expect("two parts");
    let future = format!("{epoch}.99.{secret}");
    let swapped = format!("{id}.{}", foreign.rsplit_once('.').expect("two parts").1);
    let upper = ticket.to_uppercase();
    let long = ticket.repeat(1_000);
    for wrong in ["", ".", secret, id, &foreign, &future, &swapped, &upper, &long, "\u{e4}.\0"] {
        assert_eq!(redeem(&hub, wrong), Err(TicketError::Refused), "{wrong:?}");
    }
    assert_eq!(redeem(&hub, &ticket), Ok(principal("ada")), "it was not used up");
    let refusal = Refusal::from(TicketError::Refused);
    assert_eq!(
        (refusal.status(), refusal.message()),
        (401, "the ticket is not valid; get another")
    );
}

#[test]
fn a_revocation_voids_the_tickets_of_its_principal() {
    let hub = Hub::new();
    let before = hub.stats().memory;
    let [ada, bob] = ["ada", "bob"].map(|who| issue(&hub, who).expect("room"));
    hub.revoke_now(&principal("ada")).expect("in memory");
    assert_eq!(redeem(&hub, ada.as_str()), Err(TicketError::Refused));
    assert_eq!(redeem(&hub, bob.as_str()), Ok(principal("bob")));
    assert_eq!(hub.stats().memory, before, "nothing is left");
}

#[test]
fn a_principal_has_few_unused_tickets() {
    let (start, hub) = (Instant::now(), Hub::new());
    let tickets: Vec<_> = (0..16).map(|_| issue(&hub, "ada").expect("room")).collect();
    let many = issue(&hub, "ada").expect_err("too many");
    assert!(matches!(many, TicketError::TooMany { limit: 16, .. }), "{many:?}");
    assert_eq!((many.status(), Refusal::from(many).status()), (429, 429));
    assert!(issue(&hub, "bob").is_ok(), "others have theirs");
    assert!(redeem(&hub, tickets[3].as_str()).is_ok());
    assert!(issue(&hub, "ada").is_ok(), "one was used");
    assert!(issue(&hub, "ada").is_err());
    hub.tick(start + 2 * LIFETIME);
    assert!((0..16).all(|_| issue(&hub, "ada").is_ok()), "all have expired");
}
