//! What the binary `nightmarket` shares with other tests: a host app that needs no phone.

pub mod host_app;
