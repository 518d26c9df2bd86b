-- Where this installation wants to be reached; asked for by nobody else, so it is not in the cache.
create table push (
    only_one integer primary key check (only_one = 1),
    device text not null,             -- ours, told to the venue alone; a new one whenever somebody signs in or out
    token text,                       -- none: not to be reached
    platform text,
    told_ms integer                   -- when the venue had it last; none: not yet
) strict;
