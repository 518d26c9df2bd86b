//! Rooms and chat: lines a second from the socket to the list, memory and batches under a steady stream, hearts, the way
//! back after a cut, and bytes on the wire.

mod bare;
mod frames;
mod hub;
mod ours;
mod peer;
mod proxy;
pub mod resume;
pub mod steady;
pub mod wire;

use serde::Deserialize;
use std::time::Duration;

use self::bare::Bare;
use self::frames::Frames;
use self::hub::Hub;
use self::ours::Ours;
use self::peer::Peer;
use crate::report::Row;
use crate::turns::medians;
use nightmarket::chat::{Author, Spot};
use nightmarket::ids::{ClientId, LineId};
use nightmarket::time::Timestamp;

/// The room that everybody is in.
pub const ROOM: &str = "pearls";
/// Its chat's channel.
const CHANNEL: &str = "chat:pearls";
/// Lines of one turn.
const LINES: usize = 100_000;
const ROUNDS: usize = 10;

/// A line as bare and peer decode it: every field that the core knows.
#[derive(Deserialize)]
#[expect(dead_code, reason = "decoded for the time it takes")]
struct Line {
    id: LineId,
    client_id: Option<ClientId>,
    from: Author,
    text: String,
    moment: Option<Timestamp>,
    spot: Option<Spot>,
    reply_to: Option<LineId>,
    at: Timestamp,
}

/// An event of the chat's channel.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Event {
    Line(Line),
}

impl Event {
    fn id(&self) -> &LineId {
        let Self::Line(line) = self;
        &line.id
    }
}

/// Lines a second, against the limit and the peer.
pub fn lines() -> Vec<Row> {
    let hubs = [(); 3].map(|()| Hub::start());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut ours = Ours::open(folder.path(), &hubs[0]);
    let bare = Bare::join(&hubs[1]);
    let peer = Peer::join(&hubs[2]);
    let mut frames = Frames::default();
    let [ours, limit, peer] = medians(ROUNDS, |contender, round| {
        if contender == 0 {
            frames = Frames::lines(round * LINES, LINES);
        }
        match contender {
            0 => ours.turn(&hubs[0], &frames),
            1 => bare.turn(&hubs[1], &frames),
            _ => peer.turn(&hubs[2], &frames),
        }
    });
    let count = f64::from(u32::try_from(LINES).expect("a small number"));
    let per_second = |time: Duration| count / time.as_secs_f64();
    let [ours, limit, peer] = [ours, limit, peer].map(per_second);
    vec![
        Row::at_least_of_limit("chat lines", "lines/s", ours, limit, 0.5).beside(peer),
        Row::at_least_of_peer("chat lines, peer", "lines/s", ours, peer, 1.2),
    ]
}

/// A thousand sums of a hundred hearts each second, for five seconds.
pub fn hearts() -> Vec<Row> {
    const EVENTS: usize = 5_000;
    const EACH: u64 = 100;
    let hub = Hub::start();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut ours = Ours::open(folder.path(), &hub);
    let sent = EACH * EVENTS as u64;
    let seen = ours.hearts(&hub, &Frames::hearts(EVENTS, EACH), sent);
    let missing = u32::try_from(sent.abs_diff(seen.sum)).unwrap_or(u32::MAX);
    vec![
        Row::under("hearts", "updates/s", seen.updates_per_second, 4.0),
        Row::under("hearts, sum off by", "hearts", f64::from(missing), 0.0),
    ]
}
