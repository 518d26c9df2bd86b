//! The core as an app runs it: a thread of its own, real files, a real socket, its room joined; and a caller that takes
//! its list's batches.

use nightmarket::chat::Line;
use nightmarket::live::{Room, RoomState};
use nightmarket::ports::{Ports, TlsSettings};
use nightmarket::{Host, ListSubscription, Settings, Shopper};
use std::path::Path;
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::sync::{oneshot, watch};

use super::ROOM;
use super::frames::Frames;
use super::hub::{Hub, Redirect, VENUE};

/// A core in the room, and the caller's side of it.
pub struct Core {
    pub caller: Runtime,
    pub room: Room,
    pub lines: ListSubscription<Line>,
    pub list: Vec<Arc<Line>>,
    /// Ends the core when dropped.
    _alive: oneshot::Sender<()>,
}

impl Core {
    /// Opens a core on a thread of its own, with ports made there, and joins the room.
    pub fn join(settings: Settings, ports: impl FnOnce(Ports) -> Ports + Send + 'static) -> Self {
        let (opened, live) = mpsc::channel();
        let (alive, ended) = oneshot::channel::<()>();
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            tokio::task::LocalSet::new().block_on(&runtime, async {
                let real = Ports::real(&settings.directory, &settings.tls).expect("files and a client");
                let shopper = Shopper::open_here(ports(real), settings, Host::default()).await;
                let shopper = shopper.expect("the venue opens");
                opened.send(shopper.live()).expect("the caller waits");
                // An error is the sign to end.
                let _ = ended.await;
            });
        });
        let live = live.recv().expect("the core opens");
        let caller = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let (room, lines) = caller.block_on(async {
            let room = live.join(ROOM.into()).await.expect("the room is joined");
            let lines = room.chat().lines().await.expect("its chat is open");
            (room, lines)
        });
        Self { caller, room, lines, list: Vec::new(), _alive: alive }
    }

    /// Waits for one batch and applies it.
    pub fn take_batch(&mut self) {
        let Self { caller, lines, list, .. } = self;
        for diff in caller.block_on(lines.next_batch()).expect("the list lives") {
            diff.apply(list);
        }
    }

    /// The room's state now and from here on.
    fn state(&self) -> watch::Receiver<RoomState> {
        self.room.state()
    }
}

/// How a shopper's core is set up in these rows.
pub fn settings(directory: &Path, venue: &str, tls: TlsSettings) -> Settings {
    Settings {
        venue: venue.to_owned(),
        directory: directory.to_owned(),
        platform_profile: "https://app.example/profile".to_owned(),
        language: "en".to_owned(),
        tls,
    }
}

/// A core at one of the bench's hubs.
pub struct Ours(Core);

/// What the room's state told of hearts.
pub struct Hearts {
    pub sum: u64,
    pub updates_per_second: f64,
}

impl Ours {
    /// Joins the room there.
    pub fn open(folder: &Path, hub: &Hub) -> Self {
        let (http, address) = (hub.http(), hub.address);
        let settings = settings(folder, VENUE, TlsSettings::default());
        let mut core = Core::join(settings, move |real| Ports {
            http: http(),
            dial: Rc::new(Redirect { dial: real.dial.clone(), to: address }),
            ..real
        });
        hub.wait_for("pulse:");
        core.take_batch();
        Self(core)
    }

    /// From the first frame to the list that holds the last line.
    pub fn turn(&mut self, hub: &Hub, frames: &Frames) -> Duration {
        let Self(core) = self;
        let pages = hub.pages_read();
        let before = Instant::now();
        hub.send(frames.texts.clone());
        let id = |line: &Arc<Line>| line.id.as_ref().map_or("", |id| id.as_str()).to_owned();
        while core.list.last().is_none_or(|line| id(line) != frames.last_id) {
            core.take_batch();
        }
        let took = before.elapsed();
        assert_eq!(hub.pages_read(), pages, "lines were lost on the way");
        assert!(core.list.is_sorted_by(|one, next| id(one) < id(next)), "in order, each once");
        took
    }

    /// Hearts at a thousand events a second, until the state knows all or five seconds have passed since the last change.
    pub fn hearts(&mut self, hub: &Hub, frames: &Frames, sent: u64) -> Hearts {
        let mut state = self.0.state();
        let before_them = state.borrow_and_update().hearts;
        hub.send_every(Duration::from_millis(1), frames.texts.clone());
        let (mut updates, mut sum) = (0_u32, 0);
        let mut times: Option<(Instant, Instant)> = None;
        self.0.caller.block_on(async {
            while sum < sent {
                let change = tokio::time::timeout(Duration::from_secs(5), state.changed()).await;
                if change.is_err() {
                    break;
                }
                change.expect("in time").expect("the room is joined");
                sum = state.borrow_and_update().hearts - before_them;
                updates += 1;
                let now = Instant::now();
                times = Some((times.map_or(now, |(first, _)| first), now));
            }
        });
        let (first, last) = times.expect("hearts come");
        let seconds = (last - first).as_secs_f64();
        Hearts { sum, updates_per_second: f64::from(updates.saturating_sub(1)) / seconds }
    }
}
