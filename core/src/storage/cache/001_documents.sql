-- Documents that can be read again: a shop's profile, a product, a room. `kind` says whose.
create table documents (
    kind text not null,
    id text not null,
    body text not null,
    stored_ms integer not null,
    expires_ms integer,
    primary key (kind, id)
) strict, without rowid;
