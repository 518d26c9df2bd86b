//! Platform profiles, fetched for the shops from loopback. Profiles elsewhere are taken as supporting everything: the
//! sandbox makes no request to the outside.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Body;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::shop::{Fetched, ProfileResolver, everybody_supports_all};

/// How long fetching may take.
const TIMEOUT: Duration = Duration::from_secs(3);
/// How long what was fetched serves further asking; the shops keep profiles themselves.
const FRESH: Duration = Duration::from_secs(5);
/// Largest profile taken.
const PROFILE_MAX: usize = 1 << 20;

enum Known {
    Wanted,
    Got(Instant, Fetched),
}

/// What shops asked for and what came; clones are the same.
#[derive(Clone, Default)]
pub(super) struct Platforms {
    known: Arc<Mutex<BTreeMap<String, Known>>>,
}

impl ProfileResolver for Platforms {
    fn fetch(&mut self, url: &str) -> Fetched {
        if url.starts_with("https://") {
            return everybody_supports_all(url);
        }
        let mut known = self.lock();
        if let Some(Known::Got(at, fetched)) = known.get(url)
            && at.elapsed() < FRESH
        {
            return fetched.clone();
        }
        known.insert(url.to_owned(), Known::Wanted);
        Fetched::Pending
    }
}

impl Platforms {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Addresses that a shop waits for.
    pub(super) fn wanted(&self) -> Vec<String> {
        let known = self.lock();
        known.iter().filter(|(_, known)| matches!(known, Known::Wanted)).map(|(url, _)| url.clone()).collect()
    }

    /// Fetches them, for the next time a shop asks.
    pub(super) async fn fetch(&self, urls: Vec<String>) {
        for url in urls {
            let got = tokio::time::timeout(TIMEOUT, get(&url)).await.unwrap_or(Fetched::Unreachable);
            self.lock().insert(url, Known::Got(Instant::now(), got));
        }
    }
}

async fn get(url: &str) -> Fetched {
    let Ok(uri) = url.parse::<hyper::Uri>() else { return Fetched::Unresolvable };
    let (Some(host), Some(authority)) = (uri.host(), uri.authority()) else { return Fetched::Unresolvable };
    let address = format!("{host}:{}", uri.port_u16().unwrap_or(80));
    match ask(&address, authority.as_str(), &uri).await {
        Some(body) => Fetched::Document(body),
        None => Fetched::Unreachable,
    }
}

async fn ask(address: &str, authority: &str, uri: &hyper::Uri) -> Option<Vec<u8>> {
    let stream = TcpStream::connect(address).await.ok()?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
    tokio::spawn(connection);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = hyper::Request::get(path)
        .header("host", authority)
        .header("accept", "application/json")
        .body(Body::empty())
        .ok()?;
    let response = sender.send_request(request).await.ok()?;
    if !response.status().is_success() {
        return None;
    }
    let body = axum::body::to_bytes(Body::new(response.into_body()), PROFILE_MAX).await.ok()?;
    Some(body.to_vec())
}
