//! Frames written beforehand, so that sending them costs next to nothing.

use std::fmt::Write as _;
use std::sync::Arc;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::{CHANNEL, ROOM};

/// Pushes in one frame.
const A_FRAME: usize = 20;

/// Frames, and the id of the last line in them.
#[derive(Clone, Default)]
pub struct Frames {
    pub texts: Arc<[Utf8Bytes]>,
    pub last_id: String,
    pub lines: usize,
}

impl Frames {
    /// So many lines, one publication each, behind the publication of this number.
    pub fn lines(behind: usize, count: usize) -> Self {
        let pushes: Vec<usize> = (behind + 1..=behind + count).collect();
        let frames = pushes.chunks(A_FRAME).map(|offsets| {
            let mut frame = String::new();
            for offset in offsets {
                if !frame.is_empty() {
                    frame.push('\n');
                }
                push_line(&mut frame, *offset);
            }
            frame.into()
        });
        Self { texts: frames.collect(), last_id: line_id(behind + count), lines: count }
    }

    /// So many pulses of so many hearts, one a frame.
    pub fn hearts(count: usize, each: u64) -> Self {
        let frame = format!(
            r#"{{"push":{{"channel":"pulse:{ROOM}","pub":{{"data":{{"hearts":{{"count":{each}}}}}}}}}}}"#
        );
        let frame = Utf8Bytes::from(frame);
        Self { texts: vec![frame; count].into(), ..Self::default() }
    }
}

fn line_id(number: usize) -> String {
    format!("line_b{number:09}")
}

/// A line as a shopper of some thousands says it, as the sandbox writes it.
fn push_line(frame: &mut String, number: usize) {
    let (id, who) = (line_id(number), number % 4_099);
    let (second, millisecond) = (number / 1_000 % 60, number % 1_000);
    let _ = write!(
        frame,
        r#"{{"push":{{"channel":"{CHANNEL}","pub":{{"data":{{"line":{{"at":"2026-11-24T20:15:{second:02}.{millisecond:03}Z","client_id":"6f1c2d3e-0000-4000-8000-{number:012}","from":{{"id":"shopper_{who}","name":"Shopper {who}"}},"id":"{id}","room":"{ROOM}","text":"that one, the third pearl from the left, please! 左边第三颗 {number}"}}}},"offset":{number}}}}}}}"#
    );
}
