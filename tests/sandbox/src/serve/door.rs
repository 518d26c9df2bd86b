//! Connections: HTTP/1.1 in, [`Request`] to the world, [`Response`] out, and the faults of a network between.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response as HttpResponse;
use axum::routing::get;
use futures_util::stream;
use hyper::body::Incoming;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::{Stage, sockets};
use crate::http::{Request, Response};
use crate::media::Drawing;
use crate::world::{FaultKind, Target};

/// Largest body taken.
const BODY_MAX: usize = 1 << 20;
/// How long connections may take to end after a stop.
const GRACE: Duration = Duration::from_secs(2);

/// Put into an answer's extensions: the connection ends without it.
#[derive(Debug, Clone, Copy)]
struct Lost;

#[derive(Clone)]
struct Port {
    stage: Arc<Stage>,
    target: Target,
}

/// Serves one port until the stage stops.
pub(super) async fn serve(
    listener: TcpListener,
    target: Target,
    stage: Arc<Stage>,
    acceptor: Option<TlsAcceptor>,
) {
    let mut stopping = stage.stopping.clone();
    let port = Port { stage: stage.clone(), target };
    let mut router = Router::new().fallback(answer);
    if target == Target::Venue {
        router = router.route("/connection/websocket", get(sockets::upgrade));
        router = router.layer(axum::Extension(stage));
    }
    let router = router.with_state(port);
    let mut connections = JoinSet::new();
    loop {
        let stream = tokio::select! {
            biased;
            _ = stopping.changed() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                // Too many open files, or a client gone before it was there: the next one may do.
                Err(error) => {
                    tracing::warn!(%error, "accept failed");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    continue;
                }
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
        };
        let _ = stream.set_nodelay(true);
        let (router, stopping, acceptor) = (router.clone(), stopping.clone(), acceptor.clone());
        connections.spawn(async move {
            match acceptor {
                None => connection(stream, router, stopping).await,
                Some(acceptor) => match acceptor.accept(stream).await {
                    Ok(stream) => connection(stream, router, stopping).await,
                    Err(error) => tracing::debug!(%error, "tls handshake failed"),
                },
            }
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(GRACE, async { while connections.join_next().await.is_some() {} }).await;
}

async fn connection<S>(stream: S, router: Router, mut stopping: tokio::sync::watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let tower = TowerToHyperService::new(router);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let answer = tower.call(request);
        async move {
            let answer = answer.await.unwrap_or_else(|never: Infallible| match never {});
            // An error is the one way to make the connection end without an answer.
            if answer.extensions().get::<Lost>().is_some() {
                Err(io::Error::other("lost by a fault"))
            } else {
                Ok(answer)
            }
        }
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).keep_alive(true);
    let serving = http.serve_connection(TokioIo::new(stream), service).with_upgrades();
    tokio::pin!(serving);
    let outcome = tokio::select! {
        biased;
        outcome = serving.as_mut() => outcome,
        _ = stopping.changed() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "connection ended");
    }
}

async fn answer(State(port): State<Port>, request: axum::extract::Request) -> HttpResponse {
    let request = match read(request).await {
        Ok(request) => request,
        Err(refusal) => return plain(refusal),
    };
    let fault = port.stage.with(|world, _| world.fault_for(port.target, &request.path));
    match fault {
        None => plain(handled(&port, &request).await),
        Some(FaultKind::DropBefore) => lost(),
        Some(FaultKind::DropAfter) => {
            handled(&port, &request).await;
            lost()
        }
        Some(FaultKind::Status { status, retry_after_ms }) => plain(refusal(status, retry_after_ms)),
        Some(FaultKind::Delay(ms)) => {
            let answer = handled(&port, &request).await;
            tokio::time::sleep(Duration::from_millis(ms)).await;
            plain(answer)
        }
        Some(FaultKind::Garbage) => {
            let answer = handled(&port, &request).await;
            plain(Response { body: b"\x01<garbage".to_vec(), ..answer })
        }
        Some(FaultKind::Truncate) => truncated(handled(&port, &request).await),
    }
}

/// The world's answer. A shop that wants to know the platform first is asked again once its profile was fetched.
async fn handled(port: &Port, request: &Request) -> Response {
    // A picture takes a while to draw and is kept then: nobody else waits for it at the world's door.
    if port.target == Target::Venue
        && let Some(drawing) = Drawing::of(request)
    {
        let _ = tokio::task::spawn_blocking(move || drawing.png()).await;
    }
    if port.target == Target::Venue && request.path.starts_with("/hub/") {
        return port.stage.hook(request).await;
    }
    let mut answer = port.stage.with(|world, now_ms| world.handle(port.target, now_ms, request));
    if request.path.starts_with("/_control")
        && let Err(error) = port.stage.carry_out_faults().await
    {
        return Response::error(502, "unavailable", &format!("the network before the hub: {error}"));
    }
    for _ in 0..2 {
        let wanted = port.stage.platforms.wanted();
        if wanted.is_empty() || answer.status != 503 {
            return answer;
        }
        port.stage.platforms.fetch(wanted).await;
        answer = port.stage.with(|world, now_ms| world.handle(port.target, now_ms, request));
    }
    answer
}

async fn read(request: axum::extract::Request) -> Result<Request, Response> {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, BODY_MAX).await.map_err(|_| {
        Response::error(413, "invalid_body", "the body is larger than 1 MiB, or did not come whole")
    })?;
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    Ok(Request {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers,
        body: body.to_vec(),
    })
}

fn refusal(status: u16, retry_after_ms: Option<u64>) -> Response {
    let (code, content) = match status {
        429 => ("rate_limited", "too many requests"),
        503 => ("unavailable", "not now"),
        _ => ("internal", "switched on by a test"),
    };
    let mut body = serde_json::json!({ "code": code, "content": content });
    match retry_after_ms {
        None => Response::json(status, &body),
        Some(wait) => {
            body["retry_after_ms"] = wait.into();
            Response::json(status, &body).with_header("retry-after", &wait.div_ceil(1_000).to_string())
        }
    }
}

fn head(answer: &Response) -> (StatusCode, HeaderMap) {
    let mut headers = HeaderMap::new();
    for (name, value) in &answer.headers {
        if let (Ok(name), Ok(value)) =
            (HeaderName::try_from(name.as_str()), HeaderValue::try_from(value.as_str()))
        {
            headers.append(name, value);
        }
    }
    (StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), headers)
}

fn with_body(answer: &Response, body: Body) -> HttpResponse {
    let (status, headers) = head(answer);
    let mut response = HttpResponse::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

fn plain(mut answer: Response) -> HttpResponse {
    let body = std::mem::take(&mut answer.body);
    with_body(&answer, Body::from(body))
}

fn lost() -> HttpResponse {
    let mut response = HttpResponse::new(Body::empty());
    response.extensions_mut().insert(Lost);
    response
}

/// Promises the whole body, sends half of it, and ends the connection.
fn truncated(answer: Response) -> HttpResponse {
    let half = Bytes::copy_from_slice(&answer.body[..answer.body.len() / 2]);
    let answer = answer.with_header("content-length", "");
    let length = answer.body.len();
    let parts = stream::unfold(0, move |turn| {
        let half = half.clone();
        async move {
            match turn {
                0 => Some((Ok(half), 1)),
                1 => {
                    // What was written is to reach the client before the connection goes.
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    Some((Err(io::Error::other("cut by a fault")), 2))
                }
                _ => None,
            }
        }
    });
    let mut response = with_body(&answer, Body::from_stream(parts));
    response.headers_mut().insert("content-length", HeaderValue::from(length));
    response
}
