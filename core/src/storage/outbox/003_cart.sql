-- What the shopper put into carts; the shops' copies of them expire, so it is not in the cache.
create table carts (
    shop text primary key,
    body text not null                -- JSON: lines, the shop's last answer, and what may have left
) strict;
