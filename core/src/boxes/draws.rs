//! Digital draws: the machine's steps, each written down before the next is taken.

use nightmarket_ucp::{name, rest};
use serde_json::json;

use super::draw::Bytes32;
use super::machine::{self, Answer, Committed, Ending, History, Record, Seed, Step};
use super::types::{BoughtBox, Draw, DrawFailure};
use super::wire::{DrawWire, DrawsReply, ProofClaims};
use super::{Service, is_refusal, store};
use crate::error::{Error, Result};
use crate::jws;
use crate::list::ListSubscription;
use crate::ports::{DbExt as _, EntropyExt as _};
use crate::shop::Shop;

/// Another draw of the same finite set is open: the request may be made again, under another key.
const DRAW_OPEN: &str = "draw_open";
const PROOF_TYPE: &str = "nm-draw+jwt";

impl Service {
    pub(super) async fn draw(&self, bought: BoughtBox) -> Result<Draw> {
        let lock = self.lock(&bought);
        let one_at_a_time = lock.lock().await;
        let record = self.begin(&bought).await?;
        let result = self.drive(record).await;
        drop(one_at_a_time);
        if result.as_ref().map_or_else(may_go_on, |record| record.ending.is_none()) {
            self.wake.notify_one();
        }
        let record = result?;
        let now = self.shops.get(&bought.shop).await?.now().as_ms();
        Ok(record.shown(now))
    }

    /// The draw of this box as it is written down, or a new one.
    async fn begin(&self, bought: &BoughtBox) -> Result<Record> {
        let key = bought.clone();
        let latest = self.db().ledger.call(move |db| store::latest_draw(db, &key)).await?;
        let attempt = match latest {
            Some(record) if record.ending == Some(Ending::Expired) => record.attempt.saturating_add(1),
            Some(record) => return Ok(record),
            None => 0,
        };
        let mut known = self.known_box(bought).await?;
        if known.is_none() {
            self.describe(&bought.shop, &bought.box_id).await?;
            known = self.known_box(bought).await?;
        }
        let known = known.ok_or_else(|| Error::NotFound { what: format!("box {}", bought.box_id) })?;
        let (odds, pity) = known.shown.as_ref().unwrap_or(&known.wire.terms).bound();
        let record = Record {
            bought: bought.clone(),
            attempt,
            key: self.venue.context.ports.entropy.uuid(),
            odds,
            pity,
            finite: known.wire.stock.is_some(),
            committed: None,
            seed: None,
            server_seed: None,
            ending: None,
        };
        self.write_down(&record).await?;
        Ok(record)
    }

    /// Takes steps until the draw has ended or has to wait.
    async fn drive(&self, mut record: Record) -> Result<Record> {
        if record.ending.is_some() {
            return Ok(record);
        }
        let shop = self.shops.get(&record.bought.shop).await?;
        if record.committed.is_some() {
            // After a restart: what happened meanwhile, and what the shop's clock shows.
            self.read(&shop, &mut record).await?;
        }
        loop {
            let step = machine::next(&record, shop.now().as_ms());
            match step {
                Step::Done => return Ok(record),
                Step::Commit => self.commit(&shop, &mut record).await?,
                Step::MakeSeed => {
                    let mut bytes = [0; 32];
                    let entropy = &self.venue.context.ports.entropy;
                    entropy.fill(&mut bytes);
                    record.seed =
                        Some(Seed { bytes: Bytes32(bytes), key: entropy.uuid(), left_in_time: false });
                    self.write_down(&record).await?;
                }
                Step::GiveSeed => {
                    self.give_seed(&shop, &mut record).await?;
                    if record.ending.is_none() {
                        return Ok(record);
                    }
                }
                Step::Read => {
                    self.read(&shop, &mut record).await?;
                    if machine::next(&record, shop.now().as_ms()) == Step::Read {
                        return Ok(record);
                    }
                }
            }
        }
    }

    async fn commit(&self, shop: &Shop, record: &mut Record) -> Result<()> {
        let body = json!({ "box_id": record.bought.box_id, "order_id": record.bought.order });
        let answer = shop.send(name::BLIND_BOXES, "/draws", &body, &record.key, "draw").await;
        let draw: DrawWire = match answer {
            Ok(draw) => draw,
            Err(Error::Refused { code, content, continue_url }) if code == DRAW_OPEN => {
                // A definite answer, kept under this key: asking again takes another.
                record.key = self.venue.context.ports.entropy.uuid();
                self.write_down(record).await?;
                return Err(Error::Refused { code, content, continue_url });
            }
            Err(error) => {
                if is_refusal(&error) {
                    let gone = record.clone();
                    self.db().ledger.write(move |tx| store::forget_draw(tx, &gone)).await?;
                    self.show_draws().await?;
                }
                return Err(error);
            }
        };
        shop.observe_now(draw.now);
        let verdict = self.check(shop, record, &draw).await?;
        record.committed = Some(Committed::of(&draw));
        record.ending = verdict.err().map(|reason| Ending::Failed { reason });
        self.write_down(record).await
    }

    /// Everything that can be checked before the seed is made.
    async fn check(
        &self,
        shop: &Shop,
        record: &Record,
        draw: &DrawWire,
    ) -> Result<std::result::Result<(), DrawFailure>> {
        let claims = match &draw.proof {
            None => None,
            Some(proof) => match genuine(shop, proof).await {
                Ok(claims) => Some(claims),
                Err(Error::NotGenuine { reason, .. } | Error::Malformed { reason, .. }) => {
                    return Ok(Err(DrawFailure::ProofNotGenuine { reason }));
                }
                Err(error) => return Err(error),
            },
        };
        let history = self.history(shop, draw).await?;
        Ok(machine::commitment(record, draw, claims.as_ref(), &history))
    }

    /// The other draws of the series: as verified here, and where that has gaps, as the shop lists them.
    async fn history(&self, shop: &Shop, draw: &DrawWire) -> Result<History> {
        let (domain, series, without) =
            (shop.domain.to_string(), draw.binding.series.clone(), draw.draw_id.clone());
        let own = self.db().ledger.call(move |db| store::history(db, &domain, &series, &without)).await?;
        if machine::covers(&own, draw.binding.nonce) {
            return Ok(own);
        }
        let path = format!("/draws?box_id={}", rest::segment(&draw.binding.box_id));
        let listed = match shop.get::<DrawsReply>(name::BLIND_BOXES, &path, "draws").await {
            Ok(reply) => reply.draws,
            // A guest has no list: what is not known here stays a gap.
            Err(Error::SignInNeeded { .. }) => Vec::new(),
            Err(error) if is_refusal(&error) => Vec::new(),
            Err(error) => return Err(error),
        };
        let others = listed.into_iter().filter(|other| other.draw_id != draw.draw_id);
        let mut history: History = others.map(|other| (other.binding.nonce, other.outcome)).collect();
        history.extend(own);
        Ok(history)
    }

    async fn give_seed(&self, shop: &Shop, record: &mut Record) -> Result<()> {
        let (Some(committed), Some(seed)) = (&record.committed, &record.seed) else { return Ok(()) };
        let path = format!("/draws/{}/client_seed", rest::segment(committed.draw_id.as_str()));
        let body = json!({ "client_seed": seed.bytes });
        let in_time = shop.now().as_ms() < committed.expires_ms;
        let sent = shop.send(name::BLIND_BOXES, &path, &body, &seed.key, "draw").await;
        let left = in_time && sent.as_ref().err().is_none_or(|error| !error.is_not_sent());
        if let Some(seed) = &mut record.seed
            && left
            && !seed.left_in_time
        {
            seed.left_in_time = true;
            self.write_down(record).await?;
        }
        match sent {
            Ok(draw) => self.judge(shop, record, &draw).await,
            // Expired, or fixed to another seed: what the shop has of it is the evidence.
            Err(error) if is_refusal(&error) => {
                self.read(shop, record).await?;
                if record.ending.is_some() { Ok(()) } else { Err(error) }
            }
            Err(error) => Err(error),
        }
    }

    async fn read(&self, shop: &Shop, record: &mut Record) -> Result<()> {
        let Some(committed) = &record.committed else { return Ok(()) };
        let path = format!("/draws/{}", rest::segment(committed.draw_id.as_str()));
        let draw: DrawWire = shop.get(name::BLIND_BOXES, &path, "draw").await?;
        self.judge(shop, record, &draw).await
    }

    async fn judge(&self, shop: &Shop, record: &mut Record, draw: &DrawWire) -> Result<()> {
        shop.observe_now(draw.now);
        let known = self.known_box(&record.bought).await?;
        let title = |item: &str| store::content(known.as_ref(), item);
        match machine::answer(record, draw, shop.now().as_ms(), title) {
            Answer::Ended(ending, server_seed) => {
                record.ending = Some(ending);
                record.server_seed = server_seed;
                self.write_down(record).await
            }
            Answer::Open => Ok(()),
            Answer::Incomplete => Err(Error::malformed("draw", "it is revealed, and lacks a part")),
        }
    }

    /// One try at every draw under way. True if one is to be tried again.
    pub(super) async fn settle_draws(&self) -> Result<bool> {
        let open = self.db().ledger.call(|db| store::open_draws(db)).await?;
        let mut again = false;
        for record in open {
            let lock = self.lock(&record.bought);
            let _one_at_a_time = lock.lock().await;
            // Somebody else may have ended it while this one waited.
            let key = record.bought.clone();
            let Some(record) = self.db().ledger.call(move |db| store::latest_draw(db, &key)).await? else {
                continue;
            };
            match self.drive(record).await {
                Ok(record) => again |= record.ending.is_none(),
                Err(error) => {
                    tracing::debug!(%error, "a draw waits");
                    again |= may_go_on(&error);
                }
            }
        }
        Ok(again)
    }

    async fn write_down(&self, record: &Record) -> Result<()> {
        let (kept, came) = (record.clone(), matches!(record.ending, Some(Ending::Verified { .. })));
        self.db().ledger.write(move |tx| store::put_draw(tx, &kept)).await?;
        self.show_draws().await?;
        if came {
            self.show_collection().await?;
        }
        Ok(())
    }

    pub(super) async fn show_draws(&self) -> Result<()> {
        let records = self.db().ledger.call(|db| store::draws(db)).await?;
        let mut shown = Vec::with_capacity(records.len());
        for record in records {
            // A shop that cannot be reached has no clock here: what is under way is shown as that.
            let now = match record.ending {
                None => self.shops.opened(&record.bought.shop).map_or(i64::MIN, |shop| shop.now().as_ms()),
                Some(_) => i64::MIN,
            };
            shown.push(record.shown(now));
        }
        self.draws.replace(shown);
        Ok(())
    }

    pub(super) async fn subscribe_draws(&self) -> Result<ListSubscription<Draw>> {
        self.warm().await?;
        Ok(self.draws.subscribe())
    }
}

/// The claims of a draw's proof, if the shop signed it.
async fn genuine(shop: &Shop, proof: &str) -> Result<ProofClaims> {
    let parsed = jws::parse(proof, PROOF_TYPE, "draw")?;
    let key = shop.signing_key(&parsed.kid).await?;
    parsed.verify(key.as_ref())
}

/// Whether the same may succeed later.
fn may_go_on(error: &Error) -> bool {
    error.is_retryable() || matches!(error, Error::Refused { code, .. } if code == DRAW_OPEN)
}
