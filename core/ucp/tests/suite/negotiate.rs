use std::collections::BTreeMap;

use nightmarket_ucp::adapter::{Dialect, read_profile};
use nightmarket_ucp::name;
use nightmarket_ucp::negotiate::{Dropped, VersionChoice, choose_version, negotiate};
use nightmarket_ucp::platform::understood;
use nightmarket_ucp::profile::{Capability, Profile, Registry, Transport};
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
    let negotiated = negotiate(&profile().ucp.capabilities, &understood());
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
}
