//! Access to the server, and the texts of errors.

use std::time::{Duration, Instant};

use redis::cmd;
use sse_core::Event;
use sse_hub::{Hub, Retention};
use sse_redis::{InvalidRedisSettings, RedisBackend};

use crate::{
    loss::another_ms,
    node::{Client, Node},
    server::Server,
};

/// The rights that a user needs according to the documentation.
const RIGHTS: &str = "resetkeys resetchannels ~{sse}:* -@all +xadd +xread +xrange +xinfo|stream +get \
+set +exists +rename +eval +select +scan \
+xtrim +xlen +memory|usage +zadd +zscore +zrange +zrangebyscore +zremrangebyscore \
+zremrangebyrank +hset +hdel +hexists +hgetall +pexpire";

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_wrong_password_is_refused_and_no_error_shows_it() {
    let server = Server::with(&["--requirepass", "open sesame"]).await;
    let login = |login: &str| format!("{}?{login}", server.url());
    for (login, expected) in [
        (login("pass=open sesame"), None),
        (login("user=default&pass=open sesame"), None),
        (login("pass=wr0ng"), Some("WRONGPASS")),
        (login("user=nobody&pass=open sesame"), Some("WRONGPASS")),
        (server.url(), Some("NOAUTH")),
    ] {
        let backend = RedisBackend::builder(&login).build().expect("valid settings");
        let shown = format!("{backend:?} {:?}", RedisBackend::builder(&login));
        assert!(!shown.contains("sesame") && !shown.contains("wr0ng"), "{shown}");
        let start = Instant::now();
        let opened = Hub::builder().open(backend).await;
        match (opened, expected) {
            (Ok(hub), None) => {
                tokio::spawn(hub.background());
                hub.publish("a", Event::data("1")).await.expect("published");
            }
            (Err(error), Some(expected)) => {
                let text = format!("{error} {error:?}");
                assert!(!error.may_be_stored && text.contains(expected), "{text}");
                assert!(!text.contains("sesame") && !text.contains("wr0ng"), "{text}");
                assert!(start.elapsed() < Duration::from_secs(2), "no use in trying again");
            }
            (Ok(_), Some(expected)) => panic!("{login} opens, {expected} was expected"),
            (Err(error), None) => panic!("{login}: {error}"),
        }
    }
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn no_connection_is_left_once_the_background_resolves() {
    let server = Server::start().await;
    let mut connection = server.connection().await;
    let mut clients = async || {
        let list: String =
            cmd("CLIENT").arg("LIST").query_async(&mut connection).await.expect("a list");
        list.lines().count()
    };
    let before = clients().await;
    let backend = RedisBackend::new(&server.url()).expect("valid settings");
    let hub = Hub::builder().open(backend).await.expect("opens");
    let background = tokio::spawn(hub.background());
    let events = hub.subscribe("a").expect("subscribes").start(sse_hub::Start::Earliest);
    let mut client = Client::of(events);
    hub.publish("a", Event::data("1")).await.expect("published");
    assert_eq!(client.until("1").await, ["1"]);
    assert_eq!(clients().await, before + 2, "the appends' and the tail's");
    drop((hub, client));
    let closed = tokio::time::timeout(Duration::from_secs(5), background).await;
    closed.expect("nothing keeps it").expect("does not panic");
    // The server may notice only in the next turn of its loop.
    for _ in 0..100 {
        if clients().await == before {
            return;
        }
    }
    panic!("{} connections, {before} before", clients().await);
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_user_with_the_documented_rights_can_do_everything() {
    let server = Server::start().await;
    server.ask(&format!("ACL SETUSER hub on >secret {RIGHTS}")).await;
    let url = format!("{}?user=hub&pass=secret", server.url());
    let backend = || RedisBackend::builder(&url);
    let (one, two) = (Node::of(backend()).await, Node::of(backend()).await);
    let mut client = two.client();
    one.publish(1).await;
    assert_eq!(client.until("1").await, ["1"]);
    // After trimming, the tail asks further questions.
    server.ask(&format!("XTRIM {} MAXLEN 0", server.log().await)).await;
    another_ms().await;
    one.publish(2).await;
    assert_eq!(client.until("2").await, ["gap trimmed", "2"]);
    one.hub.note("b", "a note".into()).await.expect("appended");
    one.hub.signal("hello".into()).await.expect("appended");
    one.hub.publish_batch("b", ["1", "2"].map(Event::data).into()).await.expect("published");
    one.hub.end("b", None).await.expect("ends");
    assert_eq!(one.hub.notes().await.expect("reads").len(), 1);
    // After a loss, a new epoch begins.
    server.ask(&format!("DEL {}", server.log().await)).await;
    one.publish(4).await;
    assert!(client.until("4").await.contains(&"gap foreign".to_owned()));
    // A missing right is an error that says so.
    server.ask("ACL SETUSER hub -xadd").await;
    let error = one.try_publish(5).await.expect_err("not allowed").to_string();
    assert!(error.contains("NOPERM") && !error.contains("may have been stored"), "{error}");
}

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn a_missing_right_is_reported_when_the_log_is_opened_even_if_it_is_rarely_needed() {
    let server = Server::start().await;
    let url = format!("{}?user=hub&pass=secret", server.url());
    for right in [
        "scan",
        "xtrim",
        "xlen",
        "memory|usage",
        "zadd",
        "zscore",
        "zrange",
        "zremrangebyscore",
        "zremrangebyrank",
        "zrangebyscore",
        "hset",
        "hdel",
        "hexists",
        "hgetall",
        "pexpire",
    ] {
        server.ask(&format!("ACL SETUSER hub reset on >secret {RIGHTS} -{right}")).await;
        let backend = RedisBackend::new(&url).expect("valid settings");
        let error = Hub::builder().open(backend).await.expect_err("not allowed").to_string();
        for part in [
            "NOPERM",
            &right[..right.find('|').unwrap_or(right.len())],
            "documentation of sse-redis",
        ] {
            assert!(error.contains(part), "{part}: {error}");
        }
    }
}

#[test]
fn settings_are_checked_when_they_are_given() {
    for (url, prefix, expected) in [
        ("redis://localhost", "", InvalidRedisSettings::Prefix),
        ("redis://localhost", "a}b", InvalidRedisSettings::Prefix),
        ("redis://localhost", "{a}", InvalidRedisSettings::Prefix),
    ] {
        let error = RedisBackend::builder(url).prefix(prefix).build().expect_err("invalid");
        assert_eq!(error, expected, "{url} {prefix}");
    }
    for url in ["", "localhost", "http://:secret@localhost", "redis://:secret@localhost/secret"] {
        let error = RedisBackend::new(url).expect_err("invalid");
        assert!(matches!(error, InvalidRedisSettings::Url { .. }), "{url}: {error:?}");
        let text = format!("{error} {error:?}");
        assert!(!text.contains("secret"), "{text}");
    }
    let aged = Retention::default().age(Duration::from_secs(60));
    let error = RedisBackend::builder("redis://localhost").retention(aged).build();
    assert_eq!(error.expect_err("Redis does not evict by age"), InvalidRedisSettings::Age);
    let tls = RedisBackend::new("rediss://localhost");
    #[cfg(feature = "tls")]
    tls.expect("TLS is there");
    #[cfg(not(feature = "tls"))]
    assert_eq!(tls.expect_err("no TLS"), InvalidRedisSettings::NoTls);
}
