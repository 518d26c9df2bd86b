//! What the core needs from the outside, as traits: HTTP, text-frame sockets, databases, time, fresh bytes.
//!
//! Everything above the ports (retry, idempotency, backoff, reconnect) runs unchanged in simulation. Each port has its
//! real adapter beside it. The core lives on one thread, so ports are `Rc` and their futures need not be `Send`.
#![allow(clippy::disallowed_methods, reason = "the ports are where the outside is reached")]

pub mod clock;
pub mod db;
pub mod dial;
pub mod entropy;
pub mod http;
#[cfg(any(test, feature = "sim"))]
pub mod sim;
pub mod tls;

use std::path::Path;
use std::rc::Rc;

pub use clock::{Clock, SystemClock};
pub use db::{Connection, Db, DbExt, DbThread};
pub use dial::{Dial, Frame, FrameReceiver, FrameSender, WebSocketDial};
pub use entropy::{Entropy, EntropyExt, SystemEntropy};
pub use http::{Http, HttpRequest, HttpResponse, Method, ReqwestHttp};
pub use tls::TlsSettings;

use crate::error::Result;

/// The three databases of one shopper (design: a ledger that is never lost, an outbox, a cache).
#[derive(Clone)]
pub struct Databases {
    /// Purchases, returns, policy, audit. `synchronous=FULL`.
    pub ledger: Rc<dyn Db>,
    /// Lines, follows, likes, impressions on their way out. `synchronous=NORMAL`.
    pub outbox: Rc<dyn Db>,
    /// Feed, rooms, history, catalogue. May be lost at any time.
    pub cache: Rc<dyn Db>,
}

/// The outside, as one core sees it.
#[derive(Clone)]
pub struct Ports {
    /// One request, one answer.
    pub http: Rc<dyn Http>,
    /// Text-frame sockets.
    pub dial: Rc<dyn Dial>,
    /// The three databases.
    pub db: Databases,
    /// Wall and monotonic time, and waiting.
    pub clock: Rc<dyn Clock>,
    /// Ids, keys, jitter.
    pub entropy: Rc<dyn Entropy>,
}

impl Ports {
    /// The real ones. Databases are files in `directory`, which is made if it is not there.
    ///
    /// # Errors
    /// `Storage` or `LedgerDamaged` if a database cannot be opened, `Tls` if no verifier can be made.
    pub fn real(directory: &Path, tls: &TlsSettings) -> Result<Self> {
        let config = tls::client_config(tls)?;
        Ok(Self {
            http: Rc::new(ReqwestHttp::new(&config)?),
            dial: Rc::new(WebSocketDial::new(&config)),
            db: db::open_files(directory)?,
            clock: Rc::new(SystemClock::default()),
            entropy: Rc::new(SystemEntropy),
        })
    }
}
