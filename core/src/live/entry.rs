//! How a shopper gets into a room: from a post, a link, a reminder, a push, or on to the next. Pure.

use nightmarket_ucp::rest;
use serde::Serialize;
use url::Url;

use crate::error::{Error, Result};
use crate::ids::{DropId, PostId, RoomId, is_id};
use crate::origin::Origin;
use crate::time::Timestamp;

/// The scheme of links that open the app, beside the venue's own address.
const SCHEME: &str = "nightmarket";

/// What led into a room; the venue counts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A post whose author is live.
    Post(PostId),
    /// A link that somebody shared.
    Link,
    /// A reminder of a drop.
    Reminder(DropId),
    /// A push.
    Push,
    /// On from another room.
    Next,
}

/// A room to land in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomLink {
    /// Which.
    pub room: RoomId,
    /// What led here.
    pub entry: Entry,
    /// Programme time to begin at, where the room is seen again.
    pub moment: Option<Timestamp>,
}

/// As `room.join` tells it.
#[derive(Serialize)]
pub(super) struct EntryWire<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
}

impl Entry {
    pub(super) fn wire(&self) -> EntryWire<'_> {
        let (kind, id) = match self {
            Self::Post(id) => ("post", Some(id.as_str())),
            Self::Link => ("link", None),
            Self::Reminder(id) => ("reminder", Some(id.as_str())),
            Self::Push => ("push", None),
            Self::Next => ("next", None),
        };
        EntryWire { kind, id }
    }
}

impl RoomLink {
    /// Reads a shared address of a room of this venue.
    ///
    /// # Errors
    /// `BadAddress` if it is of another venue, or of no room.
    pub(super) fn parse(address: &str, venue: &Origin) -> Result<Self> {
        let bad = |reason: &str| Error::BadAddress { reason: reason.to_owned() };
        let url = Url::parse(address).map_err(|error| bad(&error.to_string()))?;
        let own = venue.url();
        let same_port = url.port_or_known_default() == own.port_or_known_default() || url.scheme() == SCHEME;
        if url.scheme() != SCHEME && url.scheme() != own.scheme() {
            return Err(bad("a link to a room is an address of the venue"));
        }
        if url.host_str() != own.host_str() || !same_port {
            return Err(bad("the room is another venue's"));
        }
        let mut segments = url.path_segments().into_iter().flatten();
        let (Some("rooms"), Some(id), None) = (segments.next(), segments.next(), segments.next()) else {
            return Err(bad("it names no room"));
        };
        // What an id may be, the contract says; the rest could be another path.
        let id = rest::from_segment(id).filter(|id| is_id(id)).ok_or_else(|| bad("it names no room"))?;
        let at = url.query_pairs().find(|(name, _)| name == "at");
        let moment = at.and_then(|(_, at)| at.parse::<jiff::Timestamp>().ok());
        Ok(Self {
            room: RoomId::new(id),
            entry: Entry::Link,
            moment: moment.map(|at| Timestamp(at.as_millisecond())),
        })
    }

    /// An address to share; opened by [`super::Live::link`].
    pub(super) fn address(room: &RoomId, moment: Option<Timestamp>, venue: &Origin) -> String {
        let mut url = venue.url().clone();
        url.set_path(&format!("/rooms/{}", rest::segment(room.as_str())));
        url.set_query(None);
        if let Some(moment) = moment {
            url.query_pairs_mut().append_pair("at", &moment.to_string());
        }
        url.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn venue() -> Origin {
        Origin::parse("https://venue.example").unwrap()
    }

    #[test]
    fn a_shared_address_leads_back_to_room_and_moment() {
        let room = RoomId::new("pearls");
        for moment in [None, Some(Timestamp(1_790_000_000_123))] {
            let address = RoomLink::address(&room, moment, &venue());
            let link = RoomLink::parse(&address, &venue()).unwrap();
            assert_eq!(link, RoomLink { room: room.clone(), entry: Entry::Link, moment }, "{address}");
        }
        let short = RoomLink::parse("nightmarket://venue.example/rooms/pearls", &venue()).unwrap();
        assert_eq!(short.room, room);
    }

    #[test]
    fn a_room_of_any_script_can_be_shared() {
        for id in
            ["珍珠", "nacht-markt-é", "a%b", "100%", "a+b&c=d", "back\\slash", "\u{1f40e}", "%2F", "a:b@c"]
        {
            let room = RoomId::new(id);
            let address = RoomLink::address(&room, Some(Timestamp(7)), &venue());
            assert!(address.is_ascii(), "{address}");
            assert_eq!(RoomLink::parse(&address, &venue()).unwrap().room, room, "{address}");
        }
        // As people type it, and as programs write it.
        for address in
            ["https://venue.example/rooms/珍珠", "nightmarket://venue.example/rooms/%e7%8f%8D%E7%8F%A0"]
        {
            assert_eq!(RoomLink::parse(address, &venue()).unwrap().room, "珍珠".into(), "{address}");
        }
    }

    #[test]
    fn what_is_no_room_of_this_venue_is_refused() {
        for address in [
            "https://other.example/rooms/pearls",
            "https://venue.example:444/rooms/pearls",
            "http://venue.example/rooms/pearls",
            "https://venue.example/rooms/",
            "https://venue.example/rooms/a/b",
            "https://venue.example/rooms/%2e%2e",
            "https://venue.example/rooms/a%2Fb",
            "https://venue.example/rooms/a%20b",
            "https://venue.example/rooms/%ff",
            "https://venue.example/rooms/%4",
            "https://venue.example/rooms/a%",
            "https://venue.example/posts/pearls",
            "javascript:alert(1)",
            "pearls",
            "",
        ] {
            assert!(matches!(RoomLink::parse(address, &venue()), Err(Error::BadAddress { .. })), "{address}");
        }
    }
}
