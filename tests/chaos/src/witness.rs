//! A witness on the wire: whenever bytes of a purchase leave, it looks at what a power cut would leave of the ledger.

use async_trait::async_trait;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use nightmarket::ports::{Clock as _, Connection, Http, HttpRequest, HttpResponse};
use ring::digest::{SHA256, digest};
use rusqlite::OptionalExtension as _;

use crate::disk::Disk;
use crate::net::SimNet;
use crate::trace::hex;

/// The ledger's file.
pub(crate) const LEDGER: &str = "ledger.db";
/// What has not left within this is never sent, milliseconds.
const DEADLINE_MS: i64 = 15_000;

/// What the ledger says about the attempt of a key.
struct Kept {
    body_digest: String,
    number: u32,
    first_sent_ms: Option<i64>,
    tapped_ms: i64,
    reserved: bool,
}

/// See the module.
pub(crate) struct Witness {
    net: Rc<SimNet>,
    disk: Rc<Disk>,
    /// Method, address and body of each key.
    said: RefCell<BTreeMap<String, (String, Vec<u8>)>>,
    request_ids: RefCell<BTreeSet<String>>,
    /// Keys of attempts of which nothing had left when a life began: they never may.
    dead: RefCell<BTreeSet<String>>,
    /// When the life began, wall time.
    since_ms: Cell<i64>,
    wrong: RefCell<Option<String>>,
}

impl Witness {
    pub(crate) fn new(net: &Rc<SimNet>, disk: &Rc<Disk>) -> Self {
        Self {
            net: net.clone(),
            disk: disk.clone(),
            said: RefCell::default(),
            request_ids: RefCell::default(),
            dead: RefCell::default(),
            since_ms: Cell::new(0),
            wrong: RefCell::default(),
        }
    }

    /// The first thing that must not be.
    pub(crate) fn wrong(&self) -> Option<String> {
        self.wrong.borrow().clone()
    }

    /// A life begins; these keys of its ledger never left.
    pub(crate) fn reopened(&self, unsent: Vec<String>) {
        self.since_ms.set(self.net.clock.wall_ms());
        self.dead.borrow_mut().extend(unsent);
    }

    /// Keys of purchases that left: a ledger without one of them has lost it.
    pub(crate) fn lost_by(&self, ledger: &Connection) -> rusqlite::Result<Option<String>> {
        for (key, (what, _)) in self.said.borrow().iter() {
            if what.ends_with("/complete") && kept(ledger, key)?.is_none() {
                return Ok(Some(format!("the key {key} left, and the cut took it from the ledger")));
            }
        }
        Ok(None)
    }

    fn look(&self, request: &HttpRequest) -> Result<(), String> {
        let header = |wanted: &str| {
            request.headers.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.clone())
        };
        if let Some(id) = header("request-id")
            && !self.request_ids.borrow_mut().insert(id.clone())
        {
            return Err(format!("the request id {id} was used twice"));
        }
        let Some(key) = header("idempotency-key") else { return Ok(()) };
        let what = format!("{} {}", request.method.as_str(), request.url);
        let body = request.body.clone().unwrap_or_default();
        let mut said = self.said.borrow_mut();
        let first = !said.contains_key(&key);
        let (what, before) = said.entry(key.clone()).or_insert_with(|| (what.clone(), body.clone()));
        if *before != body || !what.ends_with(request.url.path()) {
            return Err(format!("the key {key} was used for two different requests"));
        }
        let path = request.url.path();
        if path.ends_with("/complete") {
            return self.completes(&key, &body, first);
        }
        if path.contains("/orders/")
            && path.ends_with("/cancel")
            && !self.undo_is_kept(&key).map_err(failed)?
        {
            return Err(format!("the undo {key} left before it was durable"));
        }
        Ok(())
    }

    fn completes(&self, key: &str, body: &[u8], first: bool) -> Result<(), String> {
        if self.dead.borrow().contains(key) {
            return Err(format!("{key} had not left before a restart, and left after it"));
        }
        let worst = self.disk.worst(LEDGER);
        let kept = worst.open(LEDGER).and_then(|ledger| kept(&ledger, key)).map_err(failed)?;
        let Some(kept) = kept else { return Err(format!("{key} left before its row was durable")) };
        if kept.body_digest != hex(digest(&SHA256, body).as_ref()) {
            return Err(format!("{key} left with other bytes than were written down"));
        }
        if kept.first_sent_ms.is_none() {
            return Err(format!("{key} left before it was durable that it may have"));
        }
        if !kept.reserved {
            return Err(format!("{key} left before its reservation was durable"));
        }
        let age = self.net.clock.wall_ms() - kept.tapped_ms;
        if first && kept.number == 1 && kept.tapped_ms >= self.since_ms.get() && age > DEADLINE_MS {
            return Err(format!("{key} left {age} ms after the tap"));
        }
        Ok(())
    }

    fn undo_is_kept(&self, key: &str) -> rusqlite::Result<bool> {
        let ledger = self.disk.worst(LEDGER);
        let ledger = ledger.open(LEDGER)?;
        ledger
            .query_row("select exists (select 1 from purchases where undo_key = ?1)", [key], |row| row.get(0))
    }
}

/// Keys of attempts of which no byte has left, as the ledger says.
pub(crate) fn unsent(ledger: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut unsent = ledger.prepare(
        "select a.id from attempts a join purchases p on p.id = a.purchase_id
         where p.code in ('tapped', 'not_sent') and a.first_sent_ms is null",
    )?;
    let keys = unsent.query_map([], |row| row.get(0))?;
    keys.collect()
}

#[expect(clippy::needless_pass_by_value, reason = "passed to map_err")]
fn failed(error: rusqlite::Error) -> String {
    format!("what a cut would leave of the ledger cannot be read: {error}")
}

fn kept(ledger: &Connection, key: &str) -> rusqlite::Result<Option<Kept>> {
    ledger
        .query_row(
            "select a.body_digest, a.number, a.first_sent_ms, p.tapped_ms, exists (select 1 from reservations r
             where r.purchase_id = p.id and r.amount = p.amount and r.released = 0)
             from attempts a join purchases p on p.id = a.purchase_id where a.id = ?1",
            [key],
            |row| {
                Ok(Kept {
                    body_digest: row.get(0)?,
                    number: row.get(1)?,
                    first_sent_ms: row.get(2)?,
                    tapped_ms: row.get(3)?,
                    reserved: row.get(4)?,
                })
            },
        )
        .optional()
}

/// The witness's place: between the core, with whatever is planted around it, and the network.
pub(crate) struct Watched(pub(crate) Rc<Witness>);

#[async_trait(?Send)]
impl Http for Watched {
    async fn send(&self, request: HttpRequest) -> nightmarket::Result<HttpResponse> {
        let Witness { net, wrong, .. } = &*self.0;
        let note = |seen: String| {
            net.note(&format!("witness: {seen}"));
            wrong.borrow_mut().get_or_insert(seen);
        };
        if let Err(seen) = self.0.look(&request) {
            note(seen);
        }
        let answer = net.send(request).await;
        if let Ok(answer) = &answer
            && answer.status == 409
            && String::from_utf8_lossy(&answer.body).contains("quote_mismatch")
        {
            note("the shop does not know the digest that the purchase is bound to".to_owned());
        }
        answer
    }
}
