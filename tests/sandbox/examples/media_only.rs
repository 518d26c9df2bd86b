//! Pictures and stream alone on a loopback port, for players and eyes: the first line printed is the address of
//! `/media/hls/pearls/master.m3u8`'s server.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use nightmarket_sandbox::http::Request;
use nightmarket_sandbox::media;

fn now_ms() -> i64 {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    i64::try_from(wall).unwrap_or(i64::MAX)
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let started_ms = now_ms();
    let serve = move |uri: Uri| async move {
        let request = Request {
            method: "GET".into(),
            path: uri.path().into(),
            query: uri.query().unwrap_or_default().into(),
            ..Request::default()
        };
        let answer = media::handle(&request, now_ms(), |_| Some(started_ms));
        let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response: Response = (status, answer.body).into_response();
        for (name, value) in answer.headers {
            if let (Ok(name), Ok(value)) =
                (axum::http::HeaderName::try_from(name), axum::http::HeaderValue::try_from(value))
            {
                response.headers_mut().insert(name, value);
            }
        }
        response
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, Router::new().fallback(serve)).await
}
