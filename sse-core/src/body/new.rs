//! A body that has not been polled yet.

use std::sync::{Arc, OnceLock};

use crate::{Config, KeepAlive, scope::Scope, settings::Settings};

/// A body that has not been polled yet.
#[derive(Debug, Default)]
pub(super) struct New {
    pub(super) config: Option<Arc<Config>>,
    pub(super) scope: Option<Scope>,
    pub(super) late: Option<Arc<OnceLock<Scope>>>,
    pub(super) requires_keep_alive: bool,
    /// The span in which the response was made. The task that polls the body may be in another.
    #[cfg(feature = "tracing")]
    pub(super) span: Option<tracing::Span>,
}

impl New {
    pub(super) fn settings(&self) -> Arc<Settings> {
        let scope = self.late.as_ref().and_then(|late| late.get()).or(self.scope.as_ref());
        let server = scope.map(Scope::settings).unwrap_or(Settings::unscoped());
        let mut settings = match &self.config {
            Some(config) => Arc::new(config.over(server)),
            None => Arc::clone(server),
        };
        if self.requires_keep_alive && settings.keep_alive.beat().is_none() {
            Arc::make_mut(&mut settings).keep_alive = KeepAlive::default();
        }
        settings
    }
}
