//! Bodies and how they end, each cut at every byte.

use std::io;

use tokio::{io::AsyncWriteExt, net::TcpListener, task::yield_now};

use super::Http1;
use crate::client::Request;

/// Reads a response that the server sends in two pieces, and closes. Returns the status and the body,
/// or `None` if there is no head, and the kind of the error that ended it.
async fn read(
    version: &str,
    response: &str,
    cut: usize,
) -> (Option<u16>, String, Option<io::ErrorKind>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let mut client = Http1::open(address).await.expect("a connection");
    let (mut server, _) = listener.accept().await.expect("a connection");
    let request = Request::get("/");
    client.send(&request, version).await.expect("a connection that is open");
    let sends = async {
        let (one, two) = response.as_bytes().split_at(cut);
        server.set_nodelay(true).expect("a socket");
        // The client closes the connection early if it has read an error.
        let _ = server.write_all(one).await;
        yield_now().await;
        let _ = server.write_all(two).await;
        let _ = server.shutdown().await;
    };
    let reads = async {
        let (head, mut body) = match client.response(&request, version).await {
            Ok(Some(response)) => response,
            Ok(None) => return (None, String::new(), None),
            Err(error) => return (None, String::new(), Some(error.kind())),
        };
        let mut text = String::new();
        let ending = loop {
            match body.next().await {
                Ok(Some(part)) => text += &String::from_utf8_lossy(&part.bytes),
                Ok(None) => break None,
                Err(error) => break Some(error.kind()),
            }
        };
        (Some(head.status), text, ending)
    };
    tokio::join!(sends, reads).1
}

#[tokio::test]
async fn a_body_ends_as_its_framing_says_or_is_an_error() {
    use io::ErrorKind::{InvalidData, UnexpectedEof};
    let ok = |headers: &str, body: &str| format!("HTTP/1.1 200 OK\r\n{headers}\r\n{body}");
    let chunks = |body: &str| ok("Transfer-Encoding: chunked\r\n", body);
    let cases = [
        ("1.1", chunks("3\r\na\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n"), "a\r\n0123456789", None),
        ("1.1", chunks("3\r\nabc\r\n"), "abc", Some(UnexpectedEof)),
        ("1.1", chunks("3\r\nabc\r\n0\r\n"), "abc", Some(UnexpectedEof)),
        ("1.1", chunks("3\r\nab"), "", Some(UnexpectedEof)),
        ("1.1", chunks("3\r\nabcd\r\n"), "", Some(InvalidData)),
        ("1.1", chunks("x\r\nabc\r\n"), "", Some(InvalidData)),
        // A client of HTTP/1.0 does not know chunks.
        ("1.0", chunks("0\r\n\r\n"), "0\r\n\r\n", None),
        ("1.1", ok("content-length: 3\r\n", "abc"), "abc", None),
        ("1.1", ok("content-length: 3\r\n", "abcd"), "abc", None),
        ("1.1", ok("content-length: 3\r\n", "ab"), "ab", Some(UnexpectedEof)),
        ("1.1", ok("content-length: 0\r\n", ""), "", None),
        ("1.1", ok("", "abc"), "abc", None),
        ("1.0", ok("", ""), "", None),
    ];
    for (version, response, body, error) in cases {
        for cut in 0..=response.len() {
            let expected = (Some(200), body.to_owned(), error);
            let seen = read(version, &response, cut).await;
            assert_eq!(seen, expected, "{version}: {response:?} cut at byte {cut}");
        }
    }
}

#[tokio::test]
async fn what_is_not_a_head_is_an_error() {
    use io::ErrorKind::{InvalidData, UnexpectedEof};
    for (response, error) in [
        ("", None),
        ("HTTP/1.1 200 OK\r\n", Some(UnexpectedEof)),
        ("hello\r\n\r\n", Some(InvalidData)),
        ("HTTP/1.1 200 OK\r\nhello\r\n\r\n", Some(InvalidData)),
        ("HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n", Some(InvalidData)),
    ] {
        for cut in 0..=response.len() {
            let expected = (None, String::new(), error);
            assert_eq!(read("1.1", response, cut).await, expected, "{response:?} cut at {cut}");
        }
    }
}
