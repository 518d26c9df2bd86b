//! Fan groups: hosts' private groups, and the venue's proof of membership that opens a drop early.
//!
//! A group's chat is `chat`'s. A proof is verified with the venue's key before it is used, and sent only to shops that
//! take proofs.

mod policy;
pub(crate) mod wire;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use nightmarket_ucp::{name, rest};
use serde_json::json;

use crate::error::{Error, Result};
use crate::ids::{GroupId, ShopDomain};
use crate::jws;
use crate::list::{ListSubscription, LiveList};
use crate::ports::{EntropyExt as _, Method};
use crate::remote::Remote;
use crate::shop::Shops;
use crate::storage::documents;
use crate::time::Timestamp;
use crate::venue::Venue;
use crate::wire::Host;
use policy::Wanted;
use wire::{GroupWire, GroupsReply, ProofClaims, ProofReply};

const CACHE_KIND: &str = "groups";
const PROOF_TYPE: &str = "nm-proof+jwt";

/// A host's private group, in the shopper's language.
#[derive(Debug, Clone, PartialEq, Eq)]
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
#[derive(Clone, PartialEq, Eq)]
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

impl fmt::Debug for MembershipProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MembershipProof({} at {} until {})", self.group, self.shop, self.expires_at)
    }
}

/// Fan groups of the venue.
#[derive(Clone)]
pub struct Fans(Remote<Service>);

impl Fans {
    pub(crate) fn new(remote: Remote<Service>) -> Self {
        Self(remote)
    }

    /// Groups the shopper is in or may join, and every change. The cache's come at once; call [`Fans::refresh`] for the
    /// network's.
    pub async fn groups(&self) -> Result<ListSubscription<Group>> {
        self.0.call(|fans| async move { fans.subscribe().await }).await
    }

    /// Reads the groups.
    pub async fn refresh(&self) -> Result<()> {
        self.0.call(|fans| async move { fans.refresh().await }).await
    }

    /// Joins a group.
    pub async fn join(&self, group: GroupId) -> Result<Group> {
        self.0.call(|fans| async move { fans.join(&group).await }).await
    }

    /// Whether the shopper is in the group, as last heard.
    pub async fn is_member(&self, group: GroupId) -> Result<bool> {
        self.0
            .call(|fans| async move {
                fans.warm().await?;
                Ok(fans.knows_member(&group))
            })
            .await
    }

    /// A proof of membership for a shop: the one at hand while it is good for another minute, else a new one.
    ///
    /// # Errors
    /// `NotOffered` if venue or shop has no fan groups, `Refused` (`members_only`) if the shopper is not in it,
    /// `NotGenuine` if the proof does not hold.
    pub async fn proof(&self, group: GroupId, shop: ShopDomain) -> Result<MembershipProof> {
        self.0.call(|fans| async move { fans.proof(&group, &shop).await }).await
    }
}

/// Fan groups on the core thread.
pub(crate) struct Service {
    venue: Rc<Venue>,
    shops: Rc<Shops>,
    list: LiveList<Group>,
    proofs: RefCell<BTreeMap<(GroupId, ShopDomain), MembershipProof>>,
    warm: Cell<bool>,
    on_change: RefCell<Vec<Box<dyn Fn()>>>,
}

impl Service {
    pub(crate) fn new(venue: Rc<Venue>, shops: Rc<Shops>) -> Rc<Self> {
        Rc::new(Self {
            list: LiveList::new(venue.context.ports.clock.clone()),
            venue,
            shops,
            proofs: RefCell::default(),
            warm: Cell::new(false),
            on_change: RefCell::default(),
        })
    }

    /// Calls back when memberships may have changed. The listener must not block; it spawns.
    pub(crate) fn on_change(&self, listener: impl Fn() + 'static) {
        self.on_change.borrow_mut().push(Box::new(listener));
    }

    /// Whether the shopper is in the group, as last heard.
    pub(crate) fn knows_member(&self, group: &GroupId) -> bool {
        self.list.snapshot().iter().any(|known| known.id == *group && known.member)
    }

    /// Shows what the cache has, once.
    pub(crate) async fn warm(&self) -> Result<()> {
        if self.warm.get() {
            return Ok(());
        }
        let stored = documents::get::<Vec<GroupWire>>(&self.venue.context.ports, CACHE_KIND, "all").await?;
        // A refresh may have been faster.
        if !self.warm.replace(true)
            && let Some(stored) = stored
        {
            self.show(stored.value);
        }
        Ok(())
    }

    async fn subscribe(&self) -> Result<ListSubscription<Group>> {
        self.warm().await?;
        Ok(self.list.subscribe())
    }

    pub(crate) async fn refresh(&self) -> Result<()> {
        let reply: GroupsReply = self.venue.get(name::FANS, "/groups", "groups").await?;
        documents::put(&self.venue.context.ports, CACHE_KIND, "all", &reply.groups, None).await?;
        self.warm.set(true);
        self.show(reply.groups);
        Ok(())
    }

    fn show(&self, groups: Vec<GroupWire>) {
        self.list.replace(groups.into_iter().map(|group| self.shown(group)).collect());
        self.on_change.borrow().iter().for_each(|listener| listener());
    }

    fn shown(&self, group: GroupWire) -> Group {
        Group {
            name: group.name.get(&self.venue.context.language).to_owned(),
            id: group.id,
            host: group.host,
            member: group.member,
            member_count: group.member_count,
        }
    }

    async fn join(&self, group: &GroupId) -> Result<Group> {
        let path = format!("/groups/{}/join", rest::segment(group.as_str()));
        let joined: GroupWire = self.post(&path, &json!({}), "group").await?;
        if joined.id != *group {
            return Err(Error::malformed("group", "it is another one"));
        }
        let shown = self.shown(joined);
        let mut all: Vec<Group> = self.list.snapshot().iter().map(|known| Group::clone(known)).collect();
        match all.iter_mut().find(|known| known.id == *group) {
            Some(known) => known.clone_from(&shown),
            None => all.push(shown.clone()),
        }
        self.list.replace(all);
        self.on_change.borrow().iter().for_each(|listener| listener());
        if let Err(error) = self.refresh().await {
            tracing::debug!(%error, "the other groups stay as they were");
        }
        Ok(shown)
    }

    async fn post<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        body: &serde_json::Value,
        what: &str,
    ) -> Result<T> {
        let key = self.venue.context.ports.entropy.uuid();
        self.venue.send_under(name::FANS, (Method::Post, path), body, &key, what).await
    }

    /// A proof of membership that can be sent to this shop.
    pub(crate) async fn proof(&self, group: &GroupId, shop: &ShopDomain) -> Result<MembershipProof> {
        if !self.shops.get(shop).await?.offers(name::FANS) {
            return Err(Error::not_offered(name::FANS));
        }
        let key = (group.clone(), shop.clone());
        let now_ms = self.venue.now().as_ms();
        let known = self.proofs.borrow().get(&key).cloned();
        if let Some(proof) = known.filter(|proof| policy::is_usable(proof.expires_at.as_ms(), now_ms)) {
            return Ok(proof);
        }
        let path = format!("/groups/{}/proof", rest::segment(group.as_str()));
        let reply: ProofReply = self.post(&path, &json!({ "shop": shop }), "proof").await?;
        let expires_at = self.verify(&reply.proof, group, shop).await?;
        let proof =
            MembershipProof { group: group.clone(), shop: shop.clone(), jws: reply.proof, expires_at };
        self.proofs.borrow_mut().insert(key, proof.clone());
        Ok(proof)
    }

    /// When the proof ends, if it is one.
    async fn verify(&self, proof: &str, group: &GroupId, shop: &ShopDomain) -> Result<Timestamp> {
        let parsed = jws::parse(proof, PROOF_TYPE, "proof of membership")?;
        let key = self.venue.signing_key(&parsed.kid).await?;
        let claims: ProofClaims = parsed.verify(key.as_ref())?;
        let shopper = match self.venue.shopper_id().await {
            Ok(id) => Some(id),
            Err(Error::NotOffered { .. }) => None,
            Err(error) => return Err(error),
        };
        let wanted = Wanted {
            venue: &self.venue.context.venue.domain(),
            shop,
            group,
            shopper: shopper.as_ref(),
            now_ms: self.venue.now().as_ms(),
        };
        match policy::fault(&claims, &wanted) {
            None => Ok(Timestamp(claims.exp.saturating_mul(1_000))),
            Some(reason) => {
                Err(Error::NotGenuine { what: "proof of membership".to_owned(), reason: reason.to_owned() })
            }
        }
    }
}

#[cfg(test)]
mod tests;
