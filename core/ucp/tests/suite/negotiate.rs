use std::collections::BTreeMap;

use nightmarket_ucp::adapter::{Dialect, read_profile};
use nightmarket_ucp::name;
use nightmarket_ucp::negotiate::{
    Dropped, Negotiated, Requirements, Requires, VersionChoice, Versions, choose_version,
};
use nightmarket_ucp::platform::{requirements, understood};
use nightmarket_ucp::profile::{Capability, Declared, Profile, Registry, Transport};
use proptest::prelude::*;

use crate::fixture;

fn profile() -> Profile {
    let (profile, dialect) = read_profile(fixture!("profile.json")).expect("a sound profile");
    assert_eq!(dialect, Dialect::Current);
    profile
}

#[test]
fn a_profile_is_read() {
    let profile = profile();
    assert_eq!(profile.rest_endpoint(name::SHOPPING), Some("https://pearls.example/ucp"));
    assert_eq!(profile.rest_endpoint(name::NIGHTMARKET), Some("https://pearls.example/nm"));
    assert_eq!(profile.rest_endpoint("dev.ucp.lending"), None);
    assert_eq!(profile.signing_key("pearls-1").and_then(|key| key.alg.as_deref()), Some("ES256"));
    assert_eq!(profile.signing_key("pearls-2"), None);
    let pigeon = &profile.ucp.services[name::SHOPPING][3].transport;
    assert_eq!(*pigeon, Transport::Other("carrier_pigeon".to_owned()));
    let handler = &profile.ucp.payment_handlers["example.lanternpay.wallet"][0];
    assert!(handler.takes("wallet") && !handler.takes("card"));
}

#[test]
fn what_is_in_common_and_why_not() {
    let negotiated = nightmarket_ucp::negotiate::negotiate(&profile().ucp, &understood(), &requirements());
    let active: Vec<_> =
        negotiated.active.iter().map(|(name, entry)| (name.as_str(), entry.version.as_str())).collect();
    assert_eq!(
        active,
        [
            (name::BOUND_COMPLETE, "2026-11-01"),
            (name::CHECKOUT, "2026-04-08"),
            (name::DISCOUNT, "2026-04-08"),
            (name::FULFILLMENT, "2026-04-08"),
        ]
    );
    let config = negotiated.get(name::BOUND_COMPLETE).and_then(|entry| entry.config.as_ref());
    assert_eq!(config.and_then(|config| config["one_tap_max"]["amount"].as_i64()), Some(20000));
    let spoof = Dropped::ForeignOrigin { url: "https://ucp.dev.pearls.example/order".to_owned() };
    assert_eq!(negotiated.dropped[name::ORDER], spoof);
    assert_eq!(negotiated.dropped["example.pearls.shopping.grading"], Dropped::NotOurs);
    assert!(negotiated.extends(name::DISCOUNT, name::CHECKOUT));
    // There is no cart here, so no discount on carts.
    assert!(!negotiated.extends(name::DISCOUNT, name::CART));
    assert!(!negotiated.has(name::RETURNS));
}

fn entry(version: &str, extends: &[&str]) -> Capability {
    Capability {
        version: version.to_owned(),
        extends: extends.iter().map(|parent| (*parent).to_owned()).collect(),
        ..Capability::default()
    }
}

fn registry(entries: &[(&str, Capability)]) -> Registry<Capability> {
    let mut registry = Registry::new();
    for (name, entry) in entries {
        registry.entry((*name).to_owned()).or_insert_with(Vec::new).push(entry.clone());
    }
    registry
}

/// Of made-up capabilities under UCP 2026-04-08, of which nothing is required.
fn negotiate(business: &Registry<Capability>, ours: &Registry<Capability>) -> Negotiated {
    negotiate_under("2026-04-08", business, ours, &Requirements::new())
}

fn negotiate_under(
    protocol: &str,
    business: &Registry<Capability>,
    ours: &Registry<Capability>,
    requirements: &Requirements,
) -> Negotiated {
    let declared =
        Declared { version: protocol.to_owned(), capabilities: business.clone(), ..Declared::default() };
    nightmarket_ucp::negotiate::negotiate(&declared, ours, requirements)
}

fn versions(min: &str, max: Option<&str>) -> Versions {
    Versions { max: max.map(str::to_owned), ..Versions::from(min) }
}

/// The extension's only version requires these of the protocol, and of its parents.
fn requiring(name: &str, protocol: Option<Versions>, parents: &[(&str, Versions)]) -> Requirements {
    let capabilities = parents.iter().map(|(parent, of)| ((*parent).to_owned(), of.clone())).collect();
    Requirements::from([((name.to_owned(), "2026-01-01".to_owned()), Requires { protocol, capabilities })])
}

#[test]
fn an_extension_works_with_the_versions_that_its_schema_requires() {
    let registry = registry(&[
        ("com.a.root", entry("2026-03-01", &[])),
        ("com.a.child", entry("2026-01-01", &["com.a.root"])),
        ("com.a.grandchild", entry("2026-01-01", &["com.a.child"])),
    ]);
    let of_protocol = |min, max| requiring("com.a.child", Some(versions(min, max)), &[]);
    let of_root = |min, max| requiring("com.a.child", None, &[("com.a.root", versions(min, max))]);
    for (requirements, fails) in [
        (of_protocol("2026-04-08", None), None),
        (of_protocol("2026-01-11", Some("2026-04-08")), None),
        (of_protocol("2026-04-09", None), Some(("protocol", "2026-04-08"))),
        (of_protocol("2026-01-11", Some("2026-04-07")), Some(("protocol", "2026-04-08"))),
        (of_root("2026-03-01", Some("2026-03-01")), None),
        (of_root("2026-03-02", None), Some(("com.a.root", "2026-03-01"))),
        (of_root("2026-01-01", Some("2026-02-28")), Some(("com.a.root", "2026-03-01"))),
    ] {
        let negotiated = negotiate_under("2026-04-08", &registry, &registry, &requirements);
        assert!(negotiated.has("com.a.root"), "{requirements:?}");
        assert_eq!(negotiated.has("com.a.child"), fails.is_none(), "{requirements:?}");
        assert_eq!(negotiated.has("com.a.grandchild"), fails.is_none(), "an orphan falls with it");
        if let Some((what, is)) = fails {
            let dropped = &negotiated.dropped["com.a.child"];
            let Dropped::Incompatible { of, version, requires } = dropped else { panic!("{dropped:?}") };
            assert_eq!((of.as_str(), version.as_str()), (what, is));
            assert!(dropped.to_string().contains(&requires.min), "{dropped}");
            assert!(matches!(negotiated.dropped["com.a.grandchild"], Dropped::Orphan { .. }));
        }
    }
}

#[test]
fn what_is_required_of_a_parent_that_is_not_active_asks_for_nothing() {
    let registry = registry(&[
        ("com.a.root", entry("2026-03-01", &[])),
        ("com.a.child", entry("2026-01-01", &["com.a.root", "com.a.other"])),
    ]);
    let requirements = requiring("com.a.child", None, &[("com.a.other", versions("2027-01-01", None))]);
    assert!(negotiate_under("2026-04-08", &registry, &registry, &requirements).has("com.a.child"));
    // Another version of it may require what it likes.
    let other = Requirements::from([(
        ("com.a.child".to_owned(), "2026-02-02".to_owned()),
        Requires { protocol: Some(versions("2027-01-01", None)), ..Requires::default() },
    )]);
    assert!(negotiate_under("2026-04-08", &registry, &registry, &other).has("com.a.child"));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test reads the contract beside it")]
fn our_own_extensions_need_the_protocol_that_the_contract_says() {
    let ours: Registry<Capability> = [
        (name::CHECKOUT, entry("2026-01-11", &[])),
        (name::OFFERS, entry(name::NIGHTMARKET_VERSION, &[name::CHECKOUT])),
        (name::ORDERS, entry(name::NIGHTMARKET_VERSION, &[])),
    ]
    .map(|(name, entry)| (name.to_owned(), vec![entry]))
    .into();
    let older = negotiate_under("2026-01-11", &ours, &understood(), &requirements());
    assert!(older.has(name::CHECKOUT) && older.has(name::ORDERS) && !older.has(name::OFFERS));
    assert!(matches!(&older.dropped[name::OFFERS], Dropped::Incompatible { of, .. } if of == "protocol"));
    assert!(negotiate_under("2026-04-08", &ours, &understood(), &requirements()).has(name::OFFERS));

    let schemas = concat!(env!("CARGO_MANIFEST_DIR"), "/../contract/schemas");
    let mut found = Requirements::new();
    for (name, entries) in understood() {
        let Some(short) = name.strip_prefix("app.nightmarket.shopping.") else { continue };
        let text = std::fs::read_to_string(format!("{schemas}/capability_{short}.json")).expect(short);
        let schema: serde_json::Value = serde_json::from_str(&text).expect(short);
        let Some(requires) = schema.get("requires") else { continue };
        let read =
            |value: &serde_json::Value| versions(value["min"].as_str().expect("min"), value["max"].as_str());
        let of_parents = requires["capabilities"].as_object().into_iter().flatten();
        let requires = Requires {
            protocol: requires.get("protocol").map(read),
            capabilities: of_parents.map(|(parent, value)| (parent.clone(), read(value))).collect(),
        };
        found.insert((name, entries[0].version.clone()), requires);
    }
    assert_eq!(requirements(), found);
}

#[test]
fn orphans_fall_one_after_the_other() {
    let chain = registry(&[
        ("com.a.root", entry("2026-02-01", &[])),
        ("com.a.child", entry("2026-01-01", &["com.a.root"])),
        ("com.a.grandchild", entry("2026-01-01", &["com.a.child"])),
        ("com.a.stepchild", entry("2026-01-01", &["com.a.child", "com.a.other"])),
        ("com.a.other", entry("2026-01-01", &[])),
    ]);
    let mut ours = chain.clone();
    ours.insert("com.a.root".to_owned(), vec![entry("2026-01-01", &[])]);
    let negotiated = negotiate(&chain, &ours);
    let active: Vec<_> = negotiated.active.keys().map(String::as_str).collect();
    assert_eq!(active, ["com.a.other", "com.a.stepchild"]);
    let offered = vec!["2026-02-01".to_owned()];
    assert_eq!(negotiated.dropped["com.a.root"], Dropped::NoCommonVersion { offered });
    let parents = vec!["com.a.child".to_owned()];
    assert_eq!(negotiated.dropped["com.a.grandchild"], Dropped::Orphan { parents });
}

#[test]
fn the_highest_common_version_wins() {
    let business = registry(&[
        ("com.a.x", entry("2026-01-01", &[])),
        ("com.a.x", entry("2026-03-01", &[])),
        ("com.a.x", entry("2026-02-01", &[])),
    ]);
    let ours = registry(&[("com.a.x", entry("2026-02-01", &[])), ("com.a.x", entry("2026-01-01", &[]))]);
    assert_eq!(negotiate(&business, &ours).active["com.a.x"].version, "2026-02-01");
}

#[test]
fn a_specification_is_its_authoritys() {
    for (name, url, governed) in [
        ("dev.ucp.shopping.checkout", "https://ucp.dev/2026-04-08/specification/checkout", true),
        ("dev.ucp.shopping.checkout", "https://UCP.dev:443", true),
        ("dev.ucp.shopping.checkout", "https://ucp.dev:8443/x", false),
        ("dev.ucp.shopping.checkout", "http://ucp.dev/x", false),
        ("dev.ucp.shopping.checkout", "https://ucp.dev.evil.example/x", false),
        ("dev.ucp.shopping.checkout", "https://ucp.dev@evil.example/x", false),
        ("dev.ucp.shopping.checkout", "https://evil.example/ucp.dev", false),
        ("dev.ucp.shopping.checkout", "https://evil.example\\ucp.dev/", false),
        ("dev.ucp.shopping.checkout", "https://www.ucp.dev/x", false),
        ("dev.ucp.shopping.checkout", "ucp.dev", false),
        ("dev.ucp.shopping.checkout", "", false),
        ("com.example.installments", "https://example.com/spec", true),
        ("com.example.installments", "https://installments.example.com/spec", false),
        ("uk.co.kiln.shopping.glaze", "https://kiln.co.uk/glaze", true),
        ("uk.co.kiln.shopping.glaze", "https://kiln.uk.co/glaze", false),
        ("app.nightmarket.shopping.feed", "https://nightmarket.app/2026-11-01/schemas/feed.json", true),
        ("com.example", "https://example.com/spec", false),
    ] {
        assert_eq!(name::governs(name, url), governed, "{name} {url}");
    }
    for (name, sound) in [
        ("dev.ucp.shopping.checkout", true),
        ("com.example2.loyalty_gold", true),
        ("checkout", false),
        ("", false),
        ("dev..ucp", false),
        ("Dev.ucp.x", false),
        ("de_v.ucp", false),
        ("dev.ucp.9x", false),
        (".dev", false),
    ] {
        assert_eq!(name::is_reverse_domain(name), sound, "{name}");
    }
}

#[test]
fn versions_are_chosen_or_refused() {
    let mut profile = profile();
    assert_eq!(choose_version(&profile, &name::SPOKEN), VersionChoice::Use("2026-04-08".to_owned()));
    profile.ucp.version = "2027-01-01".to_owned();
    let url = "https://pearls.example/.well-known/ucp/2026-01-11".to_owned();
    let fetch = VersionChoice::Fetch { version: "2026-01-11".to_owned(), url };
    assert_eq!(choose_version(&profile, &name::SPOKEN), fetch);
    profile.ucp.supported_versions =
        BTreeMap::from([("2026-09-09".to_owned(), "https://x.example".to_owned())]);
    let offered = vec!["2027-01-01".to_owned(), "2026-09-09".to_owned()];
    assert_eq!(choose_version(&profile, &name::SPOKEN), VersionChoice::Unsupported { offered });
}

/// Small registries over few names and versions, so that collisions, chains and cycles of extensions happen often.
fn registries() -> impl Strategy<Value = Registry<Capability>> {
    let names =
        || prop_oneof![Just("com.a.p"), Just("com.a.q"), Just("com.a.r"), Just("com.a.s"), Just("com.a.t")];
    let version = prop_oneof![Just("2026-01-01"), Just("2026-02-02"), Just("2026-03-03")];
    let extends = prop_oneof![2 => Just(Vec::new()), 3 => proptest::collection::vec(names(), 1..3)];
    proptest::collection::vec((names(), version, extends), 0..10).prop_map(|entries| {
        let entries: Vec<_> =
            entries.iter().map(|(name, version, parents)| (*name, entry(version, parents))).collect();
        registry(&entries)
    })
}

/// What an extension of one of the versions requires of a few parents and of the protocol.
fn requirements_of_some() -> impl Strategy<Value = Requirements> {
    let name =
        || prop_oneof![Just("com.a.p"), Just("com.a.q"), Just("com.a.r"), Just("com.a.s"), Just("com.a.t")];
    let version = || prop_oneof![Just("2026-01-01"), Just("2026-02-02"), Just("2026-03-03")];
    let range = (version(), proptest::option::of(version())).prop_map(|(min, max)| versions(min, max));
    let parents = proptest::collection::btree_map(name().prop_map(str::to_owned), range.clone(), 0..3);
    let requires = (proptest::option::of(range), parents)
        .prop_map(|(protocol, capabilities)| Requires { protocol, capabilities });
    let key = (name(), version()).prop_map(|(name, version)| (name.to_owned(), version.to_owned()));
    proptest::collection::btree_map(key, requires, 0..6)
}

proptest! {
    #[test]
    fn the_result_is_common_without_orphans_and_stable(business in registries(), ours in registries()) {
        let negotiated = negotiate(&business, &ours);
        for (name, chosen) in &negotiated.active {
            prop_assert!(business[name].contains(chosen), "taken from the business");
            prop_assert!(ours[name].iter().any(|entry| entry.version == chosen.version), "known to us");
            let higher = business[name].iter().any(|entry| {
                entry.version > chosen.version && ours[name].iter().any(|our| our.version == entry.version)
            });
            prop_assert!(!higher, "the highest");
            let parents = &chosen.extends;
            prop_assert!(parents.is_empty() || parents.iter().any(|parent| negotiated.has(parent)), "no orphan");
        }
        prop_assert_eq!(negotiated.active.len() + negotiated.dropped.len(), business.len(), "nothing is lost");
        let again: Registry<Capability> =
            negotiated.active.iter().map(|(name, entry)| (name.clone(), vec![entry.clone()])).collect();
        let twice = negotiate(&again, &ours);
        prop_assert_eq!(&twice.active, &negotiated.active, "idempotent");
        prop_assert!(twice.dropped.is_empty());
    }

    #[test]
    fn no_extension_is_active_whose_requirements_do_not_hold(
        business in registries(),
        ours in registries(),
        requirements in requirements_of_some(),
    ) {
        let protocol = "2026-02-02";
        let negotiated = negotiate_under(protocol, &business, &ours, &requirements);
        let free = negotiate(&business, &ours);
        for (name, chosen) in &negotiated.active {
            prop_assert!(free.has(name), "requirements add nothing");
            let parents = &chosen.extends;
            prop_assert!(parents.is_empty() || parents.iter().any(|parent| negotiated.has(parent)), "no orphan");
            let key = (name.clone(), chosen.version.clone());
            let Some(requires) = requirements.get(&key).filter(|_| !parents.is_empty()) else { continue };
            prop_assert!(requires.protocol.as_ref().is_none_or(|versions| versions.contain(protocol)));
            for (parent, versions) in &requires.capabilities {
                prop_assert!(free.get(parent).is_none_or(|entry| versions.contain(&entry.version)));
            }
        }
        prop_assert_eq!(negotiated.active.len() + negotiated.dropped.len(), business.len(), "nothing is lost");
    }
}
