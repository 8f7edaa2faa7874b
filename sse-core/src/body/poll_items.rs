//! Takes the ready items of a stream.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use futures_core::Stream;
use tokio::time::Instant;

use super::{BodyItem, batch::Batch, item::sealed::Append as _, open::Open};
use crate::EndReason;

/// Adds the ready items to a chunk until it is full; returns why the stream ends, if it does.
pub(super) fn poll_items<S>(
    mut stream: Pin<&mut S>,
    cx: &mut Context<'_>,
    open: &mut Open,
    batch: &mut Batch,
) -> Option<EndReason>
where
    S: Stream,
    S::Item: BodyItem,
{
    let began = Instant::now();
    for count in 1..=MAX_ITEMS {
        match stream.as_mut().poll_next(cx) {
            Poll::Ready(Some(item)) => {
                if let Err(error) = item.append(batch) {
                    tracing::error!(%error, "an event stream ended with an error");
                    if let Some(event) = open.settings().on_error.event() {
                        batch.push_own(event);
                    }
                    return Some(EndReason::Error);
                }
            }
            Poll::Ready(None) => return Some(EndReason::Finished),
            Poll::Pending => return None,
        }
        let full = batch.len() >= MAX_BYTES;
        // The clock is read after items 1, 2, 4 and 8, and then after every eighth.
        if full || count % 8 == 0 || count.is_power_of_two() {
            open.flush = began.elapsed() >= MAX_TIME;
        }
        if full || open.flush {
            break;
        }
    }
    if batch.is_empty() {
        // The source was not polled to `Pending`, so nothing else would wake this task.
        cx.waker().wake_by_ref();
    }
    None
}

/// A chunk is closed once it has this many bytes, which is about what a socket takes in one write.
pub(super) const MAX_BYTES: usize = 32 * 1024;

/// A chunk is closed once it has this many items, so that a source that is always ready yields to
/// other tasks, even if its items are empty.
const MAX_ITEMS: usize = 256;

/// A chunk is closed and flushed once its items have taken this long, so that a source that is always
/// ready but slow does not delay the events that it has produced. (hyper collects up to 16 chunks before
/// it flushes.)
const MAX_TIME: Duration = Duration::from_millis(1);
