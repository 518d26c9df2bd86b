//! Boxes opened on air: asked for once, followed in the room's channel, believed from the shop.

use std::rc::Rc;

use nightmarket_ucp::{name, rest};
use serde_json::json;

use super::types::{BoughtBox, Opening, OpeningState};
use super::wire::{OpeningReply, OpeningWire};
use super::{Service, is_refusal, store};
use crate::error::Result;
use crate::ids::OpeningId;
use crate::list::ListSubscription;
use crate::ports::{DbExt as _, EntropyExt as _};

impl Service {
    pub(super) async fn request_opening(&self, bought: BoughtBox) -> Result<Opening> {
        let result = self.ask(&bought).await;
        if result.as_ref().is_err_and(crate::Error::is_retryable) {
            self.wake.notify_one();
        }
        result
    }

    async fn ask(&self, bought: &BoughtBox) -> Result<Opening> {
        let lock = self.lock(bought);
        let _one_at_a_time = lock.lock().await;
        let shop = self.shops.get(&bought.shop).await?;
        let (row, key) = (bought.clone(), self.venue.context.ports.entropy.uuid());
        let row = self.db().ledger.write(move |tx| store::ask_opening(tx, &row, &key)).await?;
        if row.opening.id.is_some() {
            return Ok(row.opening);
        }
        self.show_openings().await?;
        let body = json!({ "order_id": bought.order, "box_id": bought.box_id });
        let reply = shop.send(name::BLIND_BOXES, "/boxes/openings", &body, &row.key, "opening").await;
        let reply: OpeningReply = match reply {
            Ok(reply) => reply,
            Err(error) => {
                if is_refusal(&error) {
                    let bought = bought.clone();
                    self.db().ledger.write(move |tx| store::forget_opening(tx, &bought)).await?;
                    self.show_openings().await?;
                }
                return Err(error);
            }
        };
        let opening = Opening {
            id: Some(reply.opening_id),
            state: Some(OpeningState::Queued),
            position: reply.position,
            ..row.opening
        };
        self.keep(opening.clone()).await?;
        Ok(opening)
    }

    /// An opening as a room's channel or snapshot told it (contract: `opening.json`).
    pub(crate) fn heard_on_air(self: &Rc<Self>, json: &str) {
        match serde_json::from_str(json) {
            Ok(heard) => self.heard_opening(&heard),
            Err(error) => {
                tracing::debug!(line = error.line(), column = error.column(), "an opening is passed over");
            }
        }
    }

    /// The room's channel or its snapshot told of an opening. Others' are ignored; what was in a box of ours is read
    /// from the shop.
    pub(crate) fn heard_opening(self: &Rc<Self>, heard: &OpeningWire) {
        let (service, heard) = (Rc::downgrade(self), heard.clone());
        tokio::task::spawn_local(async move {
            let Some(service) = service.upgrade() else { return };
            if let Err(error) = service.follow(&heard).await {
                tracing::debug!(%error, "an opening heard of is read later");
                service.wake.notify_one();
            }
        });
    }

    async fn follow(&self, heard: &OpeningWire) -> Result<()> {
        let Some(bought) = self.bought_of(&heard.id).await? else { return Ok(()) };
        let lock = self.lock(&bought);
        let _one_at_a_time = lock.lock().await;
        let Some(mut opening) = self.opening(&heard.id).await? else { return Ok(()) };
        if !is_ahead(opening.state.as_ref(), &heard.state) {
            return Ok(());
        }
        opening.state = Some(heard.state.clone());
        opening.position = heard.position;
        if heard.state == OpeningState::Opened {
            opening.moment = heard.moment.or(opening.moment);
            self.keep(opening.clone()).await?;
            return self.read_opening(opening).await;
        }
        self.keep(opening).await
    }

    pub(super) async fn refresh_openings(&self) -> Result<()> {
        let rows = self.db().ledger.call(|db| store::openings(db)).await?;
        for row in rows {
            if let (Some(id), None) = (&row.opening.id, &row.opening.content) {
                let lock = self.lock(&row.opening.bought);
                let _one_at_a_time = lock.lock().await;
                if let Some(opening) = self.opening(id).await? {
                    self.read_opening(opening).await?;
                }
            }
        }
        Ok(())
    }

    /// One try at what was asked for and not answered, or opened and not read. True if one is to be tried again.
    pub(super) async fn settle_openings(&self) -> Result<bool> {
        let rows = self.db().ledger.call(|db| store::openings(db)).await?;
        let mut again = false;
        for row in rows {
            let opening = row.opening;
            let result = match (&opening.id, &opening.state, &opening.content) {
                (None, _, _) => self.ask(&opening.bought).await.map(drop),
                (Some(_), Some(OpeningState::Opened), None) => self.read_opening(opening).await,
                _ => Ok(()),
            };
            if let Err(error) = result {
                tracing::debug!(%error, "an opening waits");
                again |= error.is_retryable();
            }
        }
        Ok(again)
    }

    /// Reads an opening from its shop: only its word goes into the collection.
    async fn read_opening(&self, opening: Opening) -> Result<()> {
        let Some(id) = &opening.id else { return Ok(()) };
        let path = format!("/boxes/openings/{}", rest::segment(id.as_str()));
        let shop = self.shops.get(&opening.bought.shop).await?;
        let read: OpeningWire = shop.get(name::BLIND_BOXES, &path, "opening").await?;
        if read.id != *id {
            return Err(crate::Error::malformed("opening", "it is another one"));
        }
        if !is_ahead(opening.state.as_ref(), &read.state) {
            return Ok(());
        }
        let content = read.content.filter(|_| read.state == OpeningState::Opened);
        self.keep(Opening {
            state: Some(read.state),
            position: read.position,
            moment: read.moment.or(opening.moment),
            content,
            ..opening
        })
        .await
    }

    async fn keep(&self, opening: Opening) -> Result<()> {
        let came = opening.content.is_some();
        self.db().ledger.write(move |tx| store::put_opening(tx, &opening)).await?;
        self.show_openings().await?;
        if came {
            self.show_collection().await?;
        }
        Ok(())
    }

    async fn opening(&self, id: &OpeningId) -> Result<Option<Opening>> {
        let rows = self.db().ledger.call(|db| store::openings(db)).await?;
        Ok(rows.into_iter().map(|row| row.opening).find(|opening| opening.id.as_ref() == Some(id)))
    }

    async fn bought_of(&self, id: &OpeningId) -> Result<Option<BoughtBox>> {
        Ok(self.opening(id).await?.map(|opening| opening.bought))
    }

    pub(super) async fn show_openings(&self) -> Result<()> {
        let rows = self.db().ledger.call(|db| store::openings(db)).await?;
        self.openings.replace(rows.into_iter().map(|row| row.opening).collect());
        Ok(())
    }

    pub(super) async fn subscribe_openings(&self) -> Result<ListSubscription<Opening>> {
        self.warm().await?;
        Ok(self.openings.subscribe())
    }
}

/// Whether what is heard is not older than what is known: an opening never goes back.
fn is_ahead(known: Option<&OpeningState>, heard: &OpeningState) -> bool {
    let rank = |state: &OpeningState| match state {
        OpeningState::Queued => Some(0),
        OpeningState::Opening => Some(1),
        OpeningState::Opened => Some(2),
        OpeningState::Other(_) => None,
    };
    match (known.and_then(rank), rank(heard)) {
        (Some(known), Some(heard)) => heard >= known,
        // A state of a newer shop: shown, unless the box is open already.
        (known, None) => known != Some(2),
        (None, Some(_)) => true,
    }
}
