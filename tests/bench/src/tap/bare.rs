//! The limit of a tap: the rows of a real one committed again, and the bytes of a real one posted again, on one thread
//! and a warm connection, with nothing around it.

use nightmarket::storage::{self, Kind};
use nightmarket_sandbox::http::Request;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use rusqlite::Connection;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

use super::rows::Rows;
use super::shop::{Arrived, BARE_PATH};

/// The bare means.
pub struct Bare {
    ledger: Connection,
    rows: Rows,
    runtime: Runtime,
    client: reqwest::Client,
    url: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Bare {
    /// With the rows that the newest purchase of `ledger` left, and the completion it sent.
    pub fn open(path: &Path, ledger: &Connection, completion: &Request, address: SocketAddr) -> Self {
        let mut own = Connection::open(path).expect("a file opens");
        storage::prepare(Kind::Ledger, &mut own).expect("a new file is prepared");
        let headers =
            completion.headers.iter().filter(|(name, _)| name != "host" && name != "content-length");
        let headers = headers.map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("it came over HTTP");
            (name, HeaderValue::from_str(value).expect("it came over HTTP"))
        });
        // The core passes its own; a client built beside it needs one too. A second installation changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            ledger: own,
            rows: Rows::newest(ledger),
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime"),
            client: reqwest::Client::builder().tcp_nodelay(true).build().expect("a client"),
            url: format!("http://{address}{BARE_PATH}"),
            headers: headers.collect(),
            body: completion.body.clone(),
        }
    }

    /// From the first insert to the moment at which the listener has read the request.
    pub fn tap(&mut self, round: usize, arrived: &mpsc::Receiver<Arrived>) -> Duration {
        let request = self.client.post(&self.url).headers(self.headers.clone()).body(self.body.clone());
        let rows = self.rows.copy(round, 0);
        let before = Instant::now();
        let tx = self.ledger.transaction().expect("a transaction");
        for row in &rows {
            row.insert(&tx);
        }
        tx.commit().expect("a commit");
        let answer = self.runtime.block_on(async { request.send().await?.bytes().await });
        answer.expect("the listener answers");
        arrived.recv_timeout(Duration::from_secs(10)).expect("it was read").at - before
    }
}
