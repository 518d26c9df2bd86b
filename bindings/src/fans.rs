//! Fan groups, for Kotlin and Swift. A group's chat comes from `Shopper.group_chat`.

use std::sync::Arc;

use nightmarket::fans;
pub use nightmarket::fans::{Group, MembershipProof};
use nightmarket::ids::{GroupId, ShopDomain};

use crate::cancel::{CancelToken, within};
use crate::error::Result;
use crate::listeners::{Listeners, Subscription, list_listener};
use crate::types::{Host, Timestamp};

/// A host's private group, in the shopper's language.
#[uniffi::remote(Record)]
pub struct Group {
    /// Its id; its chat is the channel of this id.
    pub id: GroupId,
    /// What it is called.
    pub name: String,
    /// Whose it is.
    pub host: Host,
    /// Whether the shopper is in it.
    pub member: bool,
    /// How many are.
    pub member_count: u64,
}

/// The venue's word that the shopper is in a group: its `jws` goes with a purchase at that shop
/// ([`crate::purchase::BuyRequest::membership`]).
#[uniffi::remote(Record)]
pub struct MembershipProof {
    /// The group.
    pub group: GroupId,
    /// The shop it is for.
    pub shop: ShopDomain,
    /// Compact JWS, verified.
    pub jws: String,
    /// When it ends, by the venue's clock.
    pub expires_at: Timestamp,
}

list_listener!(Group: GroupListener, GroupBatch, GroupDiff);

/// Fan groups of the venue.
#[derive(uniffi::Object)]
pub struct Fans {
    pub(crate) fans: fans::Fans,
    pub(crate) listeners: Listeners,
}

#[uniffi::export]
impl Fans {
    /// Groups the shopper is in or may join, and every change. The cache's come at once; `refresh` brings the network's.
    pub async fn groups(&self, listener: Box<dyn GroupListener>) -> Result<Arc<Subscription>> {
        self.listeners.list(self.fans.groups().await?, listener, GroupBatch::of).await
    }

    /// Reads the groups.
    pub async fn refresh(&self, cancel: Option<Arc<CancelToken>>) -> Result<()> {
        within(cancel, self.fans.refresh()).await
    }

    /// Joins a group.
    pub async fn join(&self, group: GroupId, cancel: Option<Arc<CancelToken>>) -> Result<Group> {
        within(cancel, self.fans.join(group)).await
    }

    /// Whether the shopper is in the group, as last heard.
    pub async fn is_member(&self, group: GroupId) -> Result<bool> {
        Ok(self.fans.is_member(group).await?)
    }

    /// A proof of membership for a shop: the one at hand while it is good for another minute, else a new one. Its `jws`
    /// goes into `BuyRequest.membership`.
    ///
    /// # Errors
    /// `NotOffered` if venue or shop has no fan groups, `Refused` (`members_only`) if the shopper is not in it,
    /// `NotGenuine` if the proof does not hold.
    pub async fn proof(
        &self,
        group: GroupId,
        shop: ShopDomain,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<MembershipProof> {
        within(cancel, self.fans.proof(group, shop)).await
    }
}
