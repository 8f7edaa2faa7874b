//! The framework's usual gzip middleware.

use crate::{
    Framework, Gzip, Lab, Server,
    client::{Gunzip, Request, Response},
};

/// Each event arrives before the next is made, also through the framework's gzip middleware.
pub async fn events_arrive_unbuffered(framework: &'static Framework) {
    let name = framework.name;
    let lab = Lab::new();
    let server = Server::start(framework, lab.clone()).await;
    let request = Request::get("/gzip/streams/stepped").header("accept-encoding", "gzip");
    let mut response = server.ask(crate::client::Protocol::Http11, &request).await;

    let encoding = response.head.get("content-encoding").unwrap_or_default();
    let compressed = encoding.contains("gzip");
    let expected = framework.gzip == Gzip::Compresses;
    assert_eq!(compressed, expected, "{name}: {:?} has {encoding:?}", framework.gzip);

    let mut gunzip = compressed.then(Gunzip::new);
    let mut body = String::from("retry: 3000\n");
    read_to(name, &mut response, &mut gunzip, &body).await;
    for number in 0..20 {
        lab.step();
        body += &format!("id: {number}\ndata: event {number}\n\n");
        read_to(name, &mut response, &mut gunzip, &body).await;
    }
}

async fn read_to(name: &str, response: &mut Response, gunzip: &mut Option<Gunzip>, body: &str) {
    loop {
        let seen = match gunzip {
            Some(gunzip) => gunzip.bytes(),
            None => response.bytes(),
        };
        assert!(
            body.as_bytes().starts_with(seen),
            "{name}: expected {body:?}, seen {:?}",
            String::from_utf8_lossy(seen)
        );
        if seen.len() == body.len() {
            return;
        }
        let part = response.next().await.expect("more of a stream without end");
        if let Some(gunzip) = gunzip {
            gunzip.feed(&part.bytes);
        }
    }
}
