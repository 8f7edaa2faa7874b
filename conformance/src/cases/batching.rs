//! How many events go out together.

use super::opening::OPENING;
use crate::{
    Framework, Lab, Server,
    scenario::{PADDED, READY},
};

/// Events that are there from the beginning leave in the first chunk.
pub async fn what_is_ready_at_first_goes_out_with_the_opening(framework: &'static Framework) {
    let server = Server::start(framework, Lab::new()).await;
    let mut response = server.get("/streams/ready").await;
    let part = response.next().await.expect("a first chunk");
    let expected = format!("{OPENING}{}", ready());
    let seen = String::from_utf8_lossy(&part.bytes);
    assert_eq!(seen, expected, "{}: first chunk", framework.name);
    response.read_all().await;
    assert_eq!(response.text(), expected, "{}: body", framework.name);
}

/// Events that become ready together are one chunk, and one write to the socket.
///
/// A write is seen as a read: the listener is set to send at once, so two writes would be two
/// segments, of which the first is read before the second comes, or at least may be.
pub async fn a_burst_is_one_chunk_and_one_write(framework: &'static Framework) {
    let lab = Lab::new();
    let server = Server::start(framework, lab.clone()).await;
    let mut response = server.get("/streams/burst").await;
    response.read_to(OPENING).await;
    lab.step();
    let part = response.next().await.expect("a chunk");
    let seen = String::from_utf8_lossy(&part.bytes);
    assert_eq!(seen, ready(), "{}: chunk of the burst", framework.name);
    assert_eq!(part.reads, 1, "{}: reads for the burst", framework.name);
}

fn ready() -> String {
    (0..READY).map(|number| format!("id: {number}\ndata: {number:0PADDED$}\n\n")).collect()
}
