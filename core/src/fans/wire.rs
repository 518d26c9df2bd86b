//! What the venue says of fan groups.

use serde::{Deserialize, Serialize};

use crate::ids::{GroupId, ShopperId};
use crate::text::Localized;
use crate::wire::Host;

/// A group (contract: `group.json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GroupWire {
    pub(crate) id: GroupId,
    pub(crate) name: Localized,
    pub(crate) host: Host,
    #[serde(default)]
    pub(crate) member: bool,
    #[serde(default)]
    pub(crate) member_count: u64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct GroupsReply {
    pub(crate) groups: Vec<GroupWire>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ProofReply {
    pub(crate) proof: String,
}

/// Claims of a proof (contract: `membership.json`); times in seconds of the venue's clock.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct ProofClaims {
    pub(crate) iss: String,
    pub(crate) aud: String,
    pub(crate) sub: ShopperId,
    pub(crate) group: GroupId,
    /// Has to be there; means nothing here.
    #[serde(rename = "jti")]
    pub(crate) _jti: String,
    pub(crate) iat: i64,
    pub(crate) exp: i64,
}
