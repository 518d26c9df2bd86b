//! Orders in the ledger: which are the shopper's. What they say is in the cache.

use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use crate::ids::{OrderId, QuoteId, ShopDomain};
use crate::money::Money;
use crate::time::Timestamp;

/// An order of the shopper's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) shop: ShopDomain,
    pub(crate) id: OrderId,
    /// The checkout it came of.
    pub(crate) checkout_id: QuoteId,
    /// By the shop's clock.
    pub(crate) placed_at: Timestamp,
}

/// Notes an order; one that is known stays as it is. True if it is new.
pub(crate) fn put(tx: &Transaction<'_>, known: &Known) -> rusqlite::Result<bool> {
    let new = tx
        .prepare_cached(
            "insert or ignore into orders (shop, id, checkout_id, placed_ms) values (?1, ?2, ?3, ?4)",
        )?
        .execute(params![
            known.shop.as_str(),
            known.id.as_str(),
            known.checkout_id.as_str(),
            known.placed_at.as_ms()
        ])?;
    Ok(new > 0)
}

/// What an order costs now, none if that is not known or it is canceled. True if that is news.
pub(super) fn costs(
    db: &Connection,
    shop: &ShopDomain,
    id: &OrderId,
    total: Option<Money>,
) -> rusqlite::Result<bool> {
    db.prepare_cached(
        "select exists (select 1 from orders where shop = ?1 and id = ?2 and (amount is not ?3 or currency is not ?4))",
    )?
    .query_row(
        params![
            shop.as_str(),
            id.as_str(),
            total.map(|total| total.minor),
            total.map(|total| total.currency.as_str().to_owned())
        ],
        |row| row.get(0),
    )
}

/// Notes what an order costs.
pub(super) fn put_cost(
    tx: &Transaction<'_>,
    shop: &ShopDomain,
    id: &OrderId,
    total: Option<Money>,
) -> rusqlite::Result<usize> {
    tx.prepare_cached("update orders set amount = ?3, currency = ?4 where shop = ?1 and id = ?2")?.execute(
        params![
            shop.as_str(),
            id.as_str(),
            total.map(|total| total.minor),
            total.map(|total| total.currency.as_str().to_owned())
        ],
    )
}

/// All of them, newest first.
pub(super) fn all(db: &Connection) -> rusqlite::Result<Vec<Known>> {
    let mut select = db.prepare_cached(
        "select shop, id, checkout_id, placed_ms from orders order by placed_ms desc, shop, id",
    )?;
    let rows = select.query_map([], |row| {
        Ok(Known {
            shop: ShopDomain::new(row.get::<_, String>(0)?),
            id: OrderId::new(row.get::<_, String>(1)?),
            checkout_id: QuoteId::new(row.get::<_, String>(2)?),
            placed_at: Timestamp(row.get(3)?),
        })
    })?;
    rows.collect()
}

/// The checkout that an order came of.
pub(super) fn checkout_of(
    db: &Connection,
    shop: &ShopDomain,
    id: &OrderId,
) -> rusqlite::Result<Option<QuoteId>> {
    db.prepare_cached("select checkout_id from orders where shop = ?1 and id = ?2")?
        .query_row([shop.as_str(), id.as_str()], |row| Ok(QuoteId::new(row.get::<_, String>(0)?)))
        .optional()
}

/// Whether the shopper has an order at the shop.
pub(crate) fn bought_from(db: &Connection, shop: &ShopDomain) -> rusqlite::Result<bool> {
    db.prepare_cached("select exists (select 1 from orders where shop = ?1)")?
        .query_row([shop.as_str()], |row| row.get(0))
}
