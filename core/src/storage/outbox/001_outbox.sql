-- What the shopper typed or tapped, until the other side has it.
-- `place` orders everything of one scope (a room, the likes); a scope's oldest goes first.
create table outbox (
    place integer primary key autoincrement,
    id text not null unique,          -- the client id: the other side counts it once
    kind text not null,               -- who sends it: chat.line, feed.like, …
    scope text not null,
    body text not null,
    state text not null default 'waiting' check (state in ('waiting', 'sent', 'failed')),
    attempts integer not null default 0,
    not_before_ms integer not null default 0,
    failure text,
    created_ms integer not null
) strict;
create index outbox_waiting on outbox (kind, scope, place) where state = 'waiting';
