//! A proxy that breaks connections, over sockets.

use std::{io, net::SocketAddr, time::Duration};

use sse_test::{Fault, FaultProxy};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

const RESPONSE: &[u8] = b"0123456789";
/// Longer than anything that should happen takes.
const PATIENCE: Duration = Duration::from_secs(10);
/// For what should not happen.
const A_WHILE: Duration = Duration::from_millis(100);

/// A connection through a proxy.
struct Connection {
    proxy: FaultProxy,
    listener: TcpListener,
    client: TcpStream,
}

async fn connect(fault: Fault) -> Connection {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = FaultProxy::before(listener.local_addr().unwrap()).await.unwrap();
    proxy.inject(fault);
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    client.write_all(b"request").await.unwrap();
    Connection { proxy, listener, client }
}

impl Connection {
    /// Accepts the connection, and reads the request.
    async fn server(&self) -> TcpStream {
        let (mut server, _) = timeout(PATIENCE, self.listener.accept()).await.unwrap().unwrap();
        let mut request = [0; 7];
        timeout(PATIENCE, server.read_exact(&mut request)).await.unwrap().unwrap();
        assert_eq!(&request, b"request");
        server
    }

    /// Reads this number of bytes of the response.
    async fn read(&mut self, bytes: usize) -> Vec<u8> {
        let mut received = vec![0; bytes];
        timeout(PATIENCE, self.client.read_exact(&mut received)).await.unwrap().unwrap();
        received
    }

    async fn is_closed(&mut self) -> bool {
        is_closed(&mut self.client).await
    }
}

async fn is_closed(socket: &mut TcpStream) -> bool {
    match timeout(A_WHILE, socket.read(&mut [0])).await {
        Ok(Ok(0)) => true,
        Ok(Err(error)) => error.kind() == io::ErrorKind::ConnectionReset,
        Ok(Ok(_)) => panic!("a byte"),
        Err(_) => false,
    }
}

#[tokio::test]
async fn without_a_fault_everything_passes_in_both_directions() {
    let mut connection = connect(Fault::None).await;
    let mut server = connection.server().await;
    server.write_all(RESPONSE).await.unwrap();
    assert_eq!(connection.read(RESPONSE.len()).await, RESPONSE);
    connection.client.write_all(b"!").await.unwrap();
    assert_eq!(timeout(PATIENCE, server.read_u8()).await.unwrap().unwrap(), b'!');
    drop(server);
    assert!(connection.is_closed().await);
    assert_eq!(connection.proxy.faults(), 0);
}

#[tokio::test]
async fn a_client_that_leaves_leaves_the_server() {
    let connection = connect(Fault::None).await;
    let mut server = connection.server().await;
    drop(connection.client);
    assert!(is_closed(&mut server).await);
}

#[tokio::test]
async fn a_response_is_cut_at_each_byte() {
    for byte in 0..=RESPONSE.len() {
        let mut connection = connect(Fault::Cut { after: byte as u64 }).await;
        let mut server = connection.server().await;
        server.write_all(RESPONSE).await.unwrap();
        assert_eq!(connection.read(byte).await, RESPONSE[..byte]);
        assert!(connection.is_closed().await, "the client, after byte {byte}");
        assert!(is_closed(&mut server).await, "the server, after byte {byte}");
        assert_eq!(connection.proxy.faults(), 1);
    }
}

#[tokio::test]
async fn a_response_that_is_shorter_than_its_cut_is_complete() {
    let mut connection = connect(Fault::Cut { after: 11 }).await;
    let mut server = connection.server().await;
    server.write_all(RESPONSE).await.unwrap();
    drop(server);
    assert_eq!(connection.read(RESPONSE.len()).await, RESPONSE);
    assert!(connection.is_closed().await);
    assert_eq!(connection.proxy.faults(), 0);
}

#[tokio::test]
async fn a_peer_that_stalls_closes_nothing() {
    for byte in [0, 4] {
        let mut connection = connect(Fault::Stall { after: byte as u64 }).await;
        let mut server = connection.server().await;
        server.write_all(RESPONSE).await.unwrap();
        assert_eq!(connection.read(byte).await, RESPONSE[..byte]);
        assert!(!connection.is_closed().await);
        // The server does not notice that the client leaves, as after a loss of power.
        connection.client.shutdown().await.unwrap();
        assert!(!is_closed(&mut server).await);
        assert_eq!(connection.proxy.faults(), 1);
    }
}

#[tokio::test]
async fn a_half_open_connection_is_accepted_and_never_answered() {
    let mut connection = connect(Fault::HalfOpen).await;
    assert!(!connection.is_closed().await);
    assert!(timeout(A_WHILE, connection.listener.accept()).await.is_err(), "the server was asked");
    assert_eq!(connection.proxy.faults(), 1);
}

#[tokio::test]
async fn a_response_arrives_one_byte_at_a_time() {
    let mut connection = connect(Fault::byte_by_byte()).await;
    let mut server = connection.server().await;
    server.write_all(RESPONSE).await.unwrap();
    drop(server);
    let (mut received, mut reads) = (Vec::new(), 0);
    while timeout(PATIENCE, connection.client.read_buf(&mut received)).await.unwrap().unwrap() > 0 {
        reads += 1;
    }
    assert_eq!(received, RESPONSE);
    assert!(reads >= RESPONSE.len() / 2, "{reads} reads");
}

#[tokio::test]
async fn a_long_response_is_cut_within_characters() {
    let mut connection = connect(Fault::Pieces { size: 7, up_to: 3_000 }).await;
    let mut server = connection.server().await;
    let text = "\u{1f600}".repeat(25_000);
    let sent = text.clone();
    tokio::spawn(async move { server.write_all(sent.as_bytes()).await });
    let (mut received, mut cuts) = (Vec::new(), 0);
    while received.len() < text.len() {
        timeout(PATIENCE, connection.client.read_buf(&mut received)).await.unwrap().unwrap();
        cuts += usize::from(received.len() % 4 != 0);
    }
    assert!(received == text.as_bytes(), "other bytes");
    assert!(cuts > 50, "{cuts} cuts within a character");
}

#[tokio::test]
async fn each_connection_may_have_a_fault_of_its_own() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = FaultProxy::before(listener.local_addr().unwrap()).await.unwrap();
    let mut after = 0;
    proxy.inject_with(move || {
        after += 1;
        Fault::Cut { after }
    });
    for expected in ["0", "01", "012"] {
        let mut client = TcpStream::connect(proxy.address()).await.unwrap();
        listener.accept().await.unwrap().0.write_all(RESPONSE).await.unwrap();
        let mut received = String::new();
        let _ = timeout(PATIENCE, client.read_to_string(&mut received)).await.unwrap();
        assert_eq!(received, expected);
    }
}

#[tokio::test]
async fn all_connections_may_be_closed_at_once() {
    let mut connection = connect(Fault::None).await;
    let mut server = connection.server().await;
    connection.proxy.disconnect_all();
    assert!(connection.is_closed().await);
    assert!(is_closed(&mut server).await);
    // The proxy continues.
    connection.client = TcpStream::connect(connection.proxy.address()).await.unwrap();
    connection.client.write_all(b"request").await.unwrap();
    connection.server().await;
}

#[tokio::test]
async fn a_proxy_that_is_dropped_closes_its_connections_and_its_port() {
    for fault in [Fault::None, Fault::Stall { after: 0 }, Fault::HalfOpen] {
        let Connection { proxy, listener: _listener, mut client } = connect(fault).await;
        let address: SocketAddr = proxy.address();
        assert_eq!(proxy.url("/events"), format!("http://{address}/events"));
        drop(proxy);
        assert!(is_closed(&mut client).await, "{fault:?}");
        assert!(TcpStream::connect(address).await.is_err(), "{fault:?}");
    }
}
