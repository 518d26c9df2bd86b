//! People of whom the shopper wants to see nothing: their lines are not shown, here and at the venue.
//!
//! It holds at once and offline, on this device; the venue is told when there is a network. It can be undone.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::{Service, posting, store};
use crate::error::{Error, Result};
use crate::ids::ShopperId;
use crate::list::{ListSubscription, LiveList};
use crate::ports::{DbExt as _, EntropyExt as _};
use crate::remote::Remote;
use crate::text;
use crate::time::Timestamp;
use crate::venue::Venue;

/// Somebody the shopper blocked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    /// A shopper's or a host's id.
    pub id: ShopperId,
    /// What they were called then, safe to be shown.
    pub name: String,
    /// When, by this device's clock.
    pub at: Timestamp,
}

/// Whom the shopper blocked.
#[derive(Clone)]
pub struct Blocks(Remote<Service>);

impl Blocks {
    pub(crate) fn new(remote: Remote<Service>) -> Self {
        Self(remote)
    }

    /// Everybody who is blocked, the last first.
    pub async fn list(&self) -> Result<ListSubscription<Blocked>> {
        self.0.call(|chat| async move { Ok(chat.blocks.list.subscribe()) }).await
    }

    /// Shows nothing more of somebody (a shopper, or a host): their lines leave every chat at once.
    ///
    /// # Errors
    /// `BadInput` if it is the shopper; `Storage`.
    pub async fn block(&self, id: ShopperId, name: String) -> Result<()> {
        self.0.call(|chat| async move { chat.block(id, &name).await }).await
    }

    /// Shows them again; chats that are open are read anew.
    pub async fn unblock(&self, id: ShopperId) -> Result<()> {
        self.0.call(|chat| async move { chat.unblock(&id).await }).await
    }
}

/// Blocks on the core thread.
pub(super) struct Blocking {
    pub(super) list: LiveList<Blocked>,
    pub(super) ids: RefCell<BTreeSet<ShopperId>>,
}

/// What the venue is told (contract: `block.json`).
#[derive(Serialize, Deserialize)]
struct BlockWire {
    host_or_shopper: ShopperId,
    blocked: bool,
}

impl Blocking {
    pub(super) async fn open(venue: &Venue) -> Result<Self> {
        let ports = &venue.context.ports;
        let list = LiveList::new(ports.clock.clone());
        let kept = ports.db.outbox.call(store::blocked).await?;
        let ids = kept.iter().map(|who| who.id.clone()).collect();
        list.replace(kept);
        Ok(Self { list, ids: RefCell::new(ids) })
    }

    async fn reread(&self, venue: &Venue) -> Result<()> {
        let kept = venue.context.ports.db.outbox.call(store::blocked).await?;
        *self.ids.borrow_mut() = kept.iter().map(|who| who.id.clone()).collect();
        self.list.replace(kept);
        Ok(())
    }
}

impl Service {
    async fn block(self: &Rc<Self>, id: ShopperId, name: &str) -> Result<()> {
        if self.venue.known_shopper().as_ref() == Some(&id) {
            return Err(Error::bad_input("nobody blocks themselves"));
        }
        let ports = &self.venue.context.ports;
        let who = Blocked {
            id: id.clone(),
            name: text::stripped(name.to_owned()),
            at: Timestamp(ports.clock.wall_ms()),
        };
        ports.db.outbox.write(move |tx| store::block(tx, &who)).await?;
        self.blocks.reread(&self.venue).await?;
        for open in self.open.borrow().values() {
            open.block(&id);
        }
        self.tell_venue(id, true).await
    }

    async fn unblock(self: &Rc<Self>, id: &ShopperId) -> Result<()> {
        let gone = id.to_string();
        self.venue.context.ports.db.outbox.write(move |tx| store::unblock(tx, &gone)).await?;
        self.blocks.reread(&self.venue).await?;
        self.tell_venue(id.clone(), false).await?;
        for open in self.open.borrow().values() {
            open.unblock(id);
        }
        Ok(())
    }

    async fn tell_venue(&self, id: ShopperId, blocked: bool) -> Result<()> {
        let context = &self.venue.context;
        let key = context.ports.entropy.uuid();
        let body = crate::api::to_json(&BlockWire { host_or_shopper: id, blocked });
        context.outbox.put(posting::BLOCK, &key, posting::BLOCKS, body).await
    }
}
