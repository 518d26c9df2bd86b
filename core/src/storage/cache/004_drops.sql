-- Reminders as the shopper last wished them, and what was scheduled on the device for them.
create table reminders (
    drop_id text primary key,
    wanted integer not null,
    lead_ms integer,                  -- how long before the opening the venue fires; null: not heard yet
    refused text,                     -- the venue's code, if it refused
    base_ms integer,                  -- opening the device's notification was scheduled for, venue's clock
    fires_ms integer                  -- when it is to show, venue's clock
) strict, without rowid;

-- What the shopper was told of drops, until acknowledged. One event heard twice is one row.
create table reminded (
    drop_id text not null,
    kind text not null,
    opens_ms integer not null,
    heard_ms integer not null,
    acknowledged integer not null default 0,
    primary key (drop_id, kind, opens_ms)
) strict, without rowid;
