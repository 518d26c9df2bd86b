//! The way back after a cut: from the dial to the line that was said meanwhile, standing in the list, in round trips. The
//! jitter before the dial is not counted.

use async_trait::async_trait;
use nightmarket::ports::{Dial, FrameReceiver, FrameSender, Ports, TlsSettings};
use nightmarket_sandbox::serve::{Sandbox, SandboxConfig};
use serde_json::json;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

use super::ROOM;
use super::ours::{Core, settings};
use super::proxy::{Proxy, RTT};
use crate::report::Row;
use crate::turns::medians;

const ROUNDS: usize = 10;
/// What everything but the network may take.
const SLACK: Duration = Duration::from_millis(5);

/// Measures the rows.
pub fn rows() -> Vec<Row> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let ends = [false, true].map(|tls| End::start(&runtime, tls));
    let [ws, wss] = medians(ROUNDS, |contender, round| ends[contender].back(round));
    let trips = |time: Duration| time.saturating_sub(SLACK).as_secs_f64() / RTT.as_secs_f64();
    vec![
        Row::under("resume ws", "round trips", trips(ws), 3.0),
        Row::under("resume wss", "round trips", trips(wss), 4.0),
    ]
}

/// A venue, and the network before its hub.
struct End {
    sandbox: Sandbox,
    proxy: Proxy,
}

impl End {
    fn start(runtime: &Runtime, tls: bool) -> Self {
        let config = SandboxConfig {
            seed: Some(1),
            ambience: false,
            tls,
            reconnect_window_ms: 100,
            ..SandboxConfig::default()
        };
        let sandbox = runtime.block_on(Sandbox::start(config)).expect("it starts");
        let address = sandbox.domains().0.parse().expect("an address");
        Self { sandbox, proxy: Proxy::start(address) }
    }

    /// One core, cut once.
    fn back(&self, round: usize) -> Duration {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let tls = TlsSettings { extra_roots_pem: self.sandbox.ca_pem.clone() };
        let settings = settings(folder.path(), &self.sandbox.venue_url, tls);
        let (dialed, dials) = mpsc::channel();
        let to = self.proxy.address;
        let mut core = Core::join(settings, move |real| Ports {
            dial: Rc::new(Noted { dial: real.dial.clone(), to, dialed }),
            ..real
        });
        dials.recv().expect("it dials to join");
        self.reach(&mut core, &format!("before {round}"));
        self.proxy.cut();
        let back = self.reach(&mut core, &format!("behind {round}"));
        back - dials.recv().expect("it dials to come back")
    }

    /// The host says this; when it stood in the list.
    fn reach(&self, core: &mut Core, text: &str) -> Instant {
        let say = json!({ "do": "say", "room": ROOM, "text": text });
        self.sandbox.control(|world| world.script(&say)).expect("the host is there");
        while core.list.last().is_none_or(|line| line.text != text) {
            core.take_batch();
        }
        Instant::now()
    }
}

/// The core's own dial, through the proxy; tells when.
struct Noted {
    dial: Rc<dyn Dial>,
    to: SocketAddr,
    dialed: mpsc::Sender<Instant>,
}

#[async_trait(?Send)]
impl Dial for Noted {
    async fn dial(
        &self,
        url: &url::Url,
    ) -> nightmarket::Result<(Box<dyn FrameSender>, Box<dyn FrameReceiver>)> {
        // The round may be over.
        let _ = self.dialed.send(Instant::now());
        let mut url = url.clone();
        url.set_port(Some(self.to.port())).expect("a ws address has a port");
        self.dial.dial(&url).await
    }
}
