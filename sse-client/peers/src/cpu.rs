//! The CPU time of an event.

use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
};

use futures_util::StreamExt;
use rustix::time::{ClockId, clock_gettime};

use crate::reader::Reader;

const EVENTS: usize = 300_000;

/// Returns the CPU time in µs that the client's thread spends on an event, from the socket to the stream's item: the
/// median of five runs. Each event has a type, an ID and 100 bytes of data.
pub fn per_event(reader: Reader) -> f64 {
    let mut runs: Vec<_> = (0..5).map(|_| run(reader)).collect();
    runs.sort_by(f64::total_cmp);
    runs[runs.len() / 2]
}

fn run(reader: Reader) -> f64 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let server = thread::spawn(move || {
        let (mut socket, _) = listener.accept().expect("a client");
        let mut head = [0; 4096];
        let _ = socket.read(&mut head).expect("a request");
        let mut body = Vec::new();
        for id in 0..EVENTS {
            let data = "x".repeat(100);
            body.extend_from_slice(format!("event: note\nid: {id}\ndata: {data}\n\n").as_bytes());
        }
        socket
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")
            .expect("a client");
        socket.write_all(&body).expect("a client");
        socket // open until the client has read everything
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let time = runtime.expect("a runtime").block_on(async {
        let mut events = reader.open(&url, false, str::len);
        events.next().await.expect("an event");
        let start = now();
        for _ in 1..EVENTS {
            events.next().await.expect("an event");
        }
        now() - start
    });
    drop(server.join());
    time / EVENTS as f64
}

/// The CPU time of this thread in µs.
fn now() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}
