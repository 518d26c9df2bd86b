//! Sockets around a [`World`]: a port for the venue (with the hub, HLS, pictures and `/_control`) and one for each
//! shop, on loopback. With a hub outside, what the venue says goes there.

mod door;
mod engine;
mod platforms;
mod sockets;
pub mod tls;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::env::Ids;
use crate::http::{Request, Response};
use crate::hub::ConnId;
use crate::world::{HookAnswer, OutsideHub, SocketOut, Target, World, WorldConfig, domain_of};
use engine::Engine;
pub use engine::EngineConfig;
use platforms::Platforms;

/// How often the clock is looked at.
const TICK: Duration = Duration::from_millis(50);
/// Frames that may wait for one client before it is cut as too slow.
const QUEUE: usize = 1_024;
/// How long a hook waits for the hub to say where channels stand: less than the hub waits for the hook.
const HOOK_WAITS: Duration = Duration::from_millis(2_500);

/// How a sandbox is served.
#[derive(Debug, Clone)]
pub struct SandboxConfig {
    /// Where the venue listens; the shops take the two ports after it, or any if it is port 0. Loopback only.
    pub listen: SocketAddr,
    /// The seed of ids and script; none: from the system.
    pub seed: Option<u64>,
    /// Whether hosts act by themselves.
    pub ambience: bool,
    /// Serve https and wss with a CA of its own.
    pub tls: bool,
    /// Where `ca.pem` is written with `tls`.
    pub data: Option<PathBuf>,
    /// Window over which clients spread their return to the hub, milliseconds.
    pub reconnect_window_ms: i64,
    /// How long a connection token of the hub is good for, milliseconds.
    pub connection_token_ms: i64,
    /// A hub outside, instead of the one in here.
    pub hub: Option<EngineConfig>,
    /// Shop 1 is a plain shop that speaks UCP 2026-01-11 and nothing else. A platform profile that it takes is at
    /// `/platform/2026-01-11` of the venue.
    pub older: bool,
}

impl Default for SandboxConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            seed: None,
            ambience: true,
            tls: false,
            data: None,
            reconnect_window_ms: 1_000,
            connection_token_ms: 3_600_000,
            hub: None,
            older: false,
        }
    }
}

/// Why a sandbox does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Faults and scripts are nobody else's business.
    #[error("the sandbox listens on loopback only, not on {0}")]
    NotLoopback(SocketAddr),
    /// A port is taken, or not ours to take.
    #[error("cannot listen on {addr}: {source}")]
    Listen {
        /// Where.
        addr: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The CA could not be made or written.
    #[error("cannot set up tls: {0}")]
    Tls(String),
    /// The hub outside is none that the sandbox would talk to.
    #[error("this is no hub for a sandbox: {0}")]
    Hub(String),
}

/// A frame, close or cut on its way to a socket's task.
enum Order {
    Frame(String),
    Close(u16, String),
}

struct Inner {
    world: World,
    sockets: BTreeMap<ConnId, mpsc::Sender<Order>>,
    engine: Option<Engine>,
}

/// What all ports share. One lock; nothing is awaited under it.
pub(crate) struct Stage {
    inner: Mutex<Inner>,
    platforms: Platforms,
    stopping: watch::Receiver<bool>,
}

impl Stage {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic in one request must not take the whole sandbox with it.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with the world at its time of now, and sends what comes out of it.
    fn with<R>(&self, work: impl FnOnce(&mut World, i64) -> R) -> R {
        let mut inner = self.lock();
        let now_ms = wall_ms() + inner.world.offset_ms();
        let result = work(&mut inner.world, now_ms);
        inner.deliver();
        result
    }

    /// A socket for the hub; none if a fault refuses it.
    fn open_socket(&self) -> Option<(ConnId, mpsc::Receiver<Order>)> {
        let mut inner = self.lock();
        let now_ms = wall_ms() + inner.world.offset_ms();
        let conn = inner.world.ws_open(now_ms)?;
        let (orders, todo) = mpsc::channel(QUEUE);
        inner.sockets.insert(conn, orders);
        inner.deliver();
        Some((conn, todo))
    }

    /// Answers a call of the hub outside. What the hub is asked for in turn is queued in the same step, so that no
    /// publication comes between a snapshot and its positions.
    async fn hook(&self, request: &Request) -> Response {
        let (snapshot, channels, positions) = {
            let mut inner = self.lock();
            let now_ms = wall_ms() + inner.world.offset_ms();
            let engine = inner.engine.clone();
            if engine.as_ref().is_some_and(Engine::is_busy) {
                return HookAnswer::not_now();
            }
            let answer = inner.world.hook(now_ms, request);
            inner.deliver();
            match (answer, engine) {
                (HookAnswer::Ready(response), _) => return response,
                (HookAnswer::Positions { .. }, None) => return HookAnswer::not_now(),
                (HookAnswer::Positions { snapshot, channels }, Some(engine)) => {
                    (snapshot, channels.len(), engine.positions(channels))
                }
            }
        };
        let known = tokio::time::timeout(HOOK_WAITS, futures_util::future::join_all(positions)).await;
        let known: Vec<_> = known.unwrap_or_default().into_iter().flatten().collect();
        if known.len() < channels {
            return HookAnswer::not_now();
        }
        HookAnswer::complete(snapshot, &known)
    }

    /// Has the network before the hub outside do what a test just wanted of it.
    async fn carry_out_faults(&self) -> io::Result<()> {
        let (engine, faults) = {
            let mut inner = self.lock();
            (inner.engine.clone(), inner.world.take_hub_faults())
        };
        match engine {
            Some(engine) => engine.carry_out_faults(faults).await,
            None => Ok(()),
        }
    }

    fn close_socket(&self, conn: ConnId) {
        let mut inner = self.lock();
        inner.sockets.remove(&conn);
        inner.world.ws_close(conn);
        inner.deliver();
    }
}

impl Inner {
    fn deliver(&mut self) {
        if let Some(engine) = &self.engine {
            engine.order(self.world.take_hub_orders());
        }
        for out in self.world.take_output() {
            let (conn, order) = match out {
                SocketOut::Frame { conn, text } => (conn, Order::Frame(text)),
                SocketOut::Close { conn, code, reason } => (conn, Order::Close(code, reason)),
                // Without its sender the task drops the socket at once.
                SocketOut::Cut { conn } => {
                    self.sockets.remove(&conn);
                    continue;
                }
            };
            let closes = matches!(order, Order::Close(..));
            let slow = self.sockets.get(&conn).is_some_and(|orders| orders.try_send(order).is_err());
            if slow {
                tracing::warn!(conn = conn.0, "a client does not read; cut");
                self.world.ws_close(conn);
            }
            if slow || closes {
                self.sockets.remove(&conn);
            }
        }
    }
}

fn wall_ms() -> i64 {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    i64::try_from(wall).unwrap_or(i64::MAX)
}

/// A sandbox that serves until it is stopped or dropped.
pub struct Sandbox {
    /// Origin of the venue, without a slash at the end.
    pub venue_url: String,
    /// Origins of the shops: 0 sells in CNY, 1 in USD.
    pub shop_urls: [String; 2],
    /// The certificate (PEM) to trust, with `tls`.
    pub ca_pem: Option<String>,
    stage: Arc<Stage>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Sandbox {
    /// Starts serving; it is reachable when this returns.
    pub async fn start(config: SandboxConfig) -> Result<Self, StartError> {
        if !config.listen.ip().is_loopback() {
            return Err(StartError::NotLoopback(config.listen));
        }
        let mut listeners = Vec::new();
        for at in 0..3_u16 {
            let mut addr = config.listen;
            if addr.port() != 0 {
                addr.set_port(addr.port().saturating_add(at));
            }
            let listener =
                TcpListener::bind(addr).await.map_err(|source| StartError::Listen { addr, source })?;
            listeners.push(listener);
        }
        let tls = if config.tls { Some(tls::Tls::make(config.data.as_deref())?) } else { None };
        let scheme = if config.tls { "https" } else { "http" };
        let mut urls = Vec::new();
        for listener in &listeners {
            let addr =
                listener.local_addr().map_err(|source| StartError::Listen { addr: config.listen, source })?;
            urls.push(format!("{scheme}://{addr}"));
        }
        let shop_urls = [urls[1].clone(), urls[2].clone()];
        let platforms = Platforms::default();
        let engine = config.hub.clone().map(Engine::new).transpose()?;
        let hub = config.hub.as_ref().map(outside).transpose()?;
        let world = World::new(WorldConfig {
            seed: config.seed.unwrap_or_else(|| Ids::random().next_u64()),
            start_ms: wall_ms(),
            venue_url: urls[0].clone(),
            shop_urls: shop_urls.clone(),
            ambience: config.ambience,
            profiles: [Box::new(platforms.clone()), Box::new(platforms.clone())],
            reconnect_window_ms: config.reconnect_window_ms,
            connection_token_ms: config.connection_token_ms,
            hub,
            older: config.older,
        });
        let (stop, stopping) = watch::channel(false);
        let inner = Mutex::new(Inner { world, sockets: BTreeMap::new(), engine: engine.clone() });
        let stage = Arc::new(Stage { inner, platforms, stopping });
        let mut tasks = vec![tokio::spawn(tick(stage.clone()))];
        if let Some(engine) = engine {
            tasks.push(tokio::spawn(engine.run(stage.stopping.clone())));
        }
        for (listener, target) in listeners.into_iter().zip([Target::Venue, Target::Shop(0), Target::Shop(1)])
        {
            let acceptor = tls.as_ref().map(tls::Tls::acceptor);
            tasks.push(tokio::spawn(door::serve(listener, target, stage.clone(), acceptor)));
        }
        let ca_pem = tls.map(|tls| tls.ca_pem);
        let [venue_url, ..] = <[String; 3]>::try_from(urls).expect("three listeners were bound");
        Ok(Self { venue_url, shop_urls, ca_pem, stage, stop, tasks })
    }

    /// Host and port of the venue and the shops.
    pub fn domains(&self) -> (&str, [&str; 2]) {
        (domain_of(&self.venue_url), [domain_of(&self.shop_urls[0]), domain_of(&self.shop_urls[1])])
    }

    /// Does something with the world itself at its time of now: books, script, faults, the clock.
    pub fn control<R>(&self, work: impl FnOnce(&mut World) -> R) -> R {
        self.stage.with(|world, now_ms| {
            world.advance(now_ms);
            work(world)
        })
    }

    /// Takes no more connections, lets requests under way end for at most two seconds, closes the sockets.
    pub async fn stop(self) {
        // Nobody listening any more is what was wanted.
        let _ = self.stop.send(true);
        let all = async {
            for task in self.tasks {
                let _ = task.await;
            }
        };
        let _ = tokio::time::timeout(Duration::from_secs(3), all).await;
    }
}

fn outside(config: &EngineConfig) -> Result<OutsideHub, StartError> {
    Ok(OutsideHub {
        ws_url: config.ws_url()?,
        token_key: config.token_key.clone().into_bytes(),
        hook_key: config.hook_key.clone(),
        takes_faults: config.faults_url.is_some(),
    })
}

async fn tick(stage: Arc<Stage>) {
    let mut stopping = stage.stopping.clone();
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            _ = stopping.changed() => return,
            _ = tick.tick() => stage.with(World::advance),
        }
    }
}
