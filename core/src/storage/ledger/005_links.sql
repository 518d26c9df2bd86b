-- Sign-ins that a browser has not come back from, one a shop. State and verifier are sealed.
create table link_pending (
    shop text primary key,
    sealed blob not null,
    made_ms integer not null
) strict, without rowid;

-- Accounts linked at shops. The refresh token is sealed; access tokens are never written.
create table links (
    shop text primary key,
    sealed blob not null,
    scopes text not null,             -- JSON array
    linked_ms integer not null
) strict, without rowid;

-- Links that were ended here, until the shop was told (RFC 7009).
create table link_ended (
    place integer primary key,
    shop text not null,
    sealed blob not null
) strict;
