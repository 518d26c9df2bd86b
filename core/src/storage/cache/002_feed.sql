-- Posts as the venue sent them, newest first by (posted_ms, id): what the feed shows before the network answers.
create table posts (
    id text primary key,
    posted_ms integer not null,
    body text not null
) strict, without rowid;
create index posts_newest on posts (posted_ms desc, id desc);
