//! Decoding: our decoder, other libraries, and two bounds: a scan for line breaks alone, and one with a
//! copy of each line.
#![allow(missing_docs)]

use std::{
    convert::Infallible,
    hint::black_box,
    io::{self, Read},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bench::Corpus;
use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use eventsource_client::{Client as _, ClientBuilder, SSE};
use eventsource_stream::Eventsource as _;
use futures_util::{FutureExt as _, Stream, StreamExt as _, io::AsyncRead, stream};
use launchdarkly_sdk_transport::{
    ByteStream, HttpTransport, Request, Response, ResponseFuture, TransportError,
};
use sse_core::{Decoder, StreamItem};

/// The number of bytes to decode in one iteration, which is far more than a cache holds.
const BYTES: usize = 64 << 20;
/// The same for single bytes, of which every decoder reads only a few hundred megabytes a second.
const SINGLE_BYTES: usize = 4 << 20;
const CHUNK: usize = 16 * 1_024;

fn decode(c: &mut Criterion) {
    for corpus in [Corpus::Lines(32), Corpus::Lines(256), Corpus::Lines(16 * 1_024), Corpus::Tokens]
    {
        for (cut, len) in [(CHUNK, BYTES), (1, SINGLE_BYTES)] {
            let (bytes, events) = corpus.stream(len);
            let chunks = Chunks::new(bytes, cut);
            let name = if cut == 1 { "single bytes" } else { "16 KiB chunks" };
            let mut group = c.benchmark_group(format!("decode {} in {name}", corpus.name()));
            group.throughput(Throughput::Bytes(chunks.len() as u64));
            group.sample_size(10);
            group.warm_up_time(Duration::from_millis(500));
            group.measurement_time(Duration::from_secs(2));
            let decoders: [(&str, Decode); 6] = [
                ("ours", ours),
                ("sse-core of crates.io", peer_sse_core),
                ("sse-stream", peer_sse_stream),
                ("sse-codec", peer_sse_codec),
                ("eventsource-stream", peer_eventsource_stream),
                ("eventsource-client", peer_eventsource_client),
            ];
            for (name, decode) in decoders {
                // These copy their buffer for each chunk, which takes minutes for long lines.
                let quadratic = name.starts_with("eventsource") && cut == 1;
                if quadratic && corpus == Corpus::Lines(16 * 1_024) {
                    continue;
                }
                group.bench_function(BenchmarkId::from_parameter(name), |b| {
                    assert_eq!(decode(&chunks), events, "events of {name}");
                    b.iter(|| decode(black_box(&chunks)));
                });
            }
            group.bench_function(BenchmarkId::from_parameter("bound"), |b| {
                b.iter(|| bound(black_box(&chunks)));
            });
            group.bench_function(BenchmarkId::from_parameter("bound with one copy"), |b| {
                b.iter(|| bound_with_copy(black_box(&chunks)));
            });
        }
    }
}

/// Decodes a stream, and returns the number of its events.
type Decode = fn(&Chunks) -> usize;

/// A stream in chunks, as it arrives from the network.
struct Chunks {
    /// The bytes of which all chunks are slices.
    bytes: Bytes,
    cut: usize,
}

impl Chunks {
    fn new(bytes: Vec<u8>, cut: usize) -> Self {
        Self { bytes: bytes.into(), cut }
    }

    fn len(&self) -> usize {
        self.bytes.len()
    }

    fn iter(&self) -> impl Iterator<Item = Bytes> + Send + Sync + 'static {
        let (bytes, cut) = (self.bytes.clone(), self.cut);
        (0..bytes.len()).step_by(cut).map(move |at| bytes.slice(at..bytes.len().min(at + cut)))
    }

    fn stream(&self) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + Sync + 'static {
        stream::iter(self.iter().map(Ok))
    }
}

/// The least work of a decoder: it finds the ends of lines, and returns slices.
fn bound(chunks: &Chunks) -> usize {
    chunks.iter().map(|chunk| memchr::memchr2_iter(b'\r', b'\n', &chunk).count()).sum()
}

/// The least work of a decoder for lines that span chunks, as every line of 16 KiB does: it finds their
/// ends, joins their pieces, and checks that they are UTF-8.
fn bound_with_copy(chunks: &Chunks) -> usize {
    let mut line = Vec::new();
    let mut valid = 0;
    for chunk in chunks.iter() {
        let mut start = 0;
        for end in memchr::memchr2_iter(b'\r', b'\n', &chunk) {
            line.extend_from_slice(&chunk[start..end]);
            // Most text is ASCII, which is faster to check.
            valid += usize::from(line.is_ascii() || str::from_utf8(&line).is_ok());
            black_box(&line);
            line.clear();
            start = end + 1;
        }
        line.extend_from_slice(&chunk[start..]);
    }
    valid
}

fn ours(chunks: &Chunks) -> usize {
    let mut decoder = Decoder::new();
    let mut events = 0;
    for chunk in chunks.iter() {
        decoder.feed_bytes(chunk);
        for item in &mut decoder {
            if let Ok(StreamItem::Event(event)) = item {
                black_box(&event);
                events += 1;
            }
        }
    }
    events
}

fn peer_sse_core(chunks: &Chunks) -> usize {
    let mut decoder = peer_sse_core::SseDecoder::new();
    let mut events = 0;
    for mut chunk in chunks.iter() {
        while let Some(item) = decoder.next(&mut chunk) {
            if let Ok(peer_sse_core::SseEvent::Message(event)) = item {
                black_box(&event);
                events += 1;
            }
        }
    }
    events
}

fn peer_sse_stream(chunks: &Chunks) -> usize {
    count(sse_stream::SseByteStream::new(chunks.stream()))
}

fn peer_eventsource_stream(chunks: &Chunks) -> usize {
    count(chunks.stream().eventsource())
}

fn peer_sse_codec(chunks: &Chunks) -> usize {
    count(sse_codec::decode_stream(Reader { chunks: Box::new(chunks.iter()), rest: Bytes::new() }))
}

fn peer_eventsource_client(chunks: &Chunks) -> usize {
    let client = ClientBuilder::for_url("http://127.0.0.1/")
        .expect("a URL")
        .build_with_transport(Transport(chunks.bytes.clone(), chunks.cut));
    // The client needs a runtime, because it sleeps at the end of the stream, before it reconnects.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let _entered = runtime.as_ref().expect("a runtime").enter();
    let events = client.stream();
    let events = events.take_while(|item| std::future::ready(item.is_ok()));
    count(events.filter(|item| std::future::ready(matches!(item, Ok(SSE::Event(_))))))
}

/// Returns the number of items of a stream that is always ready.
fn count(stream: impl Stream) -> usize {
    let count = stream.fold(0, |count, item| {
        black_box(&item);
        std::future::ready(count + 1)
    });
    count.now_or_never().expect("nothing to wait for")
}

/// The chunks as a reader, for sse-codec.
struct Reader {
    chunks: Box<dyn Iterator<Item = Bytes> + Send + Sync>,
    rest: Bytes,
}

impl AsyncRead for Reader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.rest.is_empty() {
            this.rest = this.chunks.next().unwrap_or_default();
        }
        let len = (&this.rest[..]).read(buffer)?;
        this.rest = this.rest.split_off(len);
        Poll::Ready(Ok(len))
    }
}

/// The chunks as a response, for eventsource-client.
#[derive(Clone)]
struct Transport(Bytes, usize);

impl HttpTransport for Transport {
    fn request(&self, _: Request<Option<Bytes>>) -> ResponseFuture {
        let chunks = Chunks { bytes: self.0.clone(), cut: self.1 };
        let body: ByteStream = Box::pin(chunks.stream().map(|chunk| match chunk {
            Ok(chunk) => Ok::<_, TransportError>(chunk),
            Err(never) => match never {},
        }));
        Box::pin(async { Ok(Response::new(body)) })
    }
}

criterion_group!(benches, decode);
criterion_main!(benches);
