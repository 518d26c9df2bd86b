-- Offers made to the shopper. Nothing can be read again from a server; those that are lost can be asked for in chat.
create table offers (
    id text primary key,
    jws text not null unique,
    room text not null,
    line_id text,
    received_ms integer not null,
    state text not null,             -- as JSON
    claims text                      -- as JSON; none until the signature held
) strict, without rowid;
