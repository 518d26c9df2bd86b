//! A venue whose hub answers as the sandbox does and then, when told, sends frames written beforehand. What a client does
//! with them is measured, not what a server does to make them.

use async_trait::async_trait;
use futures_util::{SinkExt as _, StreamExt as _};
use nightmarket::ports::{Dial, FrameReceiver, FrameSender, Http, HttpRequest, HttpResponse, Method};
use nightmarket_sandbox::http::Request;
use nightmarket_sandbox::world::{SocketOut, Target, World, WorldConfig};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, mpsc};
use std::time::{Duration, SystemTime};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, accept_async};

/// What the client is told to reach; nobody listens there.
pub const VENUE: &str = "http://127.0.0.1:4000";

/// Frames to send, and how far apart.
struct Order {
    frames: Arc<[Utf8Bytes]>,
    every: Option<Duration>,
}

type Orders = tokio::sync::mpsc::UnboundedReceiver<Order>;

/// The venue in memory, with a socket for one client.
pub struct Hub {
    pub address: SocketAddr,
    world: Arc<Mutex<World>>,
    orders: tokio::sync::mpsc::UnboundedSender<Order>,
    /// What the client said and was answered.
    said: mpsc::Receiver<Utf8Bytes>,
    /// Pages of lines that were read over HTTP: who reads one has lost something.
    pages: Arc<AtomicUsize>,
}

impl Hub {
    /// Starts it; it ends with the process, or once its client has gone.
    pub fn start() -> Self {
        let config = WorldConfig { ambience: false, ..WorldConfig::simulated(1, wall_ms()) };
        let world = Arc::new(Mutex::new(World::new(config)));
        let (orders, todo) = tokio::sync::mpsc::unbounded_channel();
        let (started, address) = mpsc::channel();
        let (tell, said) = mpsc::channel();
        let served = world.clone();
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port on loopback");
                started.send(listener.local_addr().expect("it is bound")).expect("somebody waits");
                let (stream, _) = listener.accept().await.expect("a client comes");
                stream.set_nodelay(true).expect("a socket");
                let socket = accept_async(stream).await.expect("a handshake");
                serve(socket, &served, todo, &tell).await;
            });
        });
        let address = address.recv().expect("it starts");
        Self { address, world, orders, said, pages: Arc::default() }
    }

    /// Waits until the client has asked for this channel.
    pub fn wait_for(&self, channel: &str) {
        loop {
            let text = self.said.recv_timeout(Duration::from_secs(10)).expect("it subscribes");
            if text.contains("\"subscribe\"") && text.contains(channel) {
                return;
            }
        }
    }

    /// How many pages of lines were read.
    pub fn pages_read(&self) -> usize {
        self.pages.load(Ordering::SeqCst)
    }

    /// Has these frames sent, as fast as the client reads.
    pub fn send(&self, frames: Arc<[Utf8Bytes]>) {
        self.orders.send(Order { frames, every: None }).expect("the client is there");
    }

    /// Has these frames sent at this pace.
    pub fn send_every(&self, every: Duration, frames: Arc<[Utf8Bytes]>) {
        self.orders.send(Order { frames, every: Some(every) }).expect("the client is there");
    }

    /// A token for the hub's connection.
    pub fn token(&self) -> String {
        token(&mut lock(&self.world), wall_ms())
    }

    /// The venue's HTTP, made on the core's thread.
    pub fn http(&self) -> impl FnOnce() -> Rc<dyn Http> + Send + 'static {
        let (world, pages) = (self.world.clone(), self.pages.clone());
        move || Rc::new(InMemory { world, pages })
    }
}

/// A token for a connection to the hub of that world.
pub fn token(world: &mut World, now_ms: i64) -> String {
    let answer = ask(world, now_ms, "POST", "/nm/token", "", br#"{"channels":[]}"#.to_vec(), Vec::new());
    let answer: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
    answer["connection"]["token"].as_str().expect("a token").to_owned()
}

fn ask(
    world: &mut World,
    now_ms: i64,
    method: &str,
    path: &str,
    query: &str,
    body: Vec<u8>,
    mut headers: Vec<(String, String)>,
) -> nightmarket_sandbox::http::Response {
    for (name, value) in [
        ("ucp-agent", format!("profile=\"{VENUE}/platform\"")),
        ("request-id", "00000000-0000-4000-8000-000000000001".to_owned()),
        ("idempotency-key", "00000000-0000-4000-8000-000000000002".to_owned()),
    ] {
        if !headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
            headers.push((name.to_owned(), value));
        }
    }
    let headers = headers.into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect();
    let request =
        Request { method: method.to_owned(), path: path.to_owned(), query: query.to_owned(), headers, body };
    world.handle(Target::Venue, now_ms, &request)
}

fn lock(world: &Mutex<World>) -> MutexGuard<'_, World> {
    world.lock().expect("no handler panics")
}

fn wall_ms() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).expect("a date")
}

async fn serve(
    mut socket: WebSocketStream<TcpStream>,
    world: &Mutex<World>,
    mut orders: Orders,
    said: &mpsc::Sender<Utf8Bytes>,
) {
    let conn = lock(world).ws_open(wall_ms()).expect("no fault is set");
    loop {
        tokio::select! {
            biased;
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    let out = {
                        let mut world = lock(world);
                        world.ws_text(conn, &text, wall_ms());
                        world.take_output()
                    };
                    for out in out {
                        let SocketOut::Frame { text, .. } = out else { return };
                        if socket.send(Message::text(text)).await.is_err() {
                            return;
                        }
                    }
                    // Nobody asks after the first moments.
                    let _ = said.send(text);
                }
                Some(Ok(_)) => {}
                _ => return,
            },
            order = orders.recv() => match order {
                Some(order) => {
                    if send_all(&mut socket, order).await.is_err() {
                        return;
                    }
                }
                None => return,
            },
        }
    }
}

async fn send_all(
    socket: &mut WebSocketStream<TcpStream>,
    Order { frames, every }: Order,
) -> Result<(), tokio_tungstenite::tungstenite::Error> {
    let mut clock = every.map(tokio::time::interval);
    for frame in &*frames {
        match &mut clock {
            Some(clock) => {
                clock.tick().await;
                socket.send(Message::Text(frame.clone())).await?;
            }
            None => socket.feed(Message::Text(frame.clone())).await?,
        }
    }
    socket.flush().await
}

struct InMemory {
    world: Arc<Mutex<World>>,
    pages: Arc<AtomicUsize>,
}

#[async_trait(?Send)]
impl Http for InMemory {
    async fn send(&self, request: HttpRequest) -> nightmarket::Result<HttpResponse> {
        let method = match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
        };
        let query = request.url.query().unwrap_or_default();
        let body = request.body.unwrap_or_default();
        if request.url.path().ends_with("/lines") {
            self.pages.fetch_add(1, Ordering::SeqCst);
        }
        let headers = request.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let answer = ask(&mut lock(&self.world), wall_ms(), method, request.url.path(), query, body, headers);
        Ok(HttpResponse { status: answer.status, headers: answer.headers, body: answer.body })
    }
}

/// The core's own dial, to another address.
pub struct Redirect {
    pub dial: Rc<dyn Dial>,
    pub to: SocketAddr,
}

#[async_trait(?Send)]
impl Dial for Redirect {
    async fn dial(
        &self,
        url: &url::Url,
    ) -> nightmarket::Result<(Box<dyn FrameSender>, Box<dyn FrameReceiver>)> {
        let mut url = url.clone();
        url.set_port(Some(self.to.port())).expect("a ws address has a port");
        self.dial.dial(&url).await
    }
}
