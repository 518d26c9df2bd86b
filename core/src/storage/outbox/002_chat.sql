-- What the shopper decided about chats; asked for by nobody else, so it is not in the cache.
-- Whom they want to see nothing of.
create table blocked (
    id text primary key,              -- shopper or host, as the venue names them
    name text not null,
    at_ms integer not null
) strict;
-- How far they have read, by the hub's channel.
create table read_marks (
    scope text primary key,
    line text not null,
    at_ms integer not null,           -- the line's time, by the venue's clock
    marked_ms integer not null
) strict;
