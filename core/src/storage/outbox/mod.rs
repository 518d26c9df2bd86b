//! The outbox: what the shopper typed or tapped is written here before it is sent, and leaves only when the other side
//! has it, or has said why not.
//!
//! Each kind of item has one [`Sender`]. Items of one scope go in order: while the first waits for a retry, those
//! behind it wait too. An item's id is the client id that the other side deduplicates by, so sending it again after a
//! crash does no harm.

use async_trait::async_trait;
use rusqlite::{Connection, Transaction, params};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use tokio::sync::Notify;

use crate::backoff::Backoff;
use crate::error::Result;
use crate::ports::{DbExt as _, EntropyExt as _, Ports};

/// One item on its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    /// The client id.
    pub(crate) id: String,
    /// What is ordered together: a room's id, say.
    pub(crate) scope: String,
    /// JSON of the sender's own.
    pub(crate) body: String,
    /// Tries so far.
    pub(crate) attempts: u32,
    /// Why it failed for good, if it did.
    pub(crate) failure: Option<String>,
    /// Wall time it was written at, milliseconds.
    pub(crate) created_ms: i64,
}

/// What became of one try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The other side has it.
    Delivered,
    /// It may work later; the other side's own delay, if it named one.
    Later { retry_after_ms: Option<u64> },
    /// It will never work: kept as failed until the shopper retries or discards it.
    Failed { code: String },
}

/// Sends one kind of item.
#[async_trait(?Send)]
pub(crate) trait Sender {
    /// Tries once. Must be safe to repeat: the other side counts an id once.
    async fn send(&self, item: &Item) -> Verdict;

    /// The item's fate is settled (delivered or failed) and stored.
    fn settled(&self, _item: &Item, _verdict: &Verdict) {}
}

/// Writes items down and sees them out.
pub(crate) struct Outbox {
    ports: Ports,
    wakes: RefCell<BTreeMap<&'static str, Rc<Notify>>>,
}

impl Outbox {
    pub(crate) fn new(ports: Ports) -> Rc<Self> {
        Rc::new(Self { ports, wakes: RefCell::default() })
    }

    /// Writes the item down, then lets it be sent. Once this returns the item survives a kill.
    pub(crate) async fn put(&self, kind: &'static str, id: &str, scope: &str, body: String) -> Result<()> {
        let (id, scope, now) = (id.to_owned(), scope.to_owned(), self.ports.clock.wall_ms());
        self.ports
            .db
            .outbox
            .write(move |tx| {
                tx.execute(
                    "insert into outbox (id, kind, scope, body, created_ms) values (?1, ?2, ?3, ?4, ?5)
                     on conflict (id) do nothing",
                    params![id, kind, scope, body, now],
                )
            })
            .await?;
        self.wake(kind);
        Ok(())
    }

    /// [`Self::put`] in the stead of everything of the same kind and scope that is not delivered, and of what `also` writes:
    /// all of it, or nothing.
    pub(crate) async fn put_instead(
        &self,
        kind: &'static str,
        id: &str,
        scope: &str,
        body: String,
        also: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()> + Send + 'static,
    ) -> Result<()> {
        let (id, scope, now) = (id.to_owned(), scope.to_owned(), self.ports.clock.wall_ms());
        self.ports
            .db
            .outbox
            .write(move |tx| {
                also(tx)?;
                tx.execute("delete from outbox where kind = ?1 and scope = ?2", params![kind, scope])?;
                tx.execute(
                    "insert into outbox (id, kind, scope, body, created_ms) values (?1, ?2, ?3, ?4, ?5)",
                    params![id, kind, scope, body, now],
                )
            })
            .await?;
        self.wake(kind);
        Ok(())
    }

    /// Everything of a kind and scope that is not delivered, oldest first.
    pub(crate) async fn items(&self, kind: &'static str, scope: &str) -> Result<Vec<Item>> {
        let scope = scope.to_owned();
        self.ports
            .db
            .outbox
            .call(move |db| {
                db.prepare_cached(&format!("{SELECT} where kind = ?1 and scope = ?2 order by place"))?
                    .query_map(params![kind, scope], read)?
                    .collect()
            })
            .await
    }

    /// Sends a failed item once more.
    pub(crate) async fn retry(&self, kind: &'static str, id: &str) -> Result<()> {
        let id = id.to_owned();
        self.ports
            .db
            .outbox
            .write(move |tx| {
                tx.execute(
                    "update outbox set state = 'waiting', not_before_ms = 0, failure = null where id = ?1",
                    [id],
                )
            })
            .await?;
        self.wake(kind);
        Ok(())
    }

    /// Forgets an item, whatever its state.
    pub(crate) async fn discard(&self, id: &str) -> Result<()> {
        let id = id.to_owned();
        self.ports
            .db
            .outbox
            .write(move |tx| tx.execute("delete from outbox where id = ?1", [id]))
            .await
            .map(drop)
    }

    /// The network is back, or something else makes a try worth while: retries wait no longer.
    pub(crate) async fn nudge(&self) -> Result<()> {
        self.ports
            .db
            .outbox
            .write(|tx| tx.execute("update outbox set not_before_ms = 0 where state = 'waiting'", []))
            .await?;
        for wake in self.wakes.borrow().values() {
            wake.notify_one();
        }
        Ok(())
    }

    /// Starts sending one kind: a task on the core thread, for as long as the core lives.
    pub(crate) fn start(self: &Rc<Self>, kind: &'static str, sender: Rc<dyn Sender>) {
        let wake = Rc::new(Notify::new());
        self.wakes.borrow_mut().insert(kind, wake.clone());
        let outbox = Rc::downgrade(self);
        tokio::task::spawn_local(async move {
            loop {
                let Some(strong) = outbox.upgrade() else { return };
                let wait = strong.pump(kind, &*sender).await.unwrap_or_else(|error| {
                    tracing::error!(kind, %error, "the outbox cannot be read");
                    Some(Backoff::INTERACTIVE.cap_ms)
                });
                let clock = strong.ports.clock.clone();
                drop(strong);
                match wait {
                    None => wake.notified().await,
                    Some(wait) => tokio::select! {
                        biased;
                        () = wake.notified() => {}
                        () = clock.sleep(wait) => {}
                    },
                }
            }
        });
    }

    fn wake(&self, kind: &'static str) {
        if let Some(wake) = self.wakes.borrow().get(kind) {
            wake.notify_one();
        }
    }

    /// Sends what is due. Gives the milliseconds until something else is, none if nothing waits.
    async fn pump(&self, kind: &'static str, sender: &dyn Sender) -> Result<Option<u64>> {
        loop {
            let now = self.ports.clock.wall_ms();
            let due = self.ports.db.outbox.call(move |db| heads(db, kind)).await?;
            let mut soonest = None;
            let mut sent = false;
            for (item, not_before_ms) in due {
                if not_before_ms > now {
                    let wait = u64::try_from(not_before_ms - now).unwrap_or_default();
                    soonest = Some(soonest.map_or(wait, |other: u64| other.min(wait)));
                    continue;
                }
                let verdict = sender.send(&item).await;
                self.record(&item, verdict.clone()).await?;
                sent = true;
                if !matches!(verdict, Verdict::Later { .. }) {
                    sender.settled(&item, &verdict);
                }
            }
            if !sent {
                return Ok(soonest);
            }
        }
    }

    async fn record(&self, item: &Item, verdict: Verdict) -> Result<()> {
        let id = item.id.clone();
        match verdict {
            Verdict::Delivered => self.discard(&id).await,
            Verdict::Failed { code } => self
                .ports
                .db
                .outbox
                .write(move |tx| {
                    tx.execute(
                        "update outbox set state = 'failed', failure = ?2 where id = ?1",
                        params![id, code],
                    )
                })
                .await
                .map(drop),
            Verdict::Later { retry_after_ms } => {
                let attempts = item.attempts + 1;
                let wait =
                    Backoff::INTERACTIVE.wait_ms(attempts, self.ports.entropy.next_u64(), retry_after_ms);
                let at = self.ports.clock.wall_ms().saturating_add_unsigned(wait);
                self.ports
                    .db
                    .outbox
                    .write(move |tx| {
                        tx.execute(
                            "update outbox set attempts = ?2, not_before_ms = ?3 where id = ?1",
                            params![id, attempts, at],
                        )
                    })
                    .await
                    .map(drop)
            }
        }
    }
}

const SELECT: &str = "select id, scope, body, attempts, failure, created_ms, not_before_ms from outbox";

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Item> {
    Ok(Item {
        id: row.get(0)?,
        scope: row.get(1)?,
        body: row.get(2)?,
        attempts: row.get(3)?,
        failure: row.get(4)?,
        created_ms: row.get(5)?,
    })
}

/// The oldest waiting item of each scope.
fn heads(db: &mut Connection, kind: &str) -> rusqlite::Result<Vec<(Item, i64)>> {
    db.prepare_cached(&format!(
        "{SELECT} where place in (select min(place) from outbox where kind = ?1 and state = 'waiting' group by scope)
         order by place"
    ))?
    .query_map([kind], |row| Ok((read(row)?, row.get(6)?)))?
    .collect()
}

#[cfg(test)]
mod tests;
