//! Event streams for servers built on the crates `http` and `http-body`, such as plain hyper.
//!
//! [`Sse`] turns a stream into an [`http::Response`] whose body is an [`http_body::Body`]. A
//! [`Refusal`](crate::Refusal) converts into an `http::Response`, and an `&http::Request` into a
//! [`LastEventId`](crate::LastEventId). axum and warp, which are built on these crates too, have adapters
//! of their own.
//!
//! # Example
//! The handler of a hyper service, which [`Serve::new`](crate::Serve::new) starts with a scope:
//! ```
//! use futures_util::stream;
//! use http::{Method, Request, Response};
//! use http_body_util::{BodyExt, combinators::UnsyncBoxBody};
//! use sse_core::{Event, LastEventId, Refusal, adapter::{Cut, Scope}, http::Sse};
//!
//! async fn handle<B>(request: Request<B>, scope: Scope) -> Response<UnsyncBoxBody<bytes::Bytes, Cut>> {
//!     match request.uri().path() {
//!         "/events" => {
//!             let next = LastEventId::from(&request).parse().map_or(0, |seen: u64| seen + 1);
//!             let events = stream::iter(next..10).map(|n| Event::data(n.to_string()).id(n));
//!             Sse::new(events)
//!                 .head_only(request.method() == Method::HEAD)
//!                 .into_response(Some(&scope))
//!                 .map(BodyExt::boxed_unsync)
//!         }
//!         _ => Response::from(Refusal::new(404, "no such page"))
//!             .map(|text| text.map_err(|never| match never {}).boxed_unsync()),
//!     }
//! }
//! # use futures_util::StreamExt as _;
//! # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
//! # let scope = Scope::new(sse_core::Shutdown::new(), &sse_core::Config::default());
//! # let request = Request::get("/events?lastEventId=8").body(())?;
//! # let response = handle(request, scope.clone()).await;
//! # assert_eq!(response.headers()["content-type"], "text/event-stream");
//! # assert!(response.into_body().collect().await?.to_bytes().ends_with(b"id: 9\ndata: 9\n\n"));
//! # let response = handle(Request::get("/").body(())?, scope).await;
//! # assert_eq!((response.status().as_u16(), response.into_body().collect().await?.to_bytes()), (404, "no such page".into()));
//! # Ok::<_, Box<dyn std::error::Error>>(()) })?;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

mod head;
mod last_event_id;
mod refusal;
mod sse;

pub use self::sse::Sse;
