//! Boxes, openings, draws and the collection in the ledger.

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};
use serde::de::DeserializeOwned;

use super::machine::{Ending, History, Record};
use super::types::{BoughtBox, Came, Collected, Content, Opening, OpeningState};
use super::wire::{BoxWire, Terms};
use crate::api::to_json;
use crate::ids::{DrawId, ItemId, OpeningId};
use crate::time::Timestamp;

/// A box as it was last described, and what was shown of it.
pub(super) struct KnownBox {
    pub(super) wire: BoxWire,
    pub(super) shown: Option<Terms>,
}

fn json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
    })
}

pub(super) fn put_box(tx: &Transaction<'_>, shop: &str, wire: &BoxWire) -> rusqlite::Result<usize> {
    tx.execute(
        "insert into boxes (shop, box_id, item, body) values (?1, ?2, ?3, ?4)
         on conflict (shop, box_id) do update set item = excluded.item, body = excluded.body",
        params![shop, wire.id.as_str(), wire.item.as_str(), to_json(wire)],
    )
}

pub(super) fn put_shown(
    tx: &Transaction<'_>,
    shop: &str,
    box_id: &str,
    shown: &Terms,
) -> rusqlite::Result<usize> {
    tx.execute(
        "update boxes set shown = ?3 where shop = ?1 and box_id = ?2",
        params![shop, box_id, to_json(shown)],
    )
}

fn known(row: &Row<'_>) -> rusqlite::Result<KnownBox> {
    let shown: Option<String> = row.get(1)?;
    // What an older version wrote and cannot be read any more counts as not shown.
    Ok(KnownBox { wire: json(row, 0)?, shown: shown.and_then(|text| serde_json::from_str(&text).ok()) })
}

pub(super) fn get_box(db: &Connection, shop: &str, box_id: &str) -> rusqlite::Result<Option<KnownBox>> {
    db.query_row(
        "select body, shown from boxes where shop = ?1 and box_id = ?2",
        params![shop, box_id],
        known,
    )
    .optional()
}

pub(super) fn boxes_of_item(db: &Connection, shop: &str, item: &str) -> rusqlite::Result<Vec<KnownBox>> {
    db.prepare_cached("select body, shown from boxes where shop = ?1 and item = ?2")?
        .query_map(params![shop, item], known)?
        .collect()
}

/// An opening with the key it is asked for under.
pub(super) struct OpeningRow {
    pub(super) key: String,
    pub(super) opening: Opening,
}

const OPENING: &str =
    "select shop, order_id, box_id, number, key, opening_id, state, position, moment_ms, content
     from openings";

fn opening(row: &Row<'_>) -> rusqlite::Result<OpeningRow> {
    let content: Option<String> = row.get(9)?;
    let text = |column| row.get::<_, String>(column);
    Ok(OpeningRow {
        key: text(4)?,
        opening: Opening {
            bought: BoughtBox {
                shop: text(0)?.into(),
                order: text(1)?.into(),
                box_id: text(2)?.into(),
                number: row.get(3)?,
            },
            id: row.get::<_, Option<String>>(5)?.map(OpeningId::from),
            state: row.get::<_, Option<String>>(6)?.map(|state| OpeningState::from(state.as_str())),
            position: row.get(7)?,
            moment: row.get::<_, Option<i64>>(8)?.map(Timestamp),
            content: content.and_then(|text| serde_json::from_str(&text).ok()),
        },
    })
}

/// The row of a box, made with this key if there is none.
pub(super) fn ask_opening(
    tx: &Transaction<'_>,
    bought: &BoughtBox,
    key: &str,
) -> rusqlite::Result<OpeningRow> {
    let (shop, order, id) = (bought.shop.as_str(), bought.order.as_str(), bought.box_id.as_str());
    tx.execute(
        "insert into openings (shop, order_id, box_id, number, key) values (?1, ?2, ?3, ?4, ?5)
         on conflict (shop, order_id, box_id, number) do nothing",
        params![shop, order, id, bought.number, key],
    )?;
    tx.query_row(
        &format!("{OPENING} where shop = ?1 and order_id = ?2 and box_id = ?3 and number = ?4"),
        params![shop, order, id, bought.number],
        opening,
    )
}

pub(super) fn put_opening(tx: &Transaction<'_>, opening: &Opening) -> rusqlite::Result<()> {
    let bought = &opening.bought;
    tx.execute(
        "update openings set opening_id = ?5, state = ?6, position = ?7, moment_ms = ?8, content = ?9
         where shop = ?1 and order_id = ?2 and box_id = ?3 and number = ?4",
        params![
            bought.shop.as_str(),
            bought.order.as_str(),
            bought.box_id.as_str(),
            bought.number,
            opening.id.as_ref().map(OpeningId::as_str),
            opening.state.as_ref().map(OpeningState::as_str),
            opening.position,
            opening.moment.map(Timestamp::as_ms),
            opening.content.as_ref().map(to_json),
        ],
    )?;
    if let (Some(id), Some(content)) = (&opening.id, &opening.content) {
        let how = Came::OnAir { opening: id.clone(), moment: opening.moment };
        let collected = Collected { bought: bought.clone(), content: content.clone(), how };
        collect(tx, &format!("opening:{}:{id}", bought.shop), &collected)?;
    }
    Ok(())
}

/// The shop refused: nothing is in its queue.
pub(super) fn forget_opening(tx: &Transaction<'_>, bought: &BoughtBox) -> rusqlite::Result<usize> {
    tx.execute(
        "delete from openings where shop = ?1 and order_id = ?2 and box_id = ?3 and number = ?4 and opening_id is null",
        params![bought.shop.as_str(), bought.order.as_str(), bought.box_id.as_str(), bought.number],
    )
}

pub(super) fn openings(db: &Connection) -> rusqlite::Result<Vec<OpeningRow>> {
    db.prepare_cached(&format!("{OPENING} order by place"))?.query_map([], opening)?.collect()
}

const DRAW_OF: &str = "where shop = ?1 and order_id = ?2 and box_id = ?3 and number = ?4";

/// The newest draw of a box of an order.
pub(super) fn latest_draw(db: &Connection, bought: &BoughtBox) -> rusqlite::Result<Option<Record>> {
    db.query_row(
        &format!("select body from draws {DRAW_OF} order by attempt desc limit 1"),
        params![bought.shop.as_str(), bought.order.as_str(), bought.box_id.as_str(), bought.number],
        |row| json(row, 0),
    )
    .optional()
}

/// Writes a draw down as it now is, and what came out of it into the collection.
pub(super) fn put_draw(tx: &Transaction<'_>, record: &Record) -> rusqlite::Result<()> {
    let bought = &record.bought;
    let binding = record.committed.as_ref().map(|committed| &committed.binding);
    let failed = matches!(record.ending, Some(Ending::Failed { .. }));
    tx.execute(
        "insert into draws (shop, order_id, box_id, number, attempt, series, nonce, done, failed, body)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         on conflict (shop, order_id, box_id, number, attempt) do update set series = excluded.series,
             nonce = excluded.nonce, done = excluded.done, failed = excluded.failed, body = excluded.body",
        params![
            bought.shop.as_str(),
            bought.order.as_str(),
            bought.box_id.as_str(),
            bought.number,
            record.attempt,
            binding.map(|binding| binding.series.as_str()),
            // The contract keeps nonces under 2^53; one beyond is a failed draw, and only its body tells.
            binding.and_then(|binding| i64::try_from(binding.nonce).ok()),
            record.ending.is_some(),
            failed,
            to_json(record),
        ],
    )?;
    if let (Some(committed), Some(Ending::Verified { content })) = (&record.committed, &record.ending) {
        let how = Came::Drawn { draw: committed.draw_id.clone() };
        let collected = Collected { bought: bought.clone(), content: content.clone(), how };
        collect(tx, &format!("draw:{}:{}", bought.shop, committed.draw_id), &collected)?;
    }
    Ok(())
}

/// The shop refused: nothing was begun.
pub(super) fn forget_draw(tx: &Transaction<'_>, record: &Record) -> rusqlite::Result<usize> {
    let bought = &record.bought;
    tx.execute(
        &format!("delete from draws {DRAW_OF} and attempt = ?5 and done = 0"),
        params![
            bought.shop.as_str(),
            bought.order.as_str(),
            bought.box_id.as_str(),
            bought.number,
            record.attempt
        ],
    )
}

pub(super) fn draws(db: &Connection) -> rusqlite::Result<Vec<Record>> {
    db.prepare_cached("select body from draws order by place")?.query_map([], |row| json(row, 0))?.collect()
}

pub(super) fn open_draws(db: &Connection) -> rusqlite::Result<Vec<Record>> {
    db.prepare_cached("select body from draws where done = 0 order by place")?
        .query_map([], |row| json(row, 0))?
        .collect()
}

/// Outcomes of a series by nonce, as verified here; failed draws prove nothing and are left out.
pub(super) fn history(
    db: &Connection,
    shop: &str,
    series: &str,
    without: &DrawId,
) -> rusqlite::Result<History> {
    let mut select =
        db.prepare_cached("select body from draws where shop = ?1 and series = ?2 and failed = 0")?;
    let records = select.query_map(params![shop, series], |row| json::<Record>(row, 0))?;
    let mut history = History::new();
    for record in records {
        let record = record?;
        let Some(committed) = record.committed.filter(|committed| committed.draw_id != *without) else {
            continue;
        };
        let outcome = match record.ending {
            Some(Ending::Verified { content }) => Some(content.item.to_string()),
            _ => None,
        };
        history.insert(committed.binding.nonce, outcome);
    }
    Ok(history)
}

pub(super) fn has_failed_draw(db: &Connection, shop: &str) -> rusqlite::Result<bool> {
    db.prepare_cached("select exists (select 1 from draws where shop = ?1 and failed = 1)")?
        .query_row([shop], |row| row.get(0))
}

fn collect(tx: &Transaction<'_>, source: &str, collected: &Collected) -> rusqlite::Result<usize> {
    tx.execute(
        "insert into collection (source, body) values (?1, ?2) on conflict (source) do nothing",
        params![source, to_json(collected)],
    )
}

pub(super) fn collection(db: &Connection) -> rusqlite::Result<Vec<Collected>> {
    db.prepare_cached("select body from collection order by place desc")?
        .query_map([], |row| json(row, 0))?
        .collect()
}

/// What a content is called, by the box as it was last described.
pub(super) fn content(known: Option<&KnownBox>, item: &str) -> Content {
    let odds = known.map(|known| known.wire.terms.odds.as_slice()).unwrap_or_default();
    let title = odds.iter().find(|odds| odds.content.as_str() == item).map(|odds| odds.title.clone());
    Content { item: ItemId::new(item), title: title.unwrap_or_else(|| item.to_owned()), image_url: None }
}
