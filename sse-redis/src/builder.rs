//! Builds a backend on Redis from settings.

use std::{error, fmt, time::Duration};

use redis::{Client, ConnectionInfo, ProtocolVersion};
use sse_hub::Retention;

use crate::{
    RedisBackend,
    bounds::{Bounds, REMEMBER},
    keys::Keys,
};

/// The settings of a [`RedisBackend`], made by [`RedisBackend::builder`].
///
/// # Example
/// ```
/// use std::time::Duration;
///
/// use sse_hub::Retention;
/// use sse_redis::RedisBackend;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let backend = RedisBackend::builder("redis://127.0.0.1:6379")
///     .prefix("shop")
///     .retention(Retention::default().events(1_000_000).bytes(1 << 30))
///     .deadline(Duration::from_secs(2))
///     .build()?;
/// # drop(backend);
/// # Ok(()) }
/// ```
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
    /// Returns a backend with the default settings. It connects when a hub opens it.
    ///
    /// The URL is `redis://user:password@host:6379/0`, `rediss://...` for TLS (feature `tls`), or
    /// `unix:///path?db=0&user=user&pass=password`. Everything but the host or path is optional.
    ///
    /// # Errors
    /// [`InvalidRedisSettings`] if the URL is invalid, or asks for TLS in a build without the feature `tls`.
    ///
    /// # Example
    /// ```no_run
    /// # async fn open() -> Result<(), Box<dyn std::error::Error>> {
    /// use sse_hub::Hub;
    /// use sse_redis::RedisBackend;
    ///
    /// let hub = Hub::builder().open(RedisBackend::new("redis://127.0.0.1:6379")?).await?;
    /// tokio::spawn(hub.background());
    /// # Ok(()) }
    /// ```
    pub fn new(url: &str) -> Result<Self, InvalidRedisSettings> {
        Self::builder(url).build()
    }

    /// Returns a builder, which sets the prefix of the keys, how much the log keeps, and the deadline.
    ///
    /// # Example
    /// ```
    /// use sse_redis::RedisBackend;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let backend = RedisBackend::builder("unix:///run/redis.sock").prefix("shop").build()?;
    /// # drop(backend);
    /// # Ok(()) }
    /// ```
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

    /// Sets the prefix of all keys. Default: `sse`, for the keys `{sse}:epoch`, `{sse}:log:<epoch>` and
    /// `{sse}:ends:<epoch>`. The braces keep them together in a cluster.
    ///
    /// Hubs with the same prefix form one hub. Choose your own prefix on a server that you share.
    ///
    /// # Example
    /// ```
    /// use sse_redis::{InvalidRedisSettings, RedisBackend};
    ///
    /// let builder = || RedisBackend::builder("redis://127.0.0.1:6379");
    /// assert!(builder().prefix("shop").build().is_ok());
    /// assert_eq!(builder().prefix("{shop}").build().err(), Some(InvalidRedisSettings::Prefix));
    /// ```
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets how much the log keeps, over all topics. Default: 100,000 events and 256 MiB of memory on the server.
    /// With more, clients can resume after a longer absence, but a node takes longer to start, since it reads
    /// everything.
    ///
    /// - Events: Redis trims whole nodes of a stream, so it keeps up to a hundred more. 100,000 events of 256
    ///   bytes take about 32 MB.
    /// - Bytes are those that `MEMORY USAGE` reports, and at least 64 KiB. The log stays within 20 % of the limit,
    ///   apart from what is being published at the moment. A process that follows the log knows the sizes of the
    ///   events and trims by them. A process that only publishes asks the server at each MiB that it has
    ///   published (or each sixteenth of the limit, if that is less). Each process trims to its own limit, so
    ///   give all of them the same. The newest event is always kept, however large.
    /// - An age cannot be set: [`build`](Self::build) refuses it. Set it on the hub.
    ///
    /// The limit cannot free memory that other keys take. If the server reaches its `maxmemory` nonetheless, a
    /// publish trims a tenth of the log and tries once more, and fails if that is not enough.
    ///
    /// How much of each topic a hub keeps in memory is set by
    /// [`HubBuilder::retention`](sse_hub::HubBuilder::retention). A log that keeps more than the hubs is of no use.
    ///
    /// # Example
    /// ```
    /// use sse_hub::Retention;
    /// use sse_redis::RedisBackend;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let gigabyte = Retention::default().events(1_000_000).bytes(1 << 30);
    /// let backend = RedisBackend::builder("redis://127.0.0.1:6379").retention(gigabyte).build()?;
    /// # drop(backend);
    /// # Ok(()) }
    /// ```
    pub fn retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    /// Sets how long the log remembers that a topic [has ended](sse_hub::Hub::end), by the server's clock; then the
    /// topic may begin again. Default: an hour, which is longer than clients take to reconnect. Give all nodes the
    /// same time, and the hubs [as well](sse_hub::HubBuilder::remember_ends).
    ///
    /// Each end counts its topic's name and at most 100 bytes towards the limit in [bytes](Self::retention). All
    /// ends together take at most a quarter of it; the oldest are forgotten first.
    ///
    /// # Example
    /// ```no_run
    /// # async fn open() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    ///
    /// use sse_hub::Hub;
    /// use sse_redis::RedisBackend;
    ///
    /// let day = Duration::from_secs(24 * 60 * 60);
    /// let backend = RedisBackend::builder("redis://127.0.0.1:6379").remember_ends(day).build()?;
    /// let hub = Hub::builder().remember_ends(day).open(backend).await?;
    /// # drop(hub);
    /// # Ok(()) }
    /// ```
    pub fn remember_ends(mut self, time: Duration) -> Self {
        self.remember_ends = time;
        self
    }

    /// Sets how long a publish, a read or the opening of the log may take. Default: 5 s, which bridges a restart
    /// of the server, since a publish waits for a connection. A shorter deadline fails sooner while the server is
    /// unreachable. The maximum is a day.
    ///
    /// # Example
    /// ```
    /// use std::time::Duration;
    ///
    /// use sse_redis::RedisBackend;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let backend = RedisBackend::builder("redis://127.0.0.1:6379")
    ///     .deadline(Duration::from_millis(500))
    ///     .build()?;
    /// # drop(backend);
    /// # Ok(()) }
    /// ```
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline.min(Duration::from_secs(24 * 60 * 60));
        self
    }

    /// Returns the backend. It connects when a hub opens it.
    ///
    /// # Errors
    /// [`InvalidRedisSettings`] if the URL, the prefix or the retention is invalid.
    ///
    /// # Example
    /// ```
    /// use sse_redis::{InvalidRedisSettings, RedisBackend};
    ///
    /// let invalid = RedisBackend::builder("localhost").build();
    /// assert!(matches!(invalid, Err(InvalidRedisSettings::Url { .. })));
    /// ```
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
            // A program with two providers that has chosen neither makes rustls panic. An error means that
            // another thread has installed one meanwhile.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let info: ConnectionInfo = self.url.parse().map_err(InvalidRedisSettings::url)?;
        let tcp = info.tcp_settings().clone().set_nodelay(true);
        // Version 3 reports the end of a connection.
        let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        // Setting the name would need one more right, for nothing.
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

/// Why the settings of a backend on Redis are invalid.
///
/// # Example
/// ```
/// use std::time::Duration;
///
/// use sse_hub::Retention;
/// use sse_redis::{InvalidRedisSettings, RedisBackend};
///
/// let hour = Retention::default().age(Duration::from_secs(3_600));
/// let invalid = RedisBackend::builder("redis://127.0.0.1:6379").retention(hour).build();
/// assert_eq!(invalid.err(), Some(InvalidRedisSettings::Age));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidRedisSettings {
    /// The URL is not that of a Redis server.
    #[non_exhaustive]
    Url {
        /// What is wrong with it.
        cause: String,
    },
    /// The URL asks for TLS, but the feature `tls` is not enabled.
    NoTls,
    /// The prefix is empty or contains a brace.
    Prefix,
    /// The retention has a limit on age, which a log on Redis does not support.
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
            Self::Prefix => {
                f.write_str("the prefix is empty or contains a brace; choose a plain name")
            }
            Self::Age => f.write_str(
                "a log on Redis has no limit on age; set Retention::age on the hub instead",
            ),
        }
    }
}

impl error::Error for InvalidRedisSettings {}
