//! Random faults in a row: no event is missing without a gap, received twice, or received after it was refused.

use std::time::Duration;

use fastrand::Rng;
use futures_util::future::join_all;
use rustix::process::Signal;
use sse_hub::Retention;
use tokio::time::sleep;

use crate::{
    faults::kill_tails,
    node::{Node, backend},
    record::Traffic,
    server::Server,
};

#[ignore = "needs redis-server; ./test.sh runs it"]
#[tokio::test]
async fn whatever_happens_every_client_gets_each_event_once_or_a_gap() {
    let seed = std::env::var("SSE_SEED")
        .map_or_else(|_| fastrand::u64(..), |seed| seed.parse().expect("a number"));
    println!("SSE_SEED={seed}");
    let mut rng = Rng::with_seed(seed);
    join_all((0..4).map(|_| some_faults(rng.fork()))).await;
}

async fn some_faults(mut rng: Rng) {
    let durable = rng.bool();
    let mut server = if durable { Server::durable().await } else { Server::start().await };
    let mut small = || backend(&server).retention(Retention::default().events(rng.usize(1..400)));
    let traffic = Traffic::of([Node::of(small()).await, Node::of(small()).await]);
    let mut done = Vec::new();
    for _ in 0..12 {
        traffic.go_on(rng.usize(1..60)).await;
        let paused = (rng.u8(..4) == 0).then(|| rng.usize(..2));
        if let Some(paused) = paused {
            traffic.nodes[paused].pause(true);
            traffic.go_on(rng.usize(1..60)).await;
        }
        let fault = rng.u8(..12);
        match fault {
            0 => kill_tails(&server).await,
            1 => drop(server.ask("CLIENT KILL TYPE normal").await),
            2 => drop(server.ask("FLUSHALL").await),
            3 => {
                let keep = rng.usize(..20);
                server.ask(&format!("XTRIM {} MAXLEN {keep}", server.log().await)).await;
            }
            4 => drop(server.ask(&format!("DEL {}", server.log().await)).await),
            5 => drop(server.ask("DEL {sse}:epoch").await),
            6 => {
                server.ask("CONFIG SET maxmemory 1").await;
                sleep(Duration::from_millis(rng.u64(..20))).await;
                server.ask("CONFIG SET maxmemory 0").await;
            }
            7 => {
                server.signal(Signal::STOP);
                sleep(Duration::from_millis(rng.u64(..200))).await;
                server.signal(Signal::CONT);
            }
            8 => {
                let log = server.log().await;
                server.ask("DEL {sse}:epoch").await;
                traffic.go_on(rng.usize(..3)).await;
                server.ask(&format!("DEL {log}")).await;
            }
            9 => {
                server.ask(&format!("DEL {}", server.log().await)).await;
                traffic.go_on(rng.usize(..3)).await;
                server.ask("DEL {sse}:epoch").await;
            }
            10 => server.evict().await,
            _ => {
                server.kill();
                sleep(Duration::from_millis(rng.u64(..100))).await;
                server.start_again().await;
            }
        }
        done.push((fault, paused));
        if let Some(paused) = paused {
            traffic.nodes[paused].pause(false);
        }
        // The next fault may need a log, so an epoch has to exist.
        traffic.go_on(2).await;
    }
    let outcome = traffic.check(&server).await;
    println!("durable {durable}, {done:?}: {outcome:?}");
}
