//! Lines that come at once leave in few publications.

use serde_json::{Value, json};

use super::Publication;
use super::chat::LINES_AT_ONCE;
use super::words::parse_time;

/// Neighbouring lines of one chat as batches of at most twenty (contract: `event_chat.json`); all else as it was.
pub(super) fn of(publications: Vec<Publication>) -> Vec<Publication> {
    let mut out: Vec<Publication> = Vec::with_capacity(publications.len());
    let mut lines: Vec<Value> = Vec::new();
    let mut channel = String::new();
    for mut publication in publications {
        let line = publication.data.get_mut("line").map(Value::take);
        if lines.len() == LINES_AT_ONCE || (publication.channel != channel || line.is_none()) {
            flush(&mut out, &channel, &mut lines);
        }
        match line {
            Some(line) => {
                channel = publication.channel;
                lines.push(line);
            }
            None => out.push(publication),
        }
    }
    flush(&mut out, &channel, &mut lines);
    out
}

fn flush(out: &mut Vec<Publication>, channel: &str, lines: &mut Vec<Value>) {
    let data = match lines.len() {
        0 => return,
        1 => json!({ "line": lines.remove(0) }),
        _ => json!({ "batch": batch(std::mem::take(lines)) }),
    };
    out.push(Publication { channel: channel.to_owned(), data });
}

fn batch(lines: Vec<Value>) -> Value {
    let at = lines[0]["at"].clone();
    let first_ms = ms(&at);
    let mut from: Vec<Value> = Vec::new();
    let lines: Vec<Value> = lines
        .into_iter()
        .map(|mut line| {
            let (id, name) = (line["from"]["id"].take(), line["from"]["name"].take());
            let author = if id == name { json!([id]) } else { json!([id, name]) };
            let index = from.iter().position(|known| *known == author).unwrap_or_else(|| {
                from.push(author);
                from.len() - 1
            });
            let after_ms = (ms(&line["at"]) - first_ms).max(0);
            let mut entry = vec![line["id"].take(), json!(index), json!(after_ms), line["text"].take()];
            let rest: serde_json::Map<String, Value> = ["moment", "spot", "reply_to", "quote", "mentions"]
                .into_iter()
                .filter_map(|name| Some((name.to_owned(), line.get_mut(name)?.take())))
                .collect();
            if !rest.is_empty() {
                entry.push(Value::Object(rest));
            }
            Value::Array(entry)
        })
        .collect();
    json!({ "at": at, "from": from, "lines": lines })
}

fn ms(at: &Value) -> i64 {
    at.as_str().and_then(parse_time).unwrap_or(0)
}
