-- Orders that are the shopper's: placed here, or read from the shop's list. What an order says is read from its shop.
create table orders (
    shop text not null,
    id text not null,
    checkout_id text not null,
    placed_ms integer not null,
    primary key (shop, id)
) strict, without rowid;

-- Returns: the wish is here, with the key it is sent under, before a byte of it leaves.
create table returns (
    id text primary key,             -- ours; also the idempotency key of the request
    shop text not null,
    order_id text not null,
    body text not null,              -- what is sent, the same at every try
    claimed text not null,           -- per line: pieces returned or in returns before this one
    paid text,                       -- what the order cost, if it was known: refunds never exceed it
    machine text not null,           -- where it stands
    return_id text,                  -- the shop's
    created_ms integer not null
) strict, without rowid;
create unique index returns_of_shop on returns (shop, return_id) where return_id is not null;
