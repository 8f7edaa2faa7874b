//! The crates, each used as its documentation shows.

use std::future::ready;

use futures_util::{StreamExt, stream::BoxStream};

/// What to do with the data of an event.
type Read<T> = fn(&str) -> T;

#[derive(Clone, Copy, PartialEq)]
pub enum Reader {
    SseClient,
    ReqwestEventsource,
    EventsourceClient,
    SseReqwestClient,
    Sseer,
}

impl Reader {
    pub const ALL: [Self; 5] = [
        Self::SseClient,
        Self::ReqwestEventsource,
        Self::EventsourceClient,
        Self::SseReqwestClient,
        Self::Sseer,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::SseClient => "`sse-client`",
            Self::ReqwestEventsource => "`reqwest-eventsource` 0.6.0",
            Self::EventsourceClient => "`eventsource-client` 0.18.0",
            Self::SseReqwestClient => "`sse-reqwest-client` 0.4.0",
            Self::Sseer => "`sseer` 0.3.1",
        }
    }

    /// Reads the data of each event. Errors are ignored, as in a program that wants its stream to continue.
    pub fn open<T: Send + 'static>(
        self,
        url: &str,
        post: bool,
        read: Read<T>,
    ) -> BoxStream<'static, T> {
        match self {
            Self::SseClient => sse_client(url, post, read),
            Self::ReqwestEventsource => reqwest_eventsource(url, post, read),
            Self::EventsourceClient => eventsource_client(url, post, read),
            Self::SseReqwestClient => sse_reqwest_client(url, post, read),
            Self::Sseer => sseer(url, post, read),
        }
    }
}

fn sse_client<T: Send + 'static>(url: &str, post: bool, read: Read<T>) -> BoxStream<'static, T> {
    let client = match post {
        false => sse_client::Client::get(url),
        true => {
            let (http, url) = (reqwest::Client::new(), url.to_owned());
            let client = http.clone();
            sse_client::Client::new(http, move || ready(client.post(&url).body("x").build()))
        }
    };
    let data = move |event: sse_client::Event| event.data.map(|data| read(&data));
    client.events().filter_map(move |event| ready(event.ok().and_then(data))).boxed()
}

fn reqwest_eventsource<T: Send + 'static>(
    url: &str,
    post: bool,
    read: Read<T>,
) -> BoxStream<'static, T> {
    use reqwest_eventsource::{Event, EventSource};

    let http = reqwest_0_12::Client::new();
    let request = if post { http.post(url).body("x") } else { http.get(url) };
    let source = EventSource::new(request).expect("the request can be cloned");
    let data = move |event| match event {
        Ok(Event::Message(message)) => Some(read(&message.data)),
        _ => None,
    };
    source.filter_map(move |event| ready(data(event))).boxed()
}

fn eventsource_client<T: Send + 'static>(
    url: &str,
    post: bool,
    read: Read<T>,
) -> BoxStream<'static, T> {
    use eventsource_client::{Client, ClientBuilder, SSE};

    let transport = launchdarkly_sdk_transport::HyperTransport::builder().build_http();
    let mut client = ClientBuilder::for_url(url).expect("a URL");
    if post {
        client = client.method("POST".to_owned()).body("x".to_owned());
    }
    let client = client.build_with_transport(transport.expect("a transport"));
    let data = move |event| match event {
        Ok(SSE::Event(event)) => Some(read(&event.data)),
        _ => None,
    };
    client.stream().filter_map(move |event| ready(data(event))).boxed()
}

fn sse_reqwest_client<T: Send + 'static>(
    url: &str,
    post: bool,
    read: Read<T>,
) -> BoxStream<'static, T> {
    use sse_reqwest_client::{EventSource, SseEvent};

    let http = reqwest::Client::new();
    let request = if post { http.post(url).body("x") } else { http.get(url) };
    let data = move |event| match event {
        Ok(SseEvent::Message(message)) => Some(read(&message.data)),
        _ => None,
    };
    EventSource::new(request).filter_map(move |event| ready(data(event))).boxed()
}

fn sseer<T: Send + 'static>(url: &str, post: bool, read: Read<T>) -> BoxStream<'static, T> {
    use sseer::reqwest::{EventSource, StreamEvent};

    let http = reqwest::Client::new();
    let request = if post { http.post(url).body("x") } else { http.get(url) };
    let source = EventSource::new(request).expect("the request can be cloned");
    let data = move |event| match event {
        Ok(StreamEvent::Event(event)) => Some(read(&event.data)),
        _ => None,
    };
    source.filter_map(move |event| ready(data(event))).boxed()
}
