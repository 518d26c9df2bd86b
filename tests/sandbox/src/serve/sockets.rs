//! Sockets of the live hub.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tokio::sync::mpsc;

use super::{Order, Stage};
use crate::hub::ConnId;

/// Above the hub's own limit, so that the hub is the one that closes, with its code.
const FRAME_MAX: usize = 1 << 18;

pub(super) async fn upgrade(Extension(stage): Extension<Arc<Stage>>, upgrade: WebSocketUpgrade) -> Response {
    let Some((conn, todo)) = stage.open_socket() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let failed = stage.clone();
    upgrade.max_message_size(FRAME_MAX).on_failed_upgrade(move |_| failed.close_socket(conn)).on_upgrade(
        move |socket| async move {
            carry(&stage, conn, socket, todo).await;
            stage.close_socket(conn);
        },
    )
}

/// Until the client, the hub, a fault or a stop ends it. A queue without a sender means cut: the socket is dropped.
async fn carry(stage: &Stage, conn: ConnId, mut socket: WebSocket, mut todo: mpsc::Receiver<Order>) {
    let mut stopping = stage.stopping.clone();
    loop {
        tokio::select! {
            biased;
            _ = stopping.changed() => return close(&mut socket, 3001, "shutdown".to_owned()).await,
            order = todo.recv() => match order {
                Some(Order::Frame(text)) => {
                    if socket.send(Message::Text(text.into())).await.is_err() {
                        return;
                    }
                }
                Some(Order::Close(code, reason)) => return close(&mut socket, code, reason).await,
                None => return,
            },
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => stage.with(|world, now_ms| world.ws_text(conn, &text, now_ms)),
                Some(Ok(Message::Binary(_))) => stage.with(|world, _| world.ws_binary(conn)),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
            },
        }
    }
}

async fn close(socket: &mut WebSocket, code: u16, reason: String) {
    if socket.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await.is_ok() {
        // The client's own close frame, so that it sees the code and no reset.
        let rest = async { while let Some(Ok(_)) = socket.recv().await {} };
        let _ = tokio::time::timeout(Duration::from_secs(1), rest).await;
    }
}
