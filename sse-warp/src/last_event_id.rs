//! The last event ID of a request, as a filter.

use std::convert::Infallible;

use http::HeaderMap;
use sse_core::LastEventId;
use warp::Filter;

/// Extracts the ID of the last event that a reconnecting client received, from the header or the query.
///
/// It never rejects: see [`LastEventId`].
///
/// # Example
/// ```
/// use sse_warp::{Event, LastEventId, Sse, last_event_id};
/// use warp::Filter;
///
/// let routes = warp::path!("countdown").and(last_event_id()).map(|last: LastEventId| {
///     let left: u64 = last.parse().unwrap_or(10);
///     Sse::new(tokio_stream::iter((0..left).rev().map(|n| Event::data(n.to_string()).id(n))))
/// });
/// # let _: warp::filters::BoxedFilter<(_,)> = routes.boxed();
/// ```
pub fn last_event_id() -> impl Filter<Extract = (LastEventId,), Error = Infallible> + Copy {
    let query = warp::query::raw().map(Some).or(warp::any().map(|| None)).unify();
    warp::header::headers_cloned().and(query).map(|headers: HeaderMap, query: Option<String>| {
        let header = headers.get(LastEventId::HEADER).map(|value| value.as_bytes());
        LastEventId::from_request(header, query.as_deref())
    })
}
