//! Text-frame sockets: what the live channel runs over.

use async_trait::async_trait;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use rustls::pki_types::ServerName;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use url::Url;

use crate::error::{Error, Result};

/// Frames beyond this end the connection, in bytes.
pub const MAX_FRAME: usize = 1024 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(8);

/// What came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// A text frame.
    Text(String),
    /// The other side closed, or the connection broke (1006).
    Closed {
        /// WebSocket close code.
        code: u16,
        /// Its words.
        reason: String,
    },
}

/// The sending half of a socket. Dropping both halves closes it.
#[async_trait(?Send)]
pub trait FrameSender {
    /// Sends one text frame.
    async fn send(&mut self, text: String) -> Result<()>;

    /// Says goodbye with a code; errors do not matter any more.
    async fn close(&mut self, code: u16);
}

/// The receiving half of a socket.
#[async_trait(?Send)]
pub trait FrameReceiver {
    /// The next frame; after [`Frame::Closed`] nothing more comes. Safe to drop while waiting.
    async fn receive(&mut self) -> Frame;
}

/// Opens sockets.
#[async_trait(?Send)]
pub trait Dial {
    /// Connects to a `wss` address, or `ws` on loopback.
    async fn dial(&self, url: &Url) -> Result<(Box<dyn FrameSender>, Box<dyn FrameReceiver>)>;
}

/// The real one: tungstenite over our own TCP and rustls stream.
pub struct WebSocketDial {
    tls: Arc<rustls::ClientConfig>,
}

impl WebSocketDial {
    /// Sockets over the shared TLS configuration.
    pub fn new(tls: &Arc<rustls::ClientConfig>) -> Self {
        Self { tls: tls.clone() }
    }

    async fn connect(&self, url: &Url) -> Result<(Box<dyn FrameSender>, Box<dyn FrameReceiver>)> {
        let who = url.authority().to_owned();
        let unreachable = |reason: String| Error::Unreachable { who: who.clone(), reason };
        let host = url.host_str().ok_or_else(|| Error::BadAddress { reason: "no host".to_owned() })?;
        let port =
            url.port_or_known_default().ok_or_else(|| Error::BadAddress { reason: "no port".to_owned() })?;
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let tcp = TcpStream::connect((bare, port)).await.map_err(|error| unreachable(error.to_string()))?;
        tcp.set_nodelay(true).map_err(|error| unreachable(error.to_string()))?;
        if url.scheme() == "wss" {
            let name = ServerName::try_from(bare.to_owned())
                .map_err(|error| Error::BadAddress { reason: error.to_string() })?;
            let stream = TlsConnector::from(self.tls.clone())
                .connect(name, tcp)
                .await
                .map_err(|error| Error::Tls { who: who.clone(), reason: error.to_string() })?;
            upgrade(url, stream).await
        } else {
            upgrade(url, tcp).await
        }
    }
}

#[async_trait(?Send)]
impl Dial for WebSocketDial {
    async fn dial(&self, url: &Url) -> Result<(Box<dyn FrameSender>, Box<dyn FrameReceiver>)> {
        tokio::time::timeout(CONNECT_TIMEOUT, self.connect(url)).await.unwrap_or_else(|_| {
            Err(Error::Unreachable {
                who: url.authority().to_owned(),
                reason: "no answer while connecting".to_owned(),
            })
        })
    }
}

async fn upgrade<S>(url: &Url, stream: S) -> Result<(Box<dyn FrameSender>, Box<dyn FrameReceiver>)>
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let unreachable =
        |error: WsError| Error::Unreachable { who: url.authority().to_owned(), reason: error.to_string() };
    let request = url.as_str().into_client_request().map_err(unreachable)?;
    let config = WebSocketConfig::default().max_message_size(Some(MAX_FRAME)).max_frame_size(Some(MAX_FRAME));
    let (socket, _) = tokio_tungstenite::client_async_with_config(request, stream, Some(config))
        .await
        .map_err(|error| asked_to_wait(url, &error).unwrap_or_else(|| unreachable(error)))?;
    let (sink, stream) = socket.split();
    Ok((Box::new(Sender { sink }), Box::new(Receiver { stream })))
}

/// A server that is too busy to upgrade and says for how long (429 or 503 with `Retry-After` in seconds).
fn asked_to_wait(url: &Url, error: &WsError) -> Option<Error> {
    let WsError::Http(response) = error else { return None };
    let retry_after = response.headers().get("retry-after")?.to_str().ok()?;
    let seconds: u64 = retry_after.trim().parse().ok()?;
    matches!(response.status().as_u16(), 429 | 503).then(|| Error::SlowDown {
        who: url.authority().to_owned(),
        retry_after_ms: seconds.saturating_mul(1_000),
    })
}

struct Sender<S> {
    sink: SplitSink<WebSocketStream<S>, Message>,
}

#[async_trait(?Send)]
impl<S: AsyncRead + AsyncWrite + Unpin> FrameSender for Sender<S> {
    async fn send(&mut self, text: String) -> Result<()> {
        self.sink.send(Message::text(text)).await.map_err(|_| Error::ChannelUnknown)
    }

    async fn close(&mut self, code: u16) {
        let frame =
            tokio_tungstenite::tungstenite::protocol::CloseFrame { code: code.into(), reason: "".into() };
        if let Err(error) = self.sink.send(Message::Close(Some(frame))).await {
            tracing::debug!(%error, "the socket was gone before goodbye");
        }
    }
}

struct Receiver<S> {
    stream: SplitStream<WebSocketStream<S>>,
}

#[async_trait(?Send)]
impl<S: AsyncRead + AsyncWrite + Unpin> FrameReceiver for Receiver<S> {
    async fn receive(&mut self) -> Frame {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => return Frame::Text(text.as_str().to_owned()),
                Some(Ok(Message::Close(frame))) => {
                    let (code, reason) = frame
                        .map_or((1005, String::new()), |frame| (frame.code.into(), frame.reason.to_string()));
                    return Frame::Closed { code, reason };
                }
                // The JSON protocol has text frames only.
                Some(Ok(Message::Binary(_))) => {
                    return Frame::Closed { code: 1003, reason: "a binary frame came".to_owned() };
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Frame::Closed { code: 1006, reason: error.to_string() },
                None => return Frame::Closed { code: 1006, reason: "the connection ended".to_owned() },
            }
        }
    }
}
