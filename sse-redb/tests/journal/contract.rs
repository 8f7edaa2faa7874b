//! The hub's contract for backends.

use std::cell::RefCell;

use sse_hub::backend;
use sse_redb::{Durability, Journal};

use crate::Place;

#[tokio::test]
async fn the_journal_keeps_the_backends_contract() {
    for durability in [Durability::Process, Durability::Disk] {
        let places = RefCell::new(Vec::new());
        let make = || async {
            let place = Place::new();
            let journal =
                Journal::builder().durability(durability).open(&place.path).await.unwrap();
            places.borrow_mut().push(place);
            journal
        };
        backend::contract::all(make).await;
        assert_eq!(places.borrow().len(), 13, "{durability:?}");
        backend::contract::notes(make).await;
    }
}
