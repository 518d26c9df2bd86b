//! What the venue shows: pictures drawn by code, and a live stream of a tray of pearls.

pub mod hls;
pub mod pictures;
pub mod tray;
mod words;

pub use hls::{master, playlist, segment};
pub use pictures::Drawing;
pub use tray::{Pearl, resolve, tray_at};

use crate::http::{Request, Response};

/// Answers the paths below `/media/`; a venue that serves another path has asked the wrong one and gets a 404.
///
/// - `/media/pictures/<name>.png`, `/media/shop/<handle>.png`: see [`Drawing`];
/// - `/media/hls/<room>/master.m3u8`, `live.m3u8`, `pearls-<n>.ts`: `live_since` tells when a room went live
///   (milliseconds since the epoch), `None` if it is not live. Every live room shows the same tray.
pub fn handle(request: &Request, now_ms: i64, live_since: impl Fn(&str) -> Option<i64>) -> Response {
    let found = match request.segments()[..] {
        ["media", "hls", room, name] => live_since(room).and_then(|since| stream(name, now_ms, since)),
        // A room that is not live has its poster.
        ["rooms", room, "picture.png"] => match live_since(room) {
            Some(_) => Drawing::of(request).or_else(|| now(request, now_ms)),
            None => Some(Drawing::Named(format!("poster-{room}"))),
        }
        .and_then(|drawing| drawn(&drawing)),
        _ => Drawing::of(request).and_then(|drawing| drawn(&drawing)),
    };
    found
        .unwrap_or_else(|| Response::error(404, "not_found", "there is no such picture, stream or segment"))
        .with_header("access-control-allow-origin", "*")
}

const CACHE: &str = "cache-control";
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// A room's picture without a moment is the newest that a player can show.
fn now(request: &Request, now_ms: i64) -> Option<Drawing> {
    request.query_value("moment").is_none().then(|| Drawing::moment(now_ms))
}

fn drawn(drawing: &Drawing) -> Option<Response> {
    let png = drawing.png()?;
    // The same address shows something else later only if the moment is not in it.
    let kept = if matches!(drawing, Drawing::Named(_) | Drawing::Photo(..)) { FOR_EVER } else { "no-cache" };
    Some(Response::bytes(200, "image/png", png.to_vec()).with_header(CACHE, kept))
}

fn stream(name: &str, now_ms: i64, since: i64) -> Option<Response> {
    match name {
        "master.m3u8" => Some(list(master())),
        "live.m3u8" => Some(list(playlist(now_ms, since))),
        _ => segment(name)
            .map(|bytes| Response::bytes(200, "video/mp2t", bytes.to_vec()).with_header(CACHE, FOR_EVER)),
    }
}

fn list(text: String) -> Response {
    Response::bytes(200, "application/vnd.apple.mpegurl", text.into_bytes()).with_header(CACHE, "no-store")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(path: &str) -> Response {
        let request = Request { method: "GET".into(), path: path.into(), ..Request::default() };
        handle(&request, 50_000, |room| (room == "pearls").then_some(0))
    }

    #[test]
    fn paths_are_answered_or_refused() {
        for (path, status) in [
            ("/media/pictures/avatar-mugs.png", 200),
            ("/media/pictures/avatar-mugs.svg", 404),
            ("/media/pictures/nonsense-1.png", 404),
            ("/rooms/pearls/picture.png", 200),
            ("/rooms/mugs/picture.png", 200),
            ("/rooms/dark/picture.png", 404),
            ("/media/hls/pearls/master.m3u8", 200),
            ("/media/hls/pearls/live.m3u8", 200),
            ("/media/hls/pearls/pearls-7.ts", 200),
            ("/media/hls/pearls/pearls-x.ts", 404),
            ("/media/hls/dark/live.m3u8", 404),
            ("/media", 404),
            ("/nm/feed", 404),
        ] {
            assert_eq!(get(path).status, status, "{path}");
        }
    }

    /// What the lists name is there, from the master on.
    #[test]
    fn every_address_in_the_lists_is_served() {
        let mut lists = vec!["/media/hls/pearls/master.m3u8".to_owned()];
        let mut segments = 0;
        while let Some(path) = lists.pop() {
            let text = String::from_utf8(get(&path).body).expect("UTF-8");
            for name in text.lines().filter(|line| !line.starts_with('#')) {
                let path = format!("/media/hls/pearls/{name}");
                assert_eq!(get(&path).status, 200, "{path}");
                if name.contains("m3u8") { lists.push(path) } else { segments += 1 }
            }
        }
        assert_eq!(segments, 6);
    }
}
