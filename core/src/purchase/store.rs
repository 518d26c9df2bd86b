//! The purchase's SQL in `ledger.db`. Every function runs inside a transaction of the caller's.

use nightmarket_ucp::consent::Consent;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::decide::LedgerView;
use super::machine::State;
use super::policy::{MAX_DRIFT_MS, Now, Policy, Spent, WEEK_MS};
use super::quote::{Quote, QuoteKey, QuoteLine};
use crate::api;
use crate::ids::{AttemptId, PurchaseId, QuoteId};
use crate::money::{Currency, Money};

/// What is no longer new once a purchase of it was placed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Traits {
    pub(super) address: Option<String>,
    pub(super) instrument: Option<String>,
    pub(super) delivery: Option<String>,
}

impl Traits {
    pub(super) fn of(quote: &Quote) -> Self {
        Self {
            address: quote.address_key(),
            instrument: quote.payment.as_ref().map(|payment| payment.instrument.clone()),
            delivery: quote.delivery_key(),
        }
    }
}

/// A purchase as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) id: PurchaseId,
    pub(super) quote: QuoteKey,
    pub(super) digest: String,
    pub(super) total: Money,
    pub(super) lines: Vec<QuoteLine>,
    pub(super) confirmed: bool,
    pub(super) state: State,
    pub(super) acknowledged: bool,
    pub(super) tapped_ms: i64,
    pub(super) changed_ms: i64,
    pub(super) undo_key: Option<String>,
}

/// An attempt as it is stored.
pub(super) struct Attempt {
    pub(super) id: AttemptId,
    pub(super) number: u32,
    pub(super) sealed: Option<Vec<u8>>,
    pub(super) body_digest: String,
    pub(super) keeps_key: bool,
    pub(super) first_sent_ms: Option<i64>,
}

/// One entry of the audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its place.
    pub place: i64,
    /// When, milliseconds, on the highest time seen.
    pub at_ms: i64,
    /// What it is about: "decision", "state", "policy", "trust", "consent" (the shopper answered a shop that asks),
    /// "clock" (a wrong one was corrected).
    pub kind: String,
    /// The purchase, if it is about one.
    pub purchase: Option<PurchaseId>,
    /// What happened, JSON text. No card data.
    pub body: String,
}

/// Takes note of the time, and gives the highest one seen.
pub(super) fn see(tx: &Transaction<'_>, now: &Now) -> rusqlite::Result<i64> {
    let highest = highest(tx)?;
    if let Some(latest) = now.latest_ms().filter(|latest| highest > latest.saturating_add(MAX_DRIFT_MS)) {
        correct(tx, highest, latest)?;
    }
    let credible = now.credible_ms();
    tx.prepare_cached("update seen set highest_ms = ?1 where highest_ms < ?1")?.execute([credible])?;
    seen(tx, now)
}

/// The highest time seen, this one included.
pub(super) fn seen(db: &Connection, now: &Now) -> rusqlite::Result<i64> {
    Ok(highest(db)?.max(now.credible_ms()))
}

fn highest(db: &Connection) -> rusqlite::Result<i64> {
    db.prepare_cached("select highest_ms from seen")?.query_row([], |row| row.get(0))
}

/// The highest time seen was that of a clock set far ahead: every clock there is shows an earlier one now. What was
/// bought on it counts as bought just now, so that nothing of it is forgotten before its time.
fn correct(tx: &Transaction<'_>, highest: i64, latest: i64) -> rusqlite::Result<()> {
    for late in [
        "update seen set highest_ms = ?1",
        "update reservations set at_ms = ?1 where at_ms > ?1",
        "update purchase_items set at_ms = ?1 where at_ms > ?1",
    ] {
        tx.execute(late, [latest])?;
    }
    let body = api::to_json(&serde_json::json!({ "seen_ms": highest, "corrected_ms": latest }));
    audit(tx, latest, "clock", None, &body)
}

pub(super) fn policy(db: &Connection) -> rusqlite::Result<Policy> {
    let body: Option<String> = db
        .prepare_cached("select body from policy where id = 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    body.map_or_else(|| Ok(Policy::default()), |body| json(0, &body))
}

pub(super) fn put_policy(tx: &Transaction<'_>, policy: &Policy, at_ms: i64) -> rusqlite::Result<()> {
    let body = api::to_json(policy);
    tx.execute("insert or replace into policy (id, body) values (1, ?1)", [&body])?;
    audit(tx, at_ms, "policy", None, &body)
}

/// What the ledger knows about a quote.
pub(super) fn view(db: &Connection, quote: &Quote, seen_ms: i64) -> rusqlite::Result<LedgerView> {
    let (shop, traits) = (quote.key.shop.as_str(), Traits::of(quote));
    let known = |kind: &str, name: Option<&str>| -> rusqlite::Result<Option<String>> {
        let Some(name) = name else { return Ok(None) };
        db.prepare_cached("select value from known where kind = ?1 and name = ?2")?
            .query_row([kind, name], |row| row.get(0))
            .optional()
    };
    let quote_taken: bool = db
        .prepare_cached(
            "select exists (select 1 from purchases where shop = ?1 and checkout_id = ?2 and void = 0)",
        )?
        .query_row([shop, quote.key.id.as_str()], |row| row.get(0))?;
    Ok(LedgerView {
        seen_ms,
        spent: spent(db, seen_ms)?,
        quote_taken,
        item_last_bought_ms: last_bought(db, quote)?,
        shop_known: known("shop", Some(shop))?.is_some(),
        address_known: known("address", traits.address.as_deref())?.is_some(),
        instrument_known: known("instrument", traits.instrument.as_deref())?.is_some(),
        device_known: known("device", Some("this"))?.is_some(),
        delivery: known("delivery", Some(shop))?,
        placed_differently: known("placed_differently", Some(shop))?.is_some(),
        consents: consents(db, shop)?,
    })
}

/// What was spent or is reserved in the last seven days: here, and on other devices as far as their orders are known.
/// These are dated by their shop's clock, which may not put them into the future for ever.
pub(super) fn spent(db: &Connection, seen_ms: i64) -> rusqlite::Result<Vec<Spent>> {
    db.prepare_cached(
        "select at_ms, amount, currency from reservations where released = 0 and at_ms > ?1
         union all
         select placed_ms, amount, currency from orders o
         where amount is not null and placed_ms > ?1 and placed_ms <= ?2
         and not exists (select 1 from purchases p where p.shop = o.shop and p.checkout_id = o.checkout_id)
         order by 1",
    )?
    .query_map([seen_ms.saturating_sub(WEEK_MS), seen_ms.saturating_add(MAX_DRIFT_MS)], |row| {
        Ok(Spent { at_ms: row.get(0)?, amount: money(row, 1)? })
    })?
    .collect()
}

fn last_bought(db: &Connection, quote: &Quote) -> rusqlite::Result<Option<i64>> {
    let mut select = db.prepare_cached(
        "select max(i.at_ms) from purchase_items i join purchases p on p.id = i.purchase_id
         where i.shop = ?1 and i.item = ?2 and p.void = 0",
    )?;
    let mut last = None;
    for line in &quote.lines {
        let at: Option<i64> =
            select.query_row([quote.key.shop.as_str(), line.item.as_str()], |row| row.get(0))?;
        last = last.max(at);
    }
    Ok(last)
}

/// The delivery options remembered for a shop.
pub(super) fn remembered_delivery(db: &Connection, shop: &str) -> rusqlite::Result<Option<String>> {
    db.query_row("select value from known where kind = 'delivery' and name = ?1", [shop], |row| row.get(0))
        .optional()
}

/// What the shopper answered a shop that asks for consent.
pub(super) fn consents(db: &Connection, shop: &str) -> rusqlite::Result<Consent> {
    let kept: Option<String> = db
        .prepare_cached("select value from known where kind = 'consent' and name = ?1")?
        .query_row([shop], |row| row.get(0))
        .optional()?;
    kept.map_or_else(|| Ok(Consent::default()), |kept| json(0, &kept))
}

pub(super) fn put_consents(
    tx: &Transaction<'_>,
    shop: &str,
    answers: Consent,
    at_ms: i64,
) -> rusqlite::Result<()> {
    know(tx, "consent", shop, &api::to_json(&answers), at_ms)
}

/// The intent, its reservation and its first attempt. Fails if the quote is taken.
pub(super) fn begin(
    tx: &Transaction<'_>,
    row: &Row,
    traits: &Traits,
    attempt: &Attempt,
) -> rusqlite::Result<()> {
    let consent = if row.confirmed { "confirm" } else { "tap" };
    tx.prepare_cached(
        "insert into purchases (id, shop, checkout_id, digest, amount, currency, lines, traits, consent, state, code,
         tapped_ms, changed_ms) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12)",
    )?
    .execute(params![
        row.id.as_str(),
        row.quote.shop.as_str(),
        row.quote.id.as_str(),
        row.digest,
        row.total.minor,
        row.total.currency.as_str(),
        api::to_json(&row.lines),
        api::to_json(traits),
        consent,
        api::to_json(&row.state),
        row.state.code(),
        row.tapped_ms,
    ])?;
    for line in &row.lines {
        tx.prepare_cached(
            "insert into purchase_items (purchase_id, shop, item, at_ms) values (?1, ?2, ?3, ?4)",
        )?
        .execute(params![
            row.id.as_str(),
            row.quote.shop.as_str(),
            line.item.as_str(),
            row.tapped_ms
        ])?;
    }
    tx.prepare_cached(
        "insert into reservations (purchase_id, amount, currency, at_ms) values (?1, ?2, ?3, ?4)",
    )?
    .execute(params![row.id.as_str(), row.total.minor, row.total.currency.as_str(), row.tapped_ms])?;
    put_attempt(tx, &row.id, attempt)
}

pub(super) fn put_attempt(tx: &Transaction<'_>, id: &PurchaseId, attempt: &Attempt) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "insert into attempts (id, purchase_id, number, body, body_digest, keeps_key, first_sent_ms)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        attempt.id.as_str(),
        id.as_str(),
        attempt.number,
        attempt.sealed,
        attempt.body_digest,
        attempt.keeps_key,
        attempt.first_sent_ms
    ])
    .map(drop)
}

/// The last attempt of a purchase.
pub(super) fn attempt(db: &Connection, id: &PurchaseId) -> rusqlite::Result<Option<Attempt>> {
    db.prepare_cached(
        "select id, number, body, body_digest, keeps_key, first_sent_ms from attempts where purchase_id = ?1
         order by number desc limit 1",
    )?
    .query_row([id.as_str()], |row| {
        Ok(Attempt {
            id: AttemptId::new(row.get::<_, String>(0)?),
            number: row.get(1)?,
            sealed: row.get(2)?,
            body_digest: row.get(3)?,
            keeps_key: row.get(4)?,
            first_sent_ms: row.get(5)?,
        })
    })
    .optional()
}

/// A purchase's new state, and all that follows from it: what is reserved, what is known, what is kept of the attempt.
pub(super) fn record(
    tx: &Transaction<'_>,
    id: &PurchaseId,
    state: &State,
    at_ms: i64,
) -> rusqlite::Result<()> {
    let body = api::to_json(state);
    tx.prepare_cached(
        "update purchases set state = ?2, code = ?3, settled = ?4, void = ?5, changed_ms = ?6,
         acknowledged = case when ?4 then 0 else acknowledged end where id = ?1",
    )?
    .execute(params![id.as_str(), body, state.code(), state.is_settled(), state.is_void(), at_ms])?;
    if *state == State::Sending {
        tx.prepare_cached(
            "update attempts set first_sent_ms = ?2 where purchase_id = ?1 and first_sent_ms is null
             and number = (select max(number) from attempts where purchase_id = ?1)",
        )?
        .execute(params![id.as_str(), at_ms])?;
    }
    if *state == State::Tapped {
        // It turned out that no byte left.
        tx.execute("update attempts set first_sent_ms = null where purchase_id = ?1", [id.as_str()])?;
    }
    // Found after a restart it is never sent again, whatever the shop says of it later: its bytes are gone.
    if state.is_settled() || *state == State::Withdrawing {
        tx.execute("update attempts set body = null where purchase_id = ?1", [id.as_str()])?;
    }
    if state.is_void() {
        tx.execute("update reservations set released = 1 where purchase_id = ?1", [id.as_str()])?;
    }
    if state.order().is_some() {
        learn(tx, id, at_ms)?;
    }
    if matches!(state, State::PlacedDifferently(_)) {
        know(tx, "placed_differently", &shop_of(tx, id)?, "", at_ms)?;
    }
    audit(tx, at_ms, "state", Some(id), &body)
}

fn shop_of(db: &Connection, id: &PurchaseId) -> rusqlite::Result<String> {
    db.query_row("select shop from purchases where id = ?1", [id.as_str()], |row| row.get(0))
}

/// What was used in a placed purchase is no longer new.
fn learn(tx: &Transaction<'_>, id: &PurchaseId, at_ms: i64) -> rusqlite::Result<()> {
    let traits: String =
        tx.query_row("select traits from purchases where id = ?1", [id.as_str()], |row| row.get(0))?;
    put_known(tx, &shop_of(tx, id)?, &json(0, &traits)?, at_ms)
}

/// Shop, device, address, instrument and delivery count as used before.
pub(super) fn put_known(
    tx: &Transaction<'_>,
    shop: &str,
    traits: &Traits,
    at_ms: i64,
) -> rusqlite::Result<()> {
    know(tx, "shop", shop, "", at_ms)?;
    know(tx, "device", "this", "", at_ms)?;
    if let Some(address) = &traits.address {
        know(tx, "address", address, "", at_ms)?;
    }
    if let Some(instrument) = &traits.instrument {
        know(tx, "instrument", instrument, "", at_ms)?;
    }
    if let Some(delivery) = &traits.delivery {
        know(tx, "delivery", shop, delivery, at_ms)?;
    }
    Ok(())
}

fn know(tx: &Transaction<'_>, kind: &str, name: &str, value: &str, at_ms: i64) -> rusqlite::Result<()> {
    tx.prepare_cached("insert or replace into known (kind, name, value, at_ms) values (?1, ?2, ?3, ?4)")?
        .execute(params![kind, name, value, at_ms])
        .map(drop)
}

/// The shopper trusts a shop again whose order differed.
pub(super) fn forgive(tx: &Transaction<'_>, shop: &str) -> rusqlite::Result<()> {
    tx.execute("delete from known where kind = 'placed_differently' and name = ?1", [shop]).map(drop)
}

/// Which purchases.
#[derive(Clone, Copy)]
pub(super) enum Which {
    All,
    Unsettled,
    Unacknowledged,
}

/// Purchases, newest first.
pub(super) fn purchases(db: &Connection, which: Which) -> rusqlite::Result<Vec<Row>> {
    let condition = match which {
        Which::All => "true",
        Which::Unsettled => "settled = 0",
        Which::Unacknowledged => "acknowledged = 0",
    };
    db.prepare_cached(&format!("{SELECT} where {condition} order by place desc"))?
        .query_map([], read)?
        .collect()
}

/// Purchases of one quote, newest first.
pub(super) fn purchases_of(db: &Connection, key: &QuoteKey) -> rusqlite::Result<Vec<Row>> {
    db.prepare_cached(&format!("{SELECT} where shop = ?1 and checkout_id = ?2 order by place desc"))?
        .query_map([key.shop.as_str(), key.id.as_str()], read)?
        .collect()
}

pub(super) fn purchase(db: &Connection, id: &PurchaseId) -> rusqlite::Result<Option<Row>> {
    db.prepare_cached(&format!("{SELECT} where id = ?1"))?.query_row([id.as_str()], read).optional()
}

pub(super) fn acknowledge(tx: &Transaction<'_>, id: &PurchaseId) -> rusqlite::Result<()> {
    tx.execute("update purchases set acknowledged = 1 where id = ?1", [id.as_str()]).map(drop)
}

/// The key under which an undo is asked for; the first one stays.
pub(super) fn undo_key(tx: &Transaction<'_>, id: &PurchaseId, fresh: &str) -> rusqlite::Result<()> {
    tx.execute("update purchases set undo_key = ?2 where id = ?1 and undo_key is null", [id.as_str(), fresh])
        .map(drop)
}

/// The next wish to undo is asked under a fresh key: the last one's was answered, and would be answered so again.
pub(super) fn next_undo_key(tx: &Transaction<'_>, id: &PurchaseId, fresh: &str) -> rusqlite::Result<usize> {
    tx.execute("update purchases set undo_key = ?2 where id = ?1", [id.as_str(), fresh])
}

pub(super) fn audit(
    tx: &Transaction<'_>,
    at_ms: i64,
    kind: &str,
    purchase: Option<&PurchaseId>,
    body: &str,
) -> rusqlite::Result<()> {
    tx.prepare_cached("insert into audit (at_ms, kind, purchase_id, body) values (?1, ?2, ?3, ?4)")?
        .execute(params![at_ms, kind, purchase.map(PurchaseId::as_str), body])
        .map(drop)
}

/// The audit, oldest first.
pub(super) fn audit_entries(db: &Connection) -> rusqlite::Result<Vec<AuditEntry>> {
    db.prepare("select place, at_ms, kind, purchase_id, body from audit order by place")?
        .query_map([], |row| {
            Ok(AuditEntry {
                place: row.get(0)?,
                at_ms: row.get(1)?,
                kind: row.get(2)?,
                purchase: row.get::<_, Option<String>>(3)?.map(PurchaseId::new),
                body: row.get(4)?,
            })
        })?
        .collect()
}

const SELECT: &str =
    "select id, shop, checkout_id, digest, amount, currency, lines, consent, state, acknowledged,
    tapped_ms, changed_ms, undo_key from purchases";

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        id: PurchaseId::new(row.get::<_, String>(0)?),
        quote: QuoteKey { shop: row.get::<_, String>(1)?.into(), id: QuoteId::new(row.get::<_, String>(2)?) },
        digest: row.get(3)?,
        total: money(row, 4)?,
        lines: json(6, &row.get::<_, String>(6)?)?,
        confirmed: row.get::<_, String>(7)? == "confirm",
        state: json(8, &row.get::<_, String>(8)?)?,
        acknowledged: row.get(9)?,
        tapped_ms: row.get(10)?,
        changed_ms: row.get(11)?,
        undo_key: row.get(12)?,
    })
}

/// An amount, and its currency in the next column.
fn money(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Money> {
    let code = row.get_ref(column + 1)?.as_str()?;
    let currency: Currency = code.parse().map_err(|error| unreadable(column + 1, error))?;
    Ok(Money::new(row.get(column)?, currency))
}

fn json<T: DeserializeOwned>(column: usize, text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text).map_err(|error| unreadable(column, error))
}

fn unreadable(column: usize, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
