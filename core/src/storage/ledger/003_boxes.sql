-- Blind boxes: what was shown, what was asked for, and what came out of it.
create table boxes (
    shop text not null,
    box_id text not null,
    item text not null,               -- the variant that buys one
    body text not null,               -- the box as its shop last described it
    shown text,                       -- odds, pity and age rule as they were last shown; null: never
    primary key (shop, box_id)
) strict, without rowid;
create index boxes_by_item on boxes (shop, item);

-- Boxes asked to be opened on air. The key is written before the request leaves.
create table openings (
    place integer primary key autoincrement,
    shop text not null,
    order_id text not null,
    box_id text not null,
    number integer not null,          -- which of the order's boxes, from zero
    key text not null,
    opening_id text,
    state text,                       -- as the shop names it; null: not answered yet
    position integer not null default 0,
    moment_ms integer,
    content text,                     -- JSON, once opened
    unique (shop, order_id, box_id, number)
) strict;

-- Digital draws, every step of one written before the next is taken.
create table draws (
    place integer primary key autoincrement,
    shop text not null,
    order_id text not null,
    box_id text not null,
    number integer not null,
    attempt integer not null,         -- grows when an expired draw is drawn again
    series text,
    nonce integer,
    done integer not null default 0,
    failed integer not null default 0,
    body text not null,
    unique (shop, order_id, box_id, number, attempt)
) strict;
create index draws_by_series on draws (shop, series, nonce);

-- What came out of boxes.
create table collection (
    place integer primary key autoincrement,
    source text not null unique,      -- the opening or draw it came from
    body text not null
) strict;
