//! The venue's rules, without a server.
