//! What a hub is told once, at its start.

/// How the channels of one namespace behave. A channel's namespace is what stands before its first colon, or the
/// whole name where there is none.
#[derive(Debug, Clone)]
pub struct Namespace {
    /// The prefix, without the colon.
    pub name: String,
    /// Whether channels keep history, give publications positions and let clients recover.
    pub recoverable: bool,
    /// Publications kept; the hub's default if `None`.
    pub history_size: Option<usize>,
    /// How long history outlives the last publication; the hub's default if `None`.
    pub history_ttl_ms: Option<i64>,
    /// Whether a subscription needs a token of its own.
    pub own_token: bool,
}

impl Namespace {
    /// A namespace with history.
    pub fn recoverable(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            recoverable: true,
            history_size: None,
            history_ttl_ms: None,
            own_token: false,
        }
    }

    /// A namespace whose publications are missed when they are missed.
    pub fn passing(name: &str) -> Self {
        Self { recoverable: false, ..Self::recoverable(name) }
    }

    /// The same, but each subscription needs a token made for that user and channel.
    pub fn with_own_token(self) -> Self {
        Self { own_token: true, ..self }
    }

    /// The same with another history size.
    pub fn with_history(self, size: usize) -> Self {
        Self { history_size: Some(size), ..self }
    }
}

/// A hub's settings. Times are milliseconds.
#[derive(Clone)]
pub struct HubConfig {
    /// The key that signs tokens (HMAC-SHA256).
    pub secret: Vec<u8>,
    /// Time between pings. The wire carries whole seconds.
    pub ping_ms: i64,
    /// How long a pong may take, less than `ping_ms`; 0 asks for none.
    pub pong_ms: i64,
    /// How long a fresh connection may take to send `connect`.
    pub stale_ms: i64,
    /// How long after expiry a connection or subscription lives, so that a refresh under way still counts.
    pub expired_close_delay_ms: i64,
    /// Publications kept per recoverable channel.
    pub history_size: usize,
    /// How long history outlives the last publication.
    pub history_ttl_ms: i64,
    /// Most publications in one history page.
    pub history_page_max: usize,
    /// Window over which clients should spread a reconnect; told in `connect`'s data. 0: not told.
    pub reconnect_window_ms: i64,
    /// Longest frame taken, in bytes.
    pub frame_max_bytes: usize,
    /// Longest channel name, in bytes.
    pub channel_max_bytes: usize,
    /// Most channels on one connection.
    pub channels_max: usize,
    /// The namespaces there are; any other channel is unknown.
    pub namespaces: Vec<Namespace>,
}

impl HubConfig {
    /// The venue's channels, with the engine's usual times.
    pub fn new(secret: &[u8]) -> Self {
        Self {
            secret: secret.to_vec(),
            ping_ms: 25_000,
            pong_ms: 8_000,
            stale_ms: 15_000,
            expired_close_delay_ms: 25_000,
            history_size: 500,
            history_ttl_ms: 600_000,
            history_page_max: 300,
            reconnect_window_ms: 0,
            frame_max_bytes: 65_536,
            channel_max_bytes: 255,
            channels_max: 128,
            namespaces: vec![
                Namespace::recoverable("room"),
                Namespace::recoverable("chat"),
                Namespace::passing("pulse"),
                Namespace::recoverable("group").with_own_token(),
                Namespace::recoverable("shopper").with_own_token(),
                Namespace::passing("live"),
            ],
        }
    }

    /// The namespace a channel belongs to; `None` for an unknown one or an empty name after the colon.
    pub(super) fn namespace(&self, channel: &str) -> Option<&Namespace> {
        let (prefix, rest) = channel.split_once(':').unwrap_or((channel, "-"));
        self.namespaces.iter().find(|one| one.name == prefix && !rest.is_empty())
    }
}
