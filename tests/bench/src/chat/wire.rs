//! Bytes on the wire for each line, its text aside, when twenty are said at once: frames as the sandbox's hub sends them,
//! with their WebSocket headers.

use nightmarket_sandbox::world::{SocketOut, World, WorldConfig};
use serde_json::{Value, json};

use super::{CHANNEL, ROOM, hub};
use crate::report::Row;

const LINES: u32 = 20;
const NOW_MS: i64 = 1_795_550_400_000;

/// Measures the row.
pub fn row() -> Row {
    let config = WorldConfig { ambience: false, ..WorldConfig::simulated(1, NOW_MS) };
    let mut world = World::new(config);
    let token = hub::token(&mut world, NOW_MS);
    let conn = world.ws_open(NOW_MS).expect("no fault is set");
    let hello = [
        json!({ "id": 1, "connect": { "token": token } }),
        json!({ "id": 2, "subscribe": { "channel": CHANNEL, "recoverable": true } }),
    ];
    world.ws_text(conn, &hello.map(|command| command.to_string()).join("\n"), NOW_MS);
    world.take_output();
    let text = "the third pearl from the left";
    world
        .script(&json!({ "do": "burst", "room": ROOM, "count": LINES, "text": text }))
        .expect("the room is there");
    world.advance(NOW_MS + 1_000);
    let (mut bytes, mut texts, mut lines) = (0, 0, 0);
    for out in world.take_output() {
        let SocketOut::Frame { text: frame, .. } = out else { panic!("{out:?}") };
        bytes += frame.len() + header(frame.len());
        for push in frame.lines() {
            let push: Value = serde_json::from_str(push).expect("JSON");
            let said = texts_of(&push["push"]["pub"]["data"], text);
            lines += said.len();
            texts += said.iter().map(String::len).sum::<usize>();
        }
    }
    assert_eq!(lines, LINES as usize, "each line once");
    let over = u32::try_from(bytes - texts).expect("a few kilobytes");
    Row::under("chat bytes a line", "bytes", f64::from(over) / f64::from(LINES), 80.0)
}

/// Every string in there that begins like what was said.
fn texts_of(value: &Value, beginning: &str) -> Vec<String> {
    match value {
        Value::String(text) if text.starts_with(beginning) => vec![text.clone()],
        Value::Array(values) => values.iter().flat_map(|value| texts_of(value, beginning)).collect(),
        Value::Object(members) => members.values().flat_map(|value| texts_of(value, beginning)).collect(),
        _ => Vec::new(),
    }
}

/// Of a server's frame (RFC 6455, 5.2).
fn header(length: usize) -> usize {
    match length {
        0..=125 => 2,
        126..=65_535 => 4,
        _ => 10,
    }
}
