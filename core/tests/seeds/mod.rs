//! What real answers look like, by decoder: read from the contract and from UCP's fixtures when asked for.
#![allow(clippy::disallowed_methods, reason = "a test may read the contract's files")]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

fn folder(name: &str) -> PathBuf {
    // The fuzz targets read them too, from a workspace of their own.
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let mut folders = above.map(|folder| folder.join("core").join(name));
    folders.find(|folder| folder.is_dir()).expect("the core's folder is above, or beside what is")
}

/// Every value below an `examples` of a schema, as JSON.
fn collect(node: &Value, out: &mut Vec<Vec<u8>>) {
    match node {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::Array(examples) if name == "examples" => {
                        out.extend(examples.iter().map(|example| example.to_string().into_bytes()));
                    }
                    other => collect(other, out),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, out)),
        _ => {}
    }
}

/// The examples of these schemas of the contract; an empty list if one is not there, so that a test sees it.
fn examples(schemas: &[&str]) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    for name in schemas {
        let path = folder("contract/schemas").join(format!("{name}.json"));
        let Ok(schema) = fs::read_to_string(path) else { return Vec::new() };
        collect(&serde_json::from_str(&schema).expect("the contract is JSON"), &mut out);
    }
    out
}

/// UCP's own answers whose name has one of these words, and the contract's example profiles if they are asked for.
fn fixtures(words: &[&str]) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    for place in ["ucp/tests/suite/fixtures", "contract/examples"] {
        let Ok(files) = fs::read_dir(folder(place)) else { return Vec::new() };
        let mut paths: Vec<PathBuf> = files.filter_map(|file| Some(file.ok()?.path())).collect();
        paths.sort();
        for path in paths {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if words.iter().any(|word| name.contains(word)) {
                out.extend(fs::read(&path));
            }
        }
    }
    out
}

/// What the vectors call by that name.
fn vectors(file: &str, name: &str) -> Vec<Vec<u8>> {
    fn find(node: &Value, name: &str, out: &mut Vec<Vec<u8>>) {
        match node {
            Value::Object(members) => {
                for (key, value) in members {
                    match value {
                        Value::String(text) if key == name => out.push(text.clone().into_bytes()),
                        other => find(other, name, out),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| find(item, name, out)),
            _ => {}
        }
    }
    let mut out = Vec::new();
    if let Ok(text) = fs::read_to_string(folder("contract/vectors").join(file)) {
        find(&serde_json::from_str(&text).expect("the vectors are JSON"), name, &mut out);
    }
    out
}

fn lines(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// Frames as a hub sends them (the Centrifuge client protocol, in JSON).
const FRAMES: [&str; 10] = [
    r#"{"id":1,"connect":{"client":"c","expires":true,"ttl":3600,"ping":25,"pong":true,"data":{"reconnect_window_ms":2000}}}"#,
    r#"{"id":2,"subscribe":{"recoverable":true,"epoch":"e","offset":2,"positioned":true}}"#,
    r#"{"id":2,"subscribe":{"recoverable":true,"epoch":"e","offset":2,"recovered":true,"was_recovering":true,"publications":[{"data":{"line":1},"offset":3}]}}"#,
    r#"{"push":{"channel":"room:1","pub":{"data":{"status":{"status":"live"}},"offset":3}}}"#,
    "{\"push\":{\"channel\":\"room:1\",\"pub\":{\"data\":1,\"offset\":3}}}\n{}\n{\"id\":3,\"rpc\":{\"data\":{}}}",
    r#"{"push":{"channel":"room:1","unsubscribe":{"code":2500,"reason":"insufficient state"}}}"#,
    r#"{"push":{"disconnect":{"code":3011,"reason":"force reconnect"}}}"#,
    r#"{"id":4,"error":{"code":100,"message":"internal","temporary":true}}"#,
    r#"{"id":5,"history":{"publications":[{"data":1,"offset":1}],"offset":5,"epoch":"e"}}"#,
    "{}",
];

/// Examples for the decoder of that name.
pub fn of(decoder: &str) -> Vec<Vec<u8>> {
    match decoder {
        "frames" | "connection" => lines(&FRAMES),
        "events" => examples(&["event_chat", "event_live", "event_pulse", "event_room", "event_shopper"]),
        "room" => examples(&["rpc_room_join", "rpc_chat_send", "lines_page", "room_reply"]),
        "feed" => examples(&["feed_page"]),
        "catalog" => fixtures(&["product"]),
        "checkout" => fixtures(&["checkout"]),
        "order" => [fixtures(&["order"]), examples(&["orders_page", "undo"])].concat(),
        "profile" => fixtures(&["profile"]),
        "jws" => [vectors("jws.json", "jws"), examples(&["offer", "membership"])].concat(),
        "boxes" => examples(&["box", "draw", "draws_reply", "opening", "opening_request"]),
        "returns" => examples(&["return", "returnable"]),
        "drops" => examples(&["drops_reply", "reminder"]),
        "fans" => examples(&["groups_reply", "membership", "group"]),
        "tokens" => examples(&["hub_token", "capability_live"]),
        "errors" => examples(&["error"]),
        "words" => lines(&[
            "2026-11-24T20:15:03.250Z",
            "60.00USD",
            "CNY",
            "https://pearls.example:8443/x",
            &"0f".repeat(32),
        ]),
        _ => Vec::new(),
    }
}
