//! The streams of one server.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
};

use pin_project_lite::pin_project;
use tokio::task::futures::TaskLocalFuture;

use crate::{
    Config, Shutdown,
    head::Head,
    metrics::{DRAINING, count_rejection},
    settings::Settings,
};

/// The [`Config`] and the [`Shutdown`] that the streams of one server share.
///
/// [`Serve`](crate::Serve) makes one, and the adapters pass it to the responses of their server, so
/// that several servers in a process are independent of each other. A clone is another handle to the
/// same scope.
///
/// # Example
/// ```
/// use sse_core::{Config, Shutdown, adapter::Scope};
///
/// let shutdown = Shutdown::new();
/// let scope = Scope::new(shutdown.clone(), &Config::default());
/// assert_eq!(scope.shutdown().open_streams(), 0);
/// ```
#[derive(Clone)]
pub struct Scope(Arc<Settings>);

impl Scope {
    /// Makes a scope. `shutdown` ends its streams, unless `config` has a shutdown of its own.
    ///
    /// # Example
    /// ```
    /// # use sse_core::{Config, Shutdown, adapter::Scope};
    /// let scope = Scope::new(Shutdown::new(), &Config::default());
    /// assert!(!scope.shutdown().is_draining());
    /// ```
    pub fn new(shutdown: Shutdown, config: &Config) -> Self {
        Self(Arc::new(config.over(&Settings::of_server(shutdown))))
    }

    /// Returns the shutdown that ends the streams.
    pub fn shutdown(&self) -> &Shutdown {
        &self.0.shutdown
    }

    /// Runs a request's handler, so that the responses that it makes belong to this scope.
    ///
    /// Use it for frameworks that do not pass the request on to the response.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # use sse_core::{Config, Shutdown, adapter::Scope};
    /// # let scope = Scope::new(Shutdown::new(), &Config::default());
    /// let handler = async { Scope::current().is_some() };
    /// assert!(scope.run(handler).await);
    /// assert!(Scope::current().is_none());
    /// # }
    /// ```
    pub fn run<F: Future>(self, handler: F) -> Scoped<F> {
        Scoped { future: CURRENT.scope(self, handler) }
    }

    /// Returns the scope of the current handler, if it [runs](Self::run) in one.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Self::clone).ok()
    }

    pub(crate) fn settings(&self) -> &Arc<Settings> {
        &self.0
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("shutdown", &self.0.shutdown).finish_non_exhaustive()
    }
}

pin_project! {
    /// A handler that runs in a [`Scope`].
    pub struct Scoped<F> {
        #[pin]
        future: TaskLocalFuture<Scope, F>,
    }
}

impl<F: Future> Future for Scoped<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.project().future.poll(cx)
    }
}

impl<F> fmt::Debug for Scoped<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scoped").finish_non_exhaustive()
    }
}

/// Sets the scope of a response that has already been made: see [`Body::late_scope`](crate::adapter::Body::late_scope).
///
/// # Example
/// ```
/// use sse_core::{Config, Event, Shutdown, adapter::{Body, Scope}};
///
/// let (late, body) = Body::new(tokio_stream::iter([Event::data("a")])).late_scope();
/// let (head, body) = body.into_parts();
/// // Later, when the server is known:
/// let scope = Scope::new(Shutdown::new(), &Config::default());
/// let head = late.set(&scope).unwrap_or(head);
/// assert_eq!(head.status, 200);
/// ```
#[derive(Clone, Debug)]
pub struct LateScope {
    pub(crate) scope: Arc<OnceLock<Scope>>,
    pub(crate) config: Option<Arc<Config>>,
}

impl LateScope {
    /// Sets the scope. Returns the head that replaces the response's own if the request is refused.
    ///
    /// It has no effect after the body's first poll.
    pub fn set(self, scope: &Scope) -> Option<Head> {
        let refuses_in = |server| match &self.config {
            Some(config) => config.over(server).refuses(),
            None => server.refuses(),
        };
        let refuses = refuses_in(scope.settings());
        // The body has counted a refusal for which it needed no scope. Only the first call counts, because a
        // response has one server.
        let counted = refuses_in(Settings::unscoped());
        if self.scope.set(scope.clone()).is_ok() && refuses && !counted {
            count_rejection(DRAINING);
        }
        refuses.then_some(Head::UNAVAILABLE)
    }
}

tokio::task_local! {
    static CURRENT: Scope;
}
