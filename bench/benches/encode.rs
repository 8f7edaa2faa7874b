//! Encoding: our `encode`, other libraries, and an allocation of the exact size as the bound.
#![allow(missing_docs)]

use std::{convert::Infallible, future::poll_fn, hint::black_box, pin::Pin, time::Duration};

use actix_web::{Responder as _, body::MessageBody as _, test::TestRequest};
use actix_web_lab::sse as lab;
use axum::response::IntoResponse as _;
use bench::{Input, Order, inputs};
use bytes::Bytes;
use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use futures_util::{FutureExt as _, StreamExt as _, stream};
use http_body_util::BodyExt as _;
use sse_core::{Event, EventId, EventName, adapter::Body};
use warp::Reply as _;

/// The number of events in a response's body, which is large, so that its beginning and end hardly count.
const EVENTS: usize = 1_000;

/// Encodes one event that is already built.
fn encode(c: &mut Criterion) {
    for input in inputs() {
        let mut group = c.benchmark_group(format!("encode {}", input.name));
        let event = ours(&input);
        group.bench_function("ours", |b| b.iter(|| black_box(&event).encode()));
        group.bench_function("sse-stream", |b| {
            let event = peer_sse_stream(&input);
            b.iter_batched(|| event.clone(), |event| event.encode(), BatchSize::SmallInput);
        });
        group.bench_function("bound", |b| {
            let encoded = event.encode().into_bytes();
            b.iter(|| bound(black_box(&input.data), black_box(&encoded)));
        });
    }
}

/// Builds an event from the application's strings or struct, and encodes it.
fn build(c: &mut Criterion) {
    for input in inputs() {
        let mut group = c.benchmark_group(format!("build and encode {}", input.name));
        if input.name.starts_with("JSON") {
            let order = Order::example();
            let json = |order| Event::json(order).expect("strings and numbers are JSON").encode();
            group.bench_function("ours", |b| b.iter(|| json(black_box(&order))));
            group.bench_function("axum", |b| {
                b.iter(|| axum::response::sse::Event::default().json_data(black_box(&order)));
            });
            group.bench_function("bound", |b| b.iter(|| serde_json::to_vec(black_box(&order))));
            continue;
        }
        group.bench_function("ours", |b| b.iter(|| ours(black_box(&input)).encode()));
        group.bench_function("sse-stream", |b| {
            b.iter(|| peer_sse_stream(black_box(&input)).encode());
        });
        group.bench_function("axum", |b| b.iter(|| peer_axum(black_box(&input))));
    }
}

/// Encodes a thousand events that are already built, in a response's body, where the frameworks encode
/// them. Divide the time by a thousand.
fn body(c: &mut Criterion) {
    for input in inputs() {
        let mut group = c.benchmark_group(format!("body of 1,000 x {}", input.name));
        group.measurement_time(Duration::from_secs(3));
        group.bench_function(BenchmarkId::from_parameter("ours"), |b| {
            // Our keep-alive needs a runtime, because it is a tokio timer.
            let runtime = runtime();
            let _entered = runtime.enter();
            let events = vec![ours(&input); EVENTS];
            b.iter_batched(
                || events.clone(),
                |events| {
                    let chunks =
                        Body::new(stream::iter(events)).map(|chunk| chunk.expect("no cut").len());
                    now(chunks.fold(0, |sum, len| std::future::ready(sum + len)))
                },
                BatchSize::SmallInput,
            );
        });
        group.bench_function("axum", |b| {
            let events = vec![peer_axum(&input); EVENTS];
            b.iter_batched(
                || events.clone(),
                |events| {
                    let events = stream::iter(events).map(Ok::<_, Infallible>);
                    let response = axum::response::Sse::new(events).into_response();
                    now(response.into_body().collect()).expect("a body").to_bytes()
                },
                BatchSize::SmallInput,
            );
        });
        group.bench_function("actix-web-lab", |b| {
            let events = vec![peer_lab(&input); EVENTS];
            let request = TestRequest::default().to_http_request();
            b.iter_batched(
                || events.clone(),
                |events| {
                    let response = lab::Sse::from_infallible_stream(stream::iter(events));
                    let mut body = response.respond_to(&request).into_body();
                    let mut len = 0;
                    let next = || now(poll_fn(|cx| Pin::new(&mut body).poll_next(cx)));
                    for chunk in std::iter::from_fn(next) {
                        len += chunk.map_or(0, |chunk| chunk.len());
                    }
                    len
                },
                BatchSize::SmallInput,
            );
        });
        group.bench_function("warp", |b| {
            b.iter_batched(
                || (0..EVENTS).map(|_| peer_warp(&input)).collect::<Vec<_>>(),
                |events| {
                    let events = stream::iter(events).map(Ok::<_, Infallible>);
                    let response = warp::sse::reply(events).into_response();
                    now(response.into_body().collect()).expect("a body").to_bytes()
                },
                BatchSize::SmallInput,
            );
        });
    }
}

/// The least work of an encoder: it searches for line breaks, allocates once, and copies once.
fn bound(data: &str, encoded: &Bytes) -> Bytes {
    black_box(memchr::memchr2_iter(b'\r', b'\n', data.as_bytes()).count());
    let mut out = Vec::with_capacity(encoded.len());
    out.extend_from_slice(encoded);
    out.into()
}

fn ours(input: &Input) -> Event {
    let mut event = Event::data(&*input.data);
    event.event = input.event.map(EventName::from_static);
    event.id = input.id.map(EventId::from_static);
    event
}

fn peer_sse_stream(input: &Input) -> sse_stream::Sse {
    let mut event = sse_stream::Sse::default().data(&*input.data);
    event.event = input.event.map(str::to_owned);
    event.id = input.id.map(str::to_owned);
    event
}

fn peer_axum(input: &Input) -> axum::response::sse::Event {
    let mut event = axum::response::sse::Event::default();
    if let Some(name) = input.event {
        event = event.event(name);
    }
    if let Some(id) = input.id {
        event = event.id(id);
    }
    event.data(&input.data)
}

fn peer_lab(input: &Input) -> lab::Event {
    let mut data = lab::Data::new(&*input.data);
    if let Some(name) = input.event {
        data.set_event(name);
    }
    if let Some(id) = input.id {
        data.set_id(id);
    }
    lab::Event::Data(data)
}

fn peer_warp(input: &Input) -> warp::sse::Event {
    let mut event = warp::sse::Event::default();
    if let Some(name) = input.event {
        event = event.event(name);
    }
    if let Some(id) = input.id {
        event = event.id(id);
    }
    event.data(&*input.data)
}

fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("nothing to wait for")
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime")
}

criterion_group!(benches, encode, build, body);
criterion_main!(benches);
