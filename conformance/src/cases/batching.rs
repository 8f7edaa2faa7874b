//! How many events go out together.

use super::opening::OPENING;
use crate::{
    Framework, Lab, Server,
    client::Part,
    scenario::{PADDED, READY},
};

/// Events that are there from the beginning leave in the first chunk.
pub async fn events_ready_at_first_leave_with_the_opening(framework: &'static Framework) {
    let expected = format!("{OPENING}{}", ready());
    let (part, body) = undisturbed(&expected, async || {
        let server = Server::start(framework, Lab::new()).await;
        let mut response = server.get("/streams/ready").await;
        let part = response.next().await.expect("a first chunk");
        (part, response.read_all().await.to_owned())
    })
    .await;
    let seen = String::from_utf8_lossy(&part.bytes);
    assert_eq!(seen, expected, "{}: first chunk", framework.name);
    assert_eq!(body, expected, "{}: body", framework.name);
}

/// Events that become ready together are one chunk, and one write to the socket.
///
/// A write is seen as a read: the listener is set to send at once, so two writes would be two
/// segments, and the first may be read before the second arrives.
pub async fn a_burst_is_one_chunk_and_one_write(framework: &'static Framework) {
    let (part, ()) = undisturbed(&ready(), async || {
        let lab = Lab::new();
        let server = Server::start(framework, lab.clone()).await;
        let mut response = server.get("/streams/burst").await;
        response.read_to(OPENING).await;
        lab.step();
        (response.next().await.expect("a chunk"), ())
    })
    .await;
    let seen = String::from_utf8_lossy(&part.bytes);
    assert_eq!(seen, ready(), "{}: chunk of the burst", framework.name);
    assert_eq!(part.reads, 1, "{}: reads for the burst", framework.name);
}

/// Tries again, at most twice, if a chunk is shorter: a busy machine may suspend the server for longer than a chunk
/// may take.
async fn undisturbed<T>(chunk: &str, get: impl AsyncFn() -> (Part, T)) -> (Part, T) {
    for _ in 0..2 {
        let (part, rest) = get().await;
        if part.bytes.len() >= chunk.len() {
            return (part, rest);
        }
    }
    get().await
}

fn ready() -> String {
    (0..READY).map(|number| format!("id: {number}\ndata: {number:0PADDED$}\n\n")).collect()
}
