//! Each program serves an event stream, and when it is asked to stop, the stream ends with a reconnection
//! time. The client is curl.

use std::{
    future::IntoFuture,
    net::SocketAddr,
    process::{Command as Blocking, Stdio},
    time::Duration,
};

use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    net::TcpListener,
    process::Command,
    sync::oneshot,
    time::timeout,
};

#[allow(dead_code, reason = "its `main`")]
#[path = "../src/bin/actix_listeners.rs"]
mod actix_listeners;
#[allow(dead_code, reason = "its `main`")]
#[path = "../src/bin/actix_tls.rs"]
mod actix_tls;
#[allow(dead_code, reason = "its `main`")]
#[path = "../src/bin/axum_listeners.rs"]
mod axum_listeners;
#[allow(dead_code, reason = "its `main`")]
#[path = "../src/bin/axum_tls.rs"]
mod axum_tls;
#[allow(dead_code, reason = "its `main`")]
#[path = "../src/bin/hyper.rs"]
mod hyper;
#[allow(dead_code, reason = "its `main`")]
#[path = "../src/bin/poem.rs"]
mod poem;
#[allow(dead_code, reason = "its `main`")]
#[path = "../src/bin/rocket_tls.rs"]
mod rocket_tls;
#[allow(dead_code, reason = "its `main`")]
#[path = "../src/bin/salvo.rs"]
mod salvo;
#[allow(dead_code, reason = "its `main`")]
#[path = "../src/bin/warp_tls.rs"]
mod warp_tls;

/// A certificate for `localhost`, made by openssl.
struct Certificate(TempDir);

impl Certificate {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let made = Blocking::new("openssl")
            .args(["req", "-x509", "-nodes", "-days", "2", "-newkey", "ec"])
            .args(["-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", "/CN=localhost"])
            .args(["-addext", "subjectAltName=DNS:localhost"])
            .args(["-keyout", "key.pem", "-out", "cert.pem"])
            .current_dir(&folder)
            .output()
            .expect("openssl");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Self(folder)
    }

    fn certificate(&self) -> String {
        self.path("cert.pem")
    }

    fn key(&self) -> String {
        self.path("key.pem")
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().expect("a path in UTF-8").to_owned()
    }

    fn config(&self) -> ServerConfig {
        let certificates = CertificateDer::pem_file_iter(self.certificate()).expect("a file");
        let certificates = certificates.collect::<Result<_, _>>().expect("certificates");
        let key = PrivateKeyDer::from_pem_file(self.key()).expect("a key");
        let config = ServerConfig::builder().with_no_client_auth();
        config.with_single_cert(certificates, key).expect("a key of the certificate")
    }
}

/// A client that has received the first event.
struct Client {
    name: String,
    curl: tokio::process::Child,
    output: BufReader<tokio::process::ChildStdout>,
    received: String,
}

impl Client {
    async fn follow(url: &str, options: &[&str]) -> Self {
        let name = format!("{url} {options:?}");
        let mut curl = Command::new("curl")
            .args(["--silent", "--show-error", "--no-buffer"])
            .args(["--write-out", "%{stderr}HTTP/%{http_version} %{content_type}"])
            .args(options)
            .arg(url)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("curl");
        let output = BufReader::new(curl.stdout.take().expect("a pipe"));
        let mut client = Self { name, curl, output, received: String::new() };
        while !client.received.contains("data: tick\n\n") {
            let read = timeout(LIMIT, client.output.read_line(&mut client.received)).await;
            let read = read.unwrap_or_else(|_| panic!("{}: no event", client.name));
            assert_ne!(read.expect("a line"), 0, "{}: an end", client.name);
        }
        client
    }

    /// Reads to the end, which has to be complete and after a reconnection time.
    async fn ends(mut self, version: &str) {
        let name = &self.name;
        let rest = timeout(LIMIT, self.output.read_to_string(&mut self.received)).await;
        rest.unwrap_or_else(|_| panic!("{name}: no end")).expect("text");
        let ended = timeout(LIMIT, self.curl.wait_with_output()).await.expect("an end of curl");
        let ended = ended.expect("curl");
        let seen = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(ended.status.success(), "{name}: {seen}");
        assert_eq!(seen, format!("HTTP/{version} text/event-stream"), "{name}");
        let last = self.received.lines().next_back();
        assert!(last.is_some_and(|last| last.starts_with("retry: ")), "{name}: {}", self.received);
        assert!(self.received.ends_with('\n'), "{name}: {}", self.received);
    }
}

/// A URL, curl's options, and the version of HTTP that it should speak.
type Following = (String, Vec<String>, &'static str);

/// The server serves each client, and stops with their streams.
async fn check<E: std::fmt::Debug>(
    server: impl IntoFuture<Output = Result<(), E>>,
    stop: oneshot::Sender<()>,
    clients: impl IntoIterator<Item = Following>,
) {
    let serving = async {
        server.into_future().await.expect("no error");
    };
    let following = async {
        let mut following = Vec::new();
        for (url, options, version) in clients {
            let options: Vec<_> = options.iter().map(String::as_str).collect();
            following.push((Client::follow(&url, &options).await, version));
        }
        stop.send(()).expect("a server that waits for it");
        for (client, version) in following {
            client.ends(version).await;
        }
    };
    let both = async { tokio::join!(serving, following) };
    timeout(LIMIT, both).await.expect("a server that stops");
}

/// Clients of HTTP/1.1 and HTTP/2 over TLS.
fn over_tls(address: SocketAddr, tls: &Certificate) -> [Following; 2] {
    let url = format!("https://localhost:{}/events", address.port());
    [("--http1.1", "1.1"), ("--http2", "2")].map(|(option, version)| {
        (
            url.clone(),
            vec!["-4".to_owned(), option.to_owned(), "--cacert".to_owned(), tls.certificate()],
            version,
        )
    })
}

fn in_clear(address: SocketAddr) -> Following {
    (format!("http://{address}/events"), vec!["--http1.1".to_owned()], "1.1")
}

/// In clear, with prior knowledge.
fn over_http_2(address: SocketAddr) -> Following {
    (format!("http://{address}/events"), vec!["--http2-prior-knowledge".to_owned()], "2")
}

fn signal() -> (oneshot::Sender<()>, oneshot::Receiver<()>) {
    oneshot::channel()
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

const LIMIT: Duration = Duration::from_secs(20);

#[tokio::test]
async fn axum_over_tls_ends_its_streams_when_it_stops() {
    let tls = Certificate::new();
    let (listener, address) = listen().await;
    let (stop, until) = signal();
    let config = axum_server::tls_rustls::RustlsConfig::from_pem_file(tls.certificate(), tls.key());
    let config = config.await.expect("a certificate");
    let server = axum_tls::serve(listener.into_std().expect("a listener"), config).until(until);
    check(server, stop, over_tls(address, &tls)).await;
}

#[test]
fn actix_over_tls_ends_its_streams_when_it_stops() {
    let tls = Certificate::new();
    actix_web::rt::System::new().block_on(async {
        let (listener, address) = listen().await;
        let (stop, until) = signal();
        let listener = listener.into_std().expect("a listener");
        let server = actix_tls::serve(listener, tls.config()).expect("a server").until(until);
        check(server, stop, over_tls(address, &tls)).await;
    });
}

#[tokio::test]
async fn rocket_over_tls_ends_its_streams_when_it_stops() {
    let tls = Certificate::new();
    let (stop, until) = signal();
    // Rocket binds its port itself.
    let (tell, port) = std::sync::mpsc::channel();
    let liftoff = rocket::fairing::AdHoc::on_liftoff("test: port", move |rocket| {
        tell.send(rocket.config().port).expect("a test that waits");
        Box::pin(async {})
    });
    let rocket = rocket_tls::rocket();
    let config = rocket.figment().clone();
    let config = config.merge(("port", 0)).merge(("log_level", "off"));
    let config = config.merge(("tls.certs", tls.certificate())).merge(("tls.key", tls.key()));
    let server = sse_rocket::launch(rocket.configure(config).attach(liftoff)).until(until);
    let server = tokio::spawn(server.into_future());
    let port = tokio::task::spawn_blocking(move || port.recv_timeout(LIMIT));
    let port = port.await.expect("no panic").expect("a port");
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let server = async { server.await.expect("no panic") };
    check(server, stop, over_tls(address, &tls)).await;
}

#[tokio::test]
async fn warp_over_tls_ends_its_streams_when_it_stops() {
    let tls = Certificate::new();
    let (listener, address) = listen().await;
    let (stop, until) = signal();
    check(warp_tls::serve(listener, tls.config()).until(until), stop, over_tls(address, &tls))
        .await;
}

#[tokio::test]
async fn axum_on_a_port_and_a_socket_ends_its_streams_when_it_stops() {
    let (listener, address) = listen().await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("events.socket");
    let socket = tokio::net::UnixListener::bind(&path).expect("a socket");
    let (stop, until) = signal();
    let server = axum_listeners::serve(listener, socket, async { until.await.expect("a signal") });
    let path = path.to_str().expect("a path in UTF-8").to_owned();
    let on_socket =
        ("http://localhost/events".to_owned(), vec!["--unix-socket".to_owned(), path], "1.1");
    check(server, stop, [in_clear(address), on_socket]).await;
}

#[test]
fn actix_on_two_ports_ends_its_streams_when_it_stops() {
    actix_web::rt::System::new().block_on(async {
        let [(public, one), (internal, two)] = [listen().await, listen().await];
        let (stop, until) = signal();
        let [public, internal] = [public, internal].map(|it| it.into_std().expect("a listener"));
        let server = actix_listeners::serve(public, internal).expect("a server").until(until);
        check(server, stop, [in_clear(one), over_http_2(two)]).await;
    });
}

#[tokio::test]
async fn plain_hyper_ends_its_streams_when_it_stops() {
    let (listener, address) = listen().await;
    let (stop, until) = signal();
    let clients = [in_clear(address), over_http_2(address)];
    check(hyper::serve(listener).until(until), stop, clients).await;
}

#[tokio::test]
async fn salvo_ends_its_streams_when_it_stops() {
    let (listener, address) = listen().await;
    let (stop, until) = signal();
    check(salvo::serve(listener).until(until), stop, [in_clear(address)]).await;
}

#[tokio::test]
async fn poem_ends_its_streams_when_it_stops() {
    let (listener, address) = listen().await;
    let (stop, until) = signal();
    check(poem::serve(listener).until(until), stop, [in_clear(address)]).await;
}

#[test]
fn the_page_shows_the_programs_as_they_are() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/bin");
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/servers.md"));
    let page = page.expect("a page");
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let program = std::fs::read_to_string(&path).expect("a program");
        // Without its first line, which says what it is.
        let (_, code) = program.split_once("\n\n").expect("a line about the program");
        assert!(page.contains(code), "docs/servers.md should show {}", path.display());
    }
}
