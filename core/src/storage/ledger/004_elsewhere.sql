-- What an order cost, as its shop last said; null while that is not known, and once it is canceled. Orders placed on
-- another device of the shopper's count against the caps by it.
alter table orders add column amount integer;
alter table orders add column currency text;
