//! Settings of a backend on Redis.

use std::{error, fmt, time::Duration};

use redis::{Client, ConnectionInfo, ProtocolVersion};
use sse_hub::Retention;

use crate::{
    RedisBackend,
    bounds::{Bounds, REMEMBER},
    keys::Keys,
};

/// Settings of a backend on Redis: [`RedisBackend::builder`].
#[must_use = "a builder does nothing until it builds"]
#[derive(Clone)]
pub struct RedisBackendBuilder {
    url: String,
    prefix: String,
    retention: Retention,
    remember_ends: Duration,
    deadline: Duration,
}

impl RedisBackend {
    /// Makes a backend with the default settings; connects only when it is opened.
    ///
    /// The URL is `redis://user:password@host:6379/0`, `rediss://` for TLS (feature `tls`), or
    /// `unix:///path?db=0&user=user&pass=password`; all but the host may be left out.
    ///
    /// # Errors
    /// [`InvalidRedisSettings`].
    pub fn new(url: &str) -> Result<Self, InvalidRedisSettings> {
        Self::builder(url).build()
    }

    /// Sets the keys' prefix, how much the log keeps, and the deadline.
    pub fn builder(url: &str) -> RedisBackendBuilder {
        RedisBackendBuilder::new(url)
    }
}

impl RedisBackendBuilder {
    pub(crate) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            prefix: "sse".to_owned(),
            retention: Retention::default(),
            remember_ends: REMEMBER,
            deadline: Duration::from_secs(5),
        }
    }

    /// Sets what the keys begin with, in braces, which keep them together in a cluster. Default:
    /// `sse`, for the keys `{sse}:epoch` and `{sse}:log:` with the epoch. Hubs with one prefix are
    /// one hub; on a server that others use too, choose a name of your own.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets how much the log keeps, of all topics together. Default: 100,000 events, 256 MiB of memory on the server.
    /// With more, clients can resume after a longer absence, and a node takes longer to start, since it reads
    /// it all.
    ///
    /// - Events: Redis trims whole nodes of a stream, so it keeps up to a hundred more. 100,000 take about 32 MB at
    ///   256 bytes each.
    /// - Bytes are as `MEMORY USAGE` reports them, at least 64 KiB. They are kept within 20 %, beside what is being
    ///   published at the moment. A process that follows the log knows the sizes of the events, and trims by
    ///   them; one that only publishes asks the server, at each MiB that it has published (or each sixteenth
    ///   of the limit, if that is less). Each process trims to its own limit, so give all of them the same.
    ///   The newest event is always kept, however large. More than the hubs keep is of no use.
    /// - An age cannot be set: [`build`](Self::build) refuses it. Set it on the hub.
    ///
    /// It cannot make room that other keys take: where the server reaches its `maxmemory` all the
    /// same, a publish trims a tenth of the log and tries once more, and fails if that is not enough.
    ///
    /// The hub's own [`HubBuilder::retention`](sse_hub::HubBuilder::retention) says how much of each topic it keeps in
    /// memory.
    pub fn retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    /// Sets how long it is remembered that a topic [has ended](sse_hub::Hub::end), by the server's clock, after which
    /// it may begin again. Default: an hour, longer than clients take to reconnect. Give all nodes the same, and the
    /// hubs [as well](sse_hub::HubBuilder::remember_ends).
    ///
    /// Each end takes at most 100 bytes of the limit in [bytes](Self::retention), and its topic's name. Together they
    /// take at most a quarter; the oldest are forgotten first.
    pub fn remember_ends(mut self, time: Duration) -> Self {
        self.remember_ends = time;
        self
    }

    /// Sets how long a publish may take, and the opening of the log. Default: 5 s, so that a restart
    /// of the server is bridged: until it is sent, a publish waits for a connection. Shorter answers
    /// sooner while the server is away; a day is the most.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline.min(Duration::from_secs(24 * 60 * 60));
        self
    }

    /// Makes the backend. Connects only when it is opened.
    ///
    /// # Errors
    /// [`InvalidRedisSettings`].
    pub fn build(self) -> Result<RedisBackend, InvalidRedisSettings> {
        let keys = Keys::new(&self.prefix).ok_or(InvalidRedisSettings::Prefix)?;
        let bounds = Bounds::new(self.retention).ok_or(InvalidRedisSettings::Age)?;
        let bounds = Bounds { remember_ends: self.remember_ends, ..bounds };
        let tls = ["rediss:", "valkeys:"].iter().any(|scheme| self.url.starts_with(scheme));
        if tls && cfg!(not(feature = "tls")) {
            return Err(InvalidRedisSettings::NoTls);
        }
        #[cfg(feature = "tls")]
        if tls && rustls::crypto::CryptoProvider::get_default().is_none() {
            // With two providers in a program, rustls panics rather than choose. If another thread
            // was first, that is one too.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let info: ConnectionInfo = self.url.parse().map_err(InvalidRedisSettings::url)?;
        let tcp = info.tcp_settings().clone().set_nodelay(true);
        // With version 3, a connection says that it has ended.
        let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        // Its name is no use to us, and it would be one more right that a user needs.
        let settings = settings.set_skip_set_lib_name();
        let info = info.set_tcp_settings(tcp).set_redis_settings(settings);
        let client = Client::open(info).map_err(InvalidRedisSettings::url)?;
        Ok(RedisBackend::from_parts(client, keys, bounds, self.deadline))
    }
}

impl fmt::Debug for RedisBackendBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the URL, which may hold a password.
        f.debug_struct("RedisBackendBuilder")
            .field("prefix", &self.prefix)
            .field("retention", &self.retention)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

/// Why a backend on Redis could not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidRedisSettings {
    /// The URL is not a Redis server's.
    #[non_exhaustive]
    Url {
        /// What is wrong with it.
        cause: String,
    },
    /// The URL asks for TLS, which this build lacks.
    NoTls,
    /// The prefix is empty or has a brace.
    Prefix,
    /// The retention has a limit in age, which a log on Redis does not have.
    Age,
}

impl InvalidRedisSettings {
    fn url(error: redis::RedisError) -> Self {
        Self::Url { cause: error.category().to_owned() }
    }
}

impl fmt::Display for InvalidRedisSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url { cause } => write!(
                f,
                "the Redis URL is invalid ({cause}); it has the form redis://user:password@host:6379/0"
            ),
            Self::NoTls => {
                f.write_str("the Redis URL asks for TLS; enable the feature `tls` of sse-redis")
            }
            Self::Prefix => f.write_str("the prefix is empty or has a brace; choose a plain name"),
            Self::Age => f.write_str(
                "a log on Redis has no limit in age; set Retention::age on the hub instead",
            ),
        }
    }
}

impl error::Error for InvalidRedisSettings {}
