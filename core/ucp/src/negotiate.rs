//! Negotiation: which version, and which capabilities, both sides have in common. Pure.

use std::collections::BTreeMap;
use std::fmt;

use crate::name;
use crate::profile::{Capability, Declared, Profile, Registry};

/// Which profile to go by (UCP overview, Initial Service and Capability Discovery).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionChoice {
    /// This profile, at this version.
    Use(String),
    /// The profile at this address, which describes this version.
    Fetch {
        /// The version.
        version: String,
        /// The address of its profile.
        url: String,
    },
    /// Nothing in common.
    Unsupported {
        /// What the business speaks, newest first.
        offered: Vec<String>,
    },
}

/// Chooses the version: the first of `spoken` that the business offers. `spoken` goes from the preferred to the last
/// resort, such as [`name::SPOKEN`].
pub fn choose_version(profile: &Profile, spoken: &[&str]) -> VersionChoice {
    let declared = &profile.ucp;
    for version in spoken {
        if declared.version == *version {
            return VersionChoice::Use(declared.version.clone());
        }
        if let Some(url) = declared.supported_versions.get(*version) {
            return VersionChoice::Fetch { version: (*version).to_owned(), url: url.clone() };
        }
    }
    let mut offered: Vec<_> = declared.supported_versions.keys().cloned().collect();
    offered.push(declared.version.clone());
    offered.sort_by(|a, b| b.cmp(a));
    VersionChoice::Unsupported { offered }
}

/// Versions that an extension works with, both ends included (UCP overview, Version Requirements). Versions are dates, so
/// that text order is their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versions {
    /// The oldest.
    pub min: String,
    /// The newest; none: there is no end.
    pub max: Option<String>,
}

impl Versions {
    /// From this version on.
    pub fn from(min: &str) -> Self {
        Self { min: min.to_owned(), max: None }
    }

    /// Whether this is one of them.
    pub fn contain(&self, version: &str) -> bool {
        self.min.as_str() <= version && self.max.as_deref().is_none_or(|max| version <= max)
    }
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.max {
            Some(max) => write!(f, "{} to {max}", self.min),
            None => write!(f, "{} or newer", self.min),
        }
    }
}

/// What the schema of an extension asks of the negotiated versions: its `requires`. Nothing asked means compatible with
/// whatever the profile declares it beside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requires {
    /// Of the protocol.
    pub protocol: Option<Versions>,
    /// Of what it extends, by name.
    pub capabilities: BTreeMap<String, Versions>,
}

/// The requirements of extensions, by name and version.
pub type Requirements = BTreeMap<(String, String), Requires>;

/// What both sides have in common, and why the rest fell away.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Negotiated {
    /// The business's entry of each active capability, at the highest version in common; its `config` is here.
    pub active: BTreeMap<String, Capability>,
    /// Capabilities of the business that are not active.
    pub dropped: BTreeMap<String, Dropped>,
}

/// Why a capability is not active.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dropped {
    /// Its name is no reverse-domain name.
    BadName,
    /// We do not know it.
    NotOurs,
    /// We know it at other versions.
    NoCommonVersion {
        /// The business's versions.
        offered: Vec<String>,
    },
    /// It is specified by someone who does not govern its name (UCP overview, Spec URL Binding).
    ForeignOrigin {
        /// The address of `spec` or `schema`.
        url: String,
    },
    /// It extends only what is not active.
    Orphan {
        /// What it extends.
        parents: Vec<String>,
    },
    /// Its schema asks for other versions than the negotiated ones (UCP overview, Version Requirements).
    Incompatible {
        /// Of what: a capability's name, or "protocol".
        of: String,
        /// The version negotiated.
        version: String,
        /// The versions it works with.
        requires: Versions,
    },
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadName => f.write_str("its name is not a reverse-domain name"),
            Self::NotOurs => f.write_str("this app does not know it"),
            Self::NoCommonVersion { offered } => {
                write!(f, "this app does not speak its versions: {}", offered.join(", "))
            }
            Self::ForeignOrigin { url } => write!(f, "it is specified by someone else's site: {url}"),
            Self::Orphan { parents } => write!(f, "it extends what is not active: {}", parents.join(", ")),
            Self::Incompatible { of, version, requires } => {
                write!(f, "it works with {of} {requires}, and this is {version}")
            }
        }
    }
}

impl Negotiated {
    /// Whether a capability is active.
    pub fn has(&self, name: &str) -> bool {
        self.active.contains_key(name)
    }

    /// The entry of an active capability.
    pub fn get(&self, name: &str) -> Option<&Capability> {
        self.active.get(name)
    }

    /// Whether an extension is active and extends this capability (a discount may be for carts only).
    pub fn extends(&self, extension: &str, parent: &str) -> bool {
        self.has(parent) && self.get(extension).is_some_and(|entry| entry.extends.iter().any(|p| p == parent))
    }
}

/// Computes what is active (UCP overview, Intersection Algorithm and Resolution Flow): the business's capabilities that
/// the platform has too, each at the highest version in common, without those whose specification is not their
/// authority's, without extensions of nothing, and without those that require other versions, pruned until none is left.
pub fn negotiate(
    business: &Declared,
    platform: &Registry<Capability>,
    requirements: &Requirements,
) -> Negotiated {
    let mut negotiated = Negotiated::default();
    for (name, entries) in &business.capabilities {
        match select(name, entries, platform.get(name)) {
            Ok(entry) => {
                negotiated.active.insert(name.clone(), entry.clone());
            }
            Err(why) => {
                negotiated.dropped.insert(name.clone(), why);
            }
        }
    }
    while prune(&mut negotiated) {}
    exclude(&mut negotiated, &business.version, requirements);
    while prune(&mut negotiated) {}
    negotiated
}

/// The entry of the highest version in common whose origin is sound.
fn select<'a>(
    name: &str,
    business: &'a [Capability],
    platform: Option<&Vec<Capability>>,
) -> Result<&'a Capability, Dropped> {
    if !name::is_reverse_domain(name) {
        return Err(Dropped::BadName);
    }
    let platform = platform.ok_or(Dropped::NotOurs)?;
    let common = business.iter().filter(|entry| platform.iter().any(|ours| ours.version == entry.version));
    let mut foreign = None;
    let sound = common.filter(|entry| match foreign_url(name, entry) {
        None => true,
        Some(url) => {
            foreign = Some(url.to_owned());
            false
        }
    });
    let chosen = sound.max_by(|a, b| a.version.cmp(&b.version));
    chosen.ok_or_else(|| match foreign {
        Some(url) => Dropped::ForeignOrigin { url },
        None => {
            Dropped::NoCommonVersion { offered: business.iter().map(|entry| entry.version.clone()).collect() }
        }
    })
}

/// The address that does not belong to the name's authority. A business may leave both out (UCP capability,
/// `business_schema`), and then there is nothing to bind.
fn foreign_url<'a>(name: &str, entry: &'a Capability) -> Option<&'a str> {
    let urls = [&entry.spec, &entry.schema];
    urls.into_iter().flatten().map(String::as_str).find(|url| !name::governs(name, url))
}

/// Drops the extensions of nothing; whether there were any.
fn prune(negotiated: &mut Negotiated) -> bool {
    let active = &negotiated.active;
    let is_orphan = |entry: &Capability| {
        !entry.extends.is_empty() && !entry.extends.iter().any(|p| active.contains_key(p))
    };
    let orphans: Vec<String> =
        active.iter().filter(|(_, entry)| is_orphan(entry)).map(|(name, _)| name.clone()).collect();
    for name in &orphans {
        if let Some(entry) = negotiated.active.remove(name) {
            negotiated.dropped.insert(name.clone(), Dropped::Orphan { parents: entry.extends });
        }
    }
    !orphans.is_empty()
}

/// Drops the extensions that require other versions than those negotiated. All are judged by what was active before any
/// of them fell, as the resolution flow has it.
fn exclude(negotiated: &mut Negotiated, protocol: &str, requirements: &Requirements) {
    let active = &negotiated.active;
    let incompatible: Vec<(String, Dropped)> = active
        .iter()
        .filter(|(_, entry)| !entry.extends.is_empty())
        .filter_map(|(name, entry)| {
            let requires = requirements.get(&(name.clone(), entry.version.clone()))?;
            Some((name.clone(), unmet(requires, protocol, active)?))
        })
        .collect();
    for (name, why) in incompatible {
        negotiated.active.remove(&name);
        negotiated.dropped.insert(name, why);
    }
}

/// The first requirement that does not hold. A parent that is not active asks for nothing: what is extended is another.
fn unmet(requires: &Requires, protocol: &str, active: &BTreeMap<String, Capability>) -> Option<Dropped> {
    let of_protocol = requires.protocol.iter().map(|versions| ("protocol", protocol, versions));
    let of_parents = requires.capabilities.iter().filter_map(|(parent, versions)| {
        Some((parent.as_str(), active.get(parent)?.version.as_str(), versions))
    });
    let mut all = of_protocol.chain(of_parents);
    all.find(|(_, version, versions)| !versions.contain(version)).map(|(of, version, versions)| {
        Dropped::Incompatible { of: of.to_owned(), version: version.to_owned(), requires: versions.clone() }
    })
}
