-- Purchases and the shopper's policy. Times are milliseconds since the Unix epoch, on the highest time this ledger has
-- seen (table `seen`), so that a clock set back resets nothing. Amounts are minor units.

create table seen (
    id integer primary key check (id = 1),
    highest_ms integer not null
) strict;
insert into seen values (1, 0);

create table policy (
    id integer primary key check (id = 1),
    body text not null                -- JSON
) strict;

-- One intent to buy, from the tap to a known outcome.
create table purchases (
    place integer primary key autoincrement,
    id text not null unique,
    shop text not null,
    checkout_id text not null,
    digest text not null,             -- what consent was given to
    amount integer not null,
    currency text not null,
    lines text not null,              -- JSON: what was bought, to be shown
    traits text not null,             -- JSON: address, instrument, delivery; known once it is placed
    consent text not null check (consent in ('tap', 'confirm')),
    state text not null,              -- JSON
    code text not null,               -- the state's code
    settled integer not null default 0,
    void integer not null default 0,  -- nothing was or will be bought
    acknowledged integer not null default 0,
    tapped_ms integer not null,
    changed_ms integer not null,
    undo_key text                     -- idempotency key of the wish to undo
) strict;
-- One human gesture, one purchase: no second one of a quote while the first may come to something.
create unique index purchases_quote on purchases (shop, checkout_id) where void = 0;
create index purchases_unsettled on purchases (place) where settled = 0;
create index purchases_unacknowledged on purchases (place) where acknowledged = 0;

create table purchase_items (
    purchase_id text not null references purchases (id),
    shop text not null,
    item text not null,
    at_ms integer not null
) strict;
create index purchase_items_recent on purchase_items (shop, item, at_ms);

-- One try at completing a purchase. The id is its idempotency key.
create table attempts (
    id text primary key,
    purchase_id text not null references purchases (id),
    number integer not null,
    body blob,                        -- sealed; gone once the outcome is known
    body_digest text not null,        -- SHA-256 of the bytes
    keeps_key integer not null,       -- whether the shop honours the key for a day
    first_sent_ms integer,            -- from here on bytes may have left
    unique (purchase_id, number)
) strict;

-- What counts against the caps: made with the intent, gone when nothing is bought.
create table reservations (
    purchase_id text primary key references purchases (id),
    amount integer not null,
    currency text not null,
    at_ms integer not null,
    released integer not null default 0
) strict;
create index reservations_held on reservations (at_ms) where released = 0;

-- What is no longer new: shops, addresses, instruments, this device, delivery choices.
create table known (
    kind text not null,
    name text not null,
    value text not null default '',
    at_ms integer not null,
    primary key (kind, name)
) strict;

-- Every decision and every change of state, for the shopper to read. Nothing of it is ever changed.
create table audit (
    place integer primary key autoincrement,
    at_ms integer not null,
    kind text not null,
    purchase_id text,
    body text not null                -- JSON
) strict;
create trigger audit_is_not_changed before update on audit begin
    select raise(abort, 'the audit is append-only');
end;
create trigger audit_is_not_deleted before delete on audit begin
    select raise(abort, 'the audit is append-only');
end;
